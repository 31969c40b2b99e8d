import * as z from "zod";
import type { FieldArguments, Node } from "../graphql/execute.ts";
import type { Backend } from "./backend.ts";
import { pageOf } from "./listing.ts";
import { pageInfoNode } from "./resolve-people.ts";
import type { StoredFile, StoredRun } from "./run.ts";

const FileQuery = z.looseObject({
  names: z.array(z.string()).nullish(),
  first: z.int().nullish(),
  after: z.string().nullish(),
  pattern: z.string().nullish(),
});

/** The files that a run uploaded, by name or by pattern. */
export function filesNode(run: StoredRun, args: FieldArguments, backend: Backend): Node {
  const query = FileQuery.parse(args);
  const pattern = query.pattern ? likePattern(query.pattern) : /^/;
  const names = query.names?.length ? query.names : null;
  const found = Object.entries(run.files).filter(([name]) => names?.includes(name) ?? pattern.test(name));
  const page = pageOf(found, query);
  const edge = ({ item: [name, file], cursor }: (typeof page.items)[number]): Node => ({
    typename: "FileEdge",
    fields: { cursor: () => cursor, node: () => fileNode(run, { name, file }, backend) },
  });
  return {
    typename: "FileConnection",
    fields: {
      edges: () => page.items.map(edge),
      pageInfo: () => pageInfoNode(page),
      totalCount: () => page.total,
    },
  };
}

/** SQL's LIKE: `%` stands for anything. */
function likePattern(like: string): RegExp {
  return new RegExp(`^${like.split("%").map(escapeRegExp).join(".*")}$`, "s");
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function fileNode(
  run: StoredRun,
  { name, file }: { readonly name: string; readonly file: StoredFile },
  backend: Backend,
): Node {
  const path = [run.entity, run.project, run.name, ...name.split("/")].map(encodeURIComponent).join("/");
  const address = (): string => `${backend.url()}/files/${path}`;
  return {
    typename: "File",
    fields: {
      id: () => Buffer.from(`File:${path}`).toString("base64"),
      name: () => name,
      url: address,
      directUrl: address,
      sizeBytes: () => file.size,
      mimetype: () => null,
      md5: () => null,
      updatedAt: () => new Date(file.updatedAt).toISOString(),
    },
  };
}
