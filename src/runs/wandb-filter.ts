import type { Json, JsonObject } from "../json.ts";
import { createdTime } from "./created-time.ts";
import type { RunFilter } from "./source.ts";

/** A selection as W&B's MongoDB expression. An unknown top-level field would match nothing silently (wandb facts 5). */
export function wandbFilter({ tags, group, states, created, filter }: RunFilter): JsonObject {
  const parts: JsonObject[] = [];
  for (const tag of tags?.all ?? []) parts.push({ tags: tag });
  if (tags?.any && tags.any.length > 0) parts.push({ tags: { $in: tags.any } });
  if (group !== undefined) parts.push({ group });
  if (states) parts.push({ state: { $in: states } });
  const times: Record<string, Json> = {};
  if (created?.from !== undefined) times["$gte"] = isoTime(created.from);
  if (created?.to !== undefined) times["$lt"] = isoTime(created.to);
  if (Object.keys(times).length > 0) parts.push({ createdAt: times });
  if (filter && Object.keys(filter).length > 0) parts.push(filter);
  const [only] = parts;
  if (only === undefined) return {};
  return parts.length === 1 ? only : { $and: parts };
}

/** These runs and no others: immune to runs that appear meanwhile. */
export function idFilter(ids: readonly string[]): JsonObject {
  return { name: { $in: ids } };
}

/** One spelling for all: servers may compare times as texts. */
function isoTime(written: string): string {
  return new Date(createdTime(written)).toISOString();
}
