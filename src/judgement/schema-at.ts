import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { chosenFields } from "./config-fill.ts";
import { childOf, type JsonPath } from "./config-path.ts";
import type { Field } from "./trainer-schema-field.ts";

interface FieldQuery {
  readonly schema: Field;
  readonly config: JsonObject;
  readonly path: JsonPath;
}

/** The field that describes the value at a path of this configuration; undefined: the trainer knows no such path. */
export function fieldAt({ schema, config, path }: FieldQuery): Field | undefined {
  let field: Field | undefined = schema;
  let value: Json | undefined = config;
  for (const step of path) {
    if (field === undefined) return undefined;
    field = childField({ field, value, step });
    value = childOf(value, step);
  }
  return field;
}

interface Step {
  readonly field: Field;
  readonly value: Json | undefined;
  readonly step: string | number;
}

function childField({ field: { type }, value, step }: Step): Field | undefined {
  if (type.kind === "list") return typeof step === "number" ? type.item : undefined;
  if (typeof step === "number") return undefined;
  if (type.kind === "map") return type.item;
  if (type.kind === "object") return Object.hasOwn(type.fields, step) ? type.fields[step] : undefined;
  if (type.kind !== "choice" || value === undefined || !isJsonObject(value)) return undefined;
  const chosen = chosenFields(type, value);
  return chosen !== null && Object.hasOwn(chosen.fields, step) ? chosen.fields[step] : undefined;
}
