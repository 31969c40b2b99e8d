import type { Operation, TypeRef } from "./parse.ts";
import { innermost, type Schema, spell } from "./schema.ts";

/** Error messages for variables that are missing or of the wrong JSON type; empty = they fit the operation. */
export function checkVariables(
  schema: Schema,
  operation: Operation,
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  return operation.variables.flatMap(({ name, type, fallback }) => {
    const value = given[name];
    const kind = spell(type);
    if (value === undefined || value === null) {
      const isMissing = type.required && (fallback === null || value === null);
      return isMissing ? [`Variable "$${name}" of required type "${kind}" was not provided.`] : [];
    }
    return fits(schema, value, type) ? [] : [`Variable "$${name}" got invalid value; Expected type ${kind}.`];
  });
}

function fits(schema: Schema, value: unknown, type: TypeRef): boolean {
  if (value === null || value === undefined) return !type.required;
  if (type.kind === "list") {
    return Array.isArray(value)
      ? value.every((item) => fits(schema, item, type.of))
      : fits(schema, value, type.of);
  }
  switch (type.name) {
    case "Int":
    case "Int64":
      return typeof value === "number" && Number.isInteger(value);
    case "Float":
      return typeof value === "number";
    case "Boolean":
      return typeof value === "boolean";
    case "String":
    case "JSONString":
      return typeof value === "string";
    case "ID":
      return typeof value === "string" || typeof value === "number";
    default:
      return schema.get(innermost(type))?.kind !== "input" || typeof value === "object";
  }
}
