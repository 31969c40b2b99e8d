import * as z from "zod";
import { answerGraphql } from "../../graphql/answer.ts";
import type { Node } from "../../graphql/execute.ts";
import { type Actor, judge } from "../access.ts";

import { branchRef, type Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { ApiError } from "../reply.ts";
import { reads } from "../router.ts";
import { schema } from "./schema.ts";

const Request = z.looseObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** What is longer comes cut (`isTruncated`). */
const LONGEST_TEXT = 512_000;

/** Git objects by name: undefined means that nobody has looked yet, null that there is none. */
type WholeObject = NonNullable<Awaited<ReturnType<Hub["objects"]["read"]>>>;

type Lookup = (name: string) => WholeObject | null | undefined;

/** Resolvers are plain functions and git is not: what they miss is read between two passes, until a pass misses nothing. */
export async function queryGitHub(hub: Hub, actor: Actor, body: unknown): Promise<JsonObject> {
  const parsed = Request.safeParse(body);
  if (!parsed.success) throw new ApiError(400, "A query attribute must be specified and must be a string.");
  const { query, variables, operationName } = parsed.data;
  const known = new Map<string, WholeObject | null>();
  for (;;) {
    const missed = new Set<string>();
    const look: Lookup = (name) => {
      const object = known.get(name);
      if (object === undefined) missed.add(name);
      return object;
    };
    const answer = answerGraphql(
      { schema, query: root(hub, actor, look), mutation: { typename: "Mutation", fields: {} } },
      { query, variables: variables ?? {}, operationName: operationName ?? null },
    );
    if (missed.size === 0) return z.record(z.string(), z.json()).parse(answer.body);
    for (const name of missed) known.set(name, (await hub.objects.read(name)) ?? null);
  }
}

function root(hub: Hub, actor: Actor, look: Lookup): Node {
  return {
    typename: "Query",
    fields: {
      viewer: () => ({ typename: "User", fields: { login: () => loginOf(actor) } }),
      repository: ({ owner, name }) => {
        const ours = `${hub.repository.owner}/${hub.repository.name}`;
        const asked = `${String(owner)}/${String(name)}`;
        const verdict = judge(actor, reads("contents"), hub.repository);
        if (asked.toLowerCase() !== ours.toLowerCase() || verdict === "hidden") {
          throw new Error(`Could not resolve to a Repository with the name '${asked}'.`);
        }
        if (verdict === "forbidden") throw new Error("Resource not accessible by integration");
        return repositoryNode(hub, look);
      },
    },
  };
}

function loginOf(actor: Actor): string {
  if (actor.kind === "anonymous") throw new Error("Nobody asks.");
  return actor.user.login;
}

function repositoryNode(hub: Hub, look: Lookup): Node {
  const { owner, name, defaultBranch } = hub.repository;
  return {
    typename: "Repository",
    fields: {
      nameWithOwner: () => `${owner}/${name}`,
      isPrivate: () => hub.repository.private,
      defaultBranchRef: () => refNode(branchRef(defaultBranch), look),
      ref: ({ qualifiedName }) => refNode(String(qualifiedName), look),
      object: ({ oid, expression }) => objectNode(look(String(oid ?? expression))),
    },
  };
}

function refNode(ref: string, look: Lookup): Node | null {
  const object = look(ref);
  if (!object) return null;
  return {
    typename: "Ref",
    fields: { name: () => ref.replace(/^refs\/(heads|tags)\//, ""), target: () => objectNode(object) },
  };
}

function objectNode(object: WholeObject | null | undefined): Node | null {
  if (!object) return null;
  const oid = () => object.sha;
  if (object.type !== "blob") return { typename: "Commit", fields: { oid } };
  const { content } = object;
  const isBinary = content.subarray(0, 8000).includes(0);
  return {
    typename: "Blob",
    fields: {
      oid,
      byteSize: () => content.length,
      isBinary: () => isBinary,
      isTruncated: () => content.length > LONGEST_TEXT,
      text: () => (isBinary ? null : content.subarray(0, LONGEST_TEXT).toString("utf8")),
    },
  };
}
