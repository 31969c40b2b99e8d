/** The value that an edit leads to, of the type that the trainer's schema wants there. */
import { AutoloopError } from "../errors.ts";
import { isJsonObject, type Json } from "../json.ts";
import { isJsonList } from "./config-path.ts";
import type { EditRequest } from "./edits.ts";
import { allFinite } from "./plain-number.ts";
import type { Field } from "./trainer-schema-field.ts";

interface Target {
  readonly request: EditRequest;
  readonly field: Field;
  /** What counts now: the value in the file, or the trainer's default where it is absent. */
  readonly from: Json;
}

/**
 * Integer fields stay integers (a product is rounded), other numbers are kept to 6 significant digits.
 * @throws AutoloopError `config.wrong-type`.
 */
export function editedValue({ request, field, from }: Target): Json {
  if (request.op === "set") return checked({ request, field, value: tidy(field, request.value) });
  const { value: operand } = request;
  if (typeof from !== "number" || typeof operand !== "number" || !Number.isFinite(operand)) {
    const what = typeof from === "number" ? `${show(operand)} is not a finite number` : `it is ${show(from)}`;
    throw wrongType({ request, why: `cannot be changed by \`${request.op}\`: ${what}`, next: "Use `set`." });
  }
  const result = request.op === "scale" ? from * operand : from + operand;
  const rounded = field.type.kind === "int" ? Math.round(result) : result;
  return checked({ request, field, value: tidy(field, rounded) });
}

/** Without the dust of binary fractions: 0.15 * 1.5 is 0.225. */
function tidy({ type }: Field, value: Json): Json {
  if (type.kind !== "float" || typeof value !== "number" || !Number.isFinite(value)) return value;
  return Number(value.toPrecision(6));
}

function checked({ request, field, value }: { request: EditRequest; field: Field; value: Json }): Json {
  if (accepts(field, value)) return value;
  throw wrongType({ request, why: `cannot be ${show(value)}`, next: `Give ${describe(field)}.` });
}

/** Stricter than the trainer: what we write ourselves has exactly the type that it is read as. */
export function accepts({ type, nullable }: Field, value: Json): boolean {
  if (value === null) return nullable || type.kind === "any";
  switch (type.kind) {
    case "int":
      return Number.isSafeInteger(value);
    case "float":
      return typeof value === "number" && Number.isFinite(value);
    case "bool":
      return typeof value === "boolean";
    case "str":
    case "path":
      return typeof value === "string";
    case "enum":
      return typeof value === "string" && type.values.includes(value);
    case "list":
      return (
        isJsonList(value) &&
        (type.length === null || type.length === value.length) &&
        value.every((item) => accepts(type.item, item))
      );
    case "map":
      return isJsonObject(value) && Object.values(value).every((item) => accepts(type.item, item));
    case "object":
      return isJsonObject(value) && acceptsFields(type.fields, value);
    case "choice":
      return isJsonObject(value);
    case "any":
      return allFinite(value);
  }
}

function acceptsFields(
  fields: Readonly<Record<string, Field>>,
  value: Readonly<Record<string, Json>>,
): boolean {
  const present = Object.entries(value).every(([key, item]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return field !== undefined && accepts(field, item);
  });
  return (
    present && Object.entries(fields).every(([key, field]) => !field.required || Object.hasOwn(value, key))
  );
}

/** The values of a field in words: "an integer or null". */
export function describe({ type, nullable }: Field): string {
  const words: Readonly<Record<Field["type"]["kind"], string>> = {
    int: "an integer",
    float: "a finite number",
    bool: "true or false",
    str: "a text",
    path: "a path",
    enum: type.kind === "enum" ? `one of ${type.values.join(", ")}` : "a name",
    list: "a list of such values as the trainer reads there",
    map: "a map",
    object: "a block with the keys that the trainer reads there",
    choice: "a block with a `type`",
    any: "a JSON value",
  };
  return `${words[type.kind]}${nullable ? " or null" : ""}`;
}

function show(value: Json): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function wrongType({
  request,
  why,
  next,
}: {
  request: EditRequest;
  why: string;
  next: string;
}): AutoloopError {
  return new AutoloopError("config.wrong-type", { what: `\`${request.path}\` ${why}.`, next });
}
