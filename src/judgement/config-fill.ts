/** A configuration as the trainer holds it after reading: defaults filled in, numeric texts turned into numbers. */
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { isJsonList } from "./config-path.ts";
import type { Field, Fields, FieldType } from "./trainer-schema-field.ts";

/** Python's int() and float() take these texts (trainer facts 2.1). */
const integerText = /^\s*[+-]?\d+(_\d+)*\s*$/;
const decimalText = /^\s*[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d+)?\s*$/i;

/** The number that the trainer reads from a value where it wants one; null: it refuses. */
export function numberFrom(value: unknown, kind: "int" | "float"): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return null;
  const text = kind === "int" ? integerText : decimalText;
  return text.test(value) ? Number(value.replaceAll("_", "").trim()) : null;
}

/** `undefined` stands for an absent key. What does not fit the field is kept as it is. */
function fill(field: Field, value: Json | undefined): Json | undefined {
  if (value === undefined) return field.default === undefined ? undefined : fill(field, field.default);
  if (value === null) return null;
  const { type } = field;
  switch (type.kind) {
    case "int":
    case "float":
      return numberFrom(value, type.kind) ?? value;
    case "bool":
      return value === "true" ? true : value === "false" ? false : value;
    case "list":
      return isJsonList(value) ? value.map((item) => fill(type.item, item) ?? null) : value;
    case "map":
      return isJsonObject(value) ? mapValues(value, (item) => fill(type.item, item) ?? null) : value;
    case "object":
      return isJsonObject(value) ? fillFields(type.fields, value) : value;
    case "choice":
      return isJsonObject(value) ? fillChoice(type, value) : value;
    default:
      return value;
  }
}

/** `fill` for a whole configuration. */
export function fillConfig(schema: Field, config: JsonObject): JsonObject {
  const filled = fill(schema, config);
  return filled !== undefined && isJsonObject(filled) ? filled : config;
}

/** The fields of a block whose key `type` chooses them; null: not described here. */
export function chosenFields(
  type: Extract<FieldType, { kind: "choice" }>,
  value: JsonObject,
): { readonly name: string; readonly fields: Fields } | null {
  const name = Object.hasOwn(value, "type") ? value["type"] : type.fallback;
  if (typeof name !== "string" || !Object.hasOwn(type.options, name)) return null;
  const fields = type.options[name];
  return fields === undefined ? null : { name, fields };
}

function fillChoice(type: Extract<FieldType, { kind: "choice" }>, value: JsonObject): JsonObject {
  const chosen = chosenFields(type, value);
  return chosen === null ? value : { type: chosen.name, ...fillFields(chosen.fields, value) };
}

function fillFields(fields: Fields, value: JsonObject): JsonObject {
  const known = Object.entries(fields).map(([key, field]): [string, Json | undefined] => [
    key,
    fill(field, Object.hasOwn(value, key) ? value[key] : undefined),
  ]);
  const unknown = Object.entries(value).filter(([key]) => !Object.hasOwn(fields, key));
  return Object.fromEntries(
    [...known, ...unknown].filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

function mapValues(value: JsonObject, change: (item: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}
