/** What the SDK sent while W&B could not take it: enough to send it later, and no key. */
import * as z from "zod";
import { FileStream, mergeStreams } from "./file-stream.ts";

const Place = { run: z.string(), entity: z.string(), project: z.string() };

export const StoredRequest = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("upsert"),
    run: z.string(),
    query: z.string(),
    variables: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ kind: z.literal("stream"), ...Place, body: FileStream }),
  z.strictObject({ kind: z.literal("upload"), ...Place, file: z.string(), base64: z.string() }),
]);
export type StoredRequest = z.infer<typeof StoredRequest>;

/** A request to be sent, and what of the file is done with it. */
export interface StoredEntry {
  readonly request: StoredRequest;
  /** Where it ends in its file, in bytes. */
  readonly end: number;
  /** How many lines of the file it stands for. */
  readonly lines: number;
}

/** Neighbouring lines of one run as one request: an hour offline is thousands of requests, and servers count them. */
export function mergeEntries(entries: readonly StoredEntry[]): StoredEntry[] {
  const merged: StoredEntry[] = [];
  for (const entry of entries) {
    const joined = join(merged.at(-1), entry);
    if (joined) merged[merged.length - 1] = joined;
    else merged.push(entry);
  }
  return merged;
}

function join(before: StoredEntry | undefined, { request, end, lines }: StoredEntry): StoredEntry | null {
  if (before?.request.kind !== "stream" || request.kind !== "stream") return null;
  const { run, entity, project } = before.request;
  if (run !== request.run || entity !== request.entity || project !== request.project) return null;
  const body = mergeStreams(before.request.body, request.body);
  return body && { request: { ...request, body }, end, lines: before.lines + lines };
}
