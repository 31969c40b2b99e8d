/** Are values that the settings hold ready for configurations such that the trainer would take them there? */
import { AutoloopError } from "../errors.ts";
import type { Json } from "../json.ts";
import { parsePath } from "./config-path.ts";
import { accepts, describe } from "./edit-value.ts";
import { nearestName } from "./nearest-name.ts";
import { trainerSchema } from "./trainer-schema.ts";
import type { Field } from "./trainer-schema-field.ts";

/** Knows the fields of all others: a default that one fork does not know is left out there, and may be meant for another. */
const SCHEMA = trainerSchema("train-logging");

/** Why this can be no default; null: it can. The rest of a sentence that begins with the path. */
export function refusedDefault(path: string, value: Json): string | null {
  let fields: readonly Field[] = [SCHEMA];
  for (const key of keysOf(path)) {
    const next = fields.flatMap((field) => childrenOf(field).get(key) ?? [...anyChild(field)]);
    if (next.length === 0) return unknown(key, fields);
    fields = next;
  }
  const [field] = fields;
  if (field === undefined || value === null || fields.some((each) => accepts(each, value))) return null;
  return `the trainer takes ${describe(field)} there`;
}

/** An empty list stands for what is no path. */
function keysOf(path: string): readonly string[] {
  try {
    return parsePath(path).map((step) => (step.kind === "key" ? step.key : step.name));
  } catch (thrown) {
    if (!(thrown instanceof AutoloopError)) throw thrown;
    return [path];
  }
}

/** Of a block whose `type` chooses its fields, those of every type. */
function childrenOf({ type }: Field): ReadonlyMap<string, readonly Field[]> {
  if (type.kind === "object")
    return new Map(Object.entries(type.fields).map(([key, field]) => [key, [field]]));
  if (type.kind !== "choice") return new Map();
  const all = Object.values(type.options).flatMap((fields) => Object.entries(fields));
  return new Map(all.map(([key]) => [key, all.flatMap(([other, field]) => (other === key ? [field] : []))]));
}

function anyChild({ type }: Field): readonly Field[] {
  return type.kind === "map" ? [type.item] : [];
}

function unknown(key: string, blocks: readonly Field[]): string {
  const near = nearestName(
    key,
    blocks.flatMap((block) => [...childrenOf(block).keys()]),
  );
  const hint = near === null ? "" : `; did you mean "${near}"?`;
  return `the trainer's configuration has no field "${key}" there${hint}`;
}
