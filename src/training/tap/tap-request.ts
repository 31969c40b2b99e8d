/** What the SDK asks of the relay (wandb facts 11), and of which run. */
import * as z from "zod";
import { FileStream } from "./file-stream.ts";

export type TapRequest =
  | {
      readonly kind: "graphql";
      readonly operation: string | null;
      readonly query: string;
      readonly variables: Readonly<Record<string, unknown>>;
      readonly runId: string | null;
    }
  | {
      readonly kind: "stream";
      readonly entity: string;
      readonly project: string;
      readonly runId: string;
      readonly body: FileStream;
    }
  | { readonly kind: "unknown"; readonly why: string };

export function parseTapRequest(method: string, path: string, body: Uint8Array): TapRequest {
  if (method !== "POST") return unknown(`${method} is not known here`);
  if (path === "/graphql") return graphql(body);
  const [, entity, project, run] = /^\/files\/([^/]+)\/([^/]+)\/([^/]+)\/file_stream$/.exec(path) ?? [];
  if (entity === undefined || project === undefined || run === undefined) return unknown("no such path");
  const parsed = FileStream.safeParse(json(body));
  if (!parsed.success) return unknown(`not a file_stream: ${z.prettifyError(parsed.error)}`);
  return {
    kind: "stream",
    entity: decoded(entity),
    project: decoded(project),
    runId: decoded(run),
    body: parsed.data,
  };
}

const Graphql = z.looseObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** The variable of each operation that names a run. */
const RUN_VARIABLES = new Map([
  ["UpsertBucket", "name"],
  ["RunResumeStatus", "name"],
  ["RunStoppedStatus", "runId"],
  ["CreateRunFiles", "run"],
]);

function graphql(body: Uint8Array): TapRequest {
  const parsed = Graphql.safeParse(json(body));
  if (!parsed.success) return unknown("a GraphQL request is JSON with a query");
  const { query, operationName } = parsed.data;
  const variables = parsed.data.variables ?? {};
  const operation = operationName || (/\b(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? null);
  const runId = variables[RUN_VARIABLES.get(operation ?? "") ?? ""];
  return { kind: "graphql", operation, query, variables, runId: typeof runId === "string" ? runId : null };
}

function unknown(why: string): TapRequest {
  return { kind: "unknown", why };
}

function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
