/** The body of a file_stream request (wandb facts 11): lines by number, so that the same body twice changes nothing. */
import * as z from "zod";

const Chunk = z.looseObject({ offset: z.int().nonnegative().default(0), content: z.array(z.string()) });
type Chunk = z.infer<typeof Chunk>;

export const FileStream = z.looseObject({
  files: z.record(z.string(), Chunk).nullish(),
  uploaded: z.array(z.string()).nullish(),
  /** In the last request of a run only. */
  complete: z.boolean().nullish(),
  preempting: z.boolean().nullish(),
});
export type FileStream = z.infer<typeof FileStream>;

/** One line that is replaced, never appended to. */
const SUMMARY = "wandb-summary.json";

/** Both bodies as one that has the effect of the first and then the second; null where only two requests can have it. */
export function mergeStreams(first: FileStream, second: FileStream): FileStream | null {
  if (first.complete || first.preempting) return null;
  const files: Record<string, Chunk> = { ...first.files };
  for (const [name, chunk] of Object.entries(second.files ?? {})) {
    const before = files[name];
    const merged = before ? mergeChunks(name, before, chunk) : chunk;
    if (merged === null) return null;
    files[name] = merged;
  }
  const uploaded = [...(first.uploaded ?? []), ...(second.uploaded ?? [])];
  return {
    ...first,
    ...second,
    ...(Object.keys(files).length > 0 ? { files } : {}),
    ...(uploaded.length > 0 ? { uploaded } : {}),
  };
}

function mergeChunks(name: string, before: Chunk, chunk: Chunk): Chunk | null {
  if (name === SUMMARY) return chunk;
  if (chunk.offset !== before.offset + before.content.length) return null;
  return { ...before, content: [...before.content, ...chunk.content] };
}
