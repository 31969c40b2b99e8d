import type { Json, JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";
import { isJsonList, type JsonPath, resolvePath, valueAt } from "./config-path.ts";
import { editedValue } from "./edit-value.ts";
import type { Edit, EditRequest } from "./edits.ts";
import { withoutDust } from "./plain-number.ts";
import { fieldAt } from "./schema-at.ts";
import { trainerSchema } from "./trainer-schema.ts";

const SCHEMA = trainerSchema("train-logging");

export interface PlannedEdits {
  /** With the values before and after; requests that would change nothing are left out. */
  readonly edits: readonly Edit[];
  readonly config: JsonObject;
}

/**
 * What requests would do to a configuration that is known as a value, typed as `applyEdits` types them; the file itself is made
 * by that. One rule serves many parents, so a request may find its value already there. null: a path is not in this
 * (partial) configuration, or nothing but the last entry of a list would be left to remove.
 * @throws AutoloopError `config.*` as `applyEdits`.
 */
export function planEdits(config: JsonObject, requests: readonly EditRequest[]): PlannedEdits | null {
  let planned: PlannedEdits = { edits: [], config };
  for (const request of requests) {
    const path = resolvePath(planned.config, request.path);
    const next = request.op === "remove" ? removal(planned, request, path) : change(planned, request, path);
    if (next === null) return null;
    planned = next;
  }
  return planned;
}

function change({ edits, config }: PlannedEdits, request: EditRequest, path: JsonPath): PlannedEdits | null {
  const field = fieldAt({ schema: SCHEMA, config, path });
  if (field === undefined) return null;
  const from = valueAt(config, path) ?? field.default ?? null;
  const to = editedValue({ request, field, from });
  if (isSame(from, to)) return { edits, config };
  const edited = replaced(config, path, to);
  return isJsonObject(edited) ? { edits: [...edits, { ...request, from, to }], config: edited } : null;
}

/** As `applyEdits` sees it: dust beyond 12 digits is no difference. */
function isSame(a: Json, b: Json): boolean {
  return typeof a === "number" && typeof b === "number" ? withoutDust(a) === withoutDust(b) : a === b;
}

function removal({ edits, config }: PlannedEdits, request: EditRequest, path: JsonPath): PlannedEdits | null {
  const list = valueAt(config, path.slice(0, -1));
  const index = path.at(-1);
  if (!isJsonList(list) || typeof index !== "number" || list.length === 1) return null;
  const edited = replaced(config, path.slice(0, -1), list.toSpliced(index, 1));
  if (!isJsonObject(edited)) return null;
  return { edits: [...edits, { ...request, from: list[index] ?? null, to: null }], config: edited };
}

/** A copy with another value at a path; blocks on the way are made where they are absent. */
function replaced(value: Json, path: JsonPath, to: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return to;
  if (typeof step === "number") {
    return isJsonList(value) ? value.with(step, replaced(value[step] ?? null, rest, to)) : value;
  }
  const block = isJsonObject(value) ? value : {};
  return { ...block, [step]: replaced(block[step] ?? {}, rest, to) };
}
