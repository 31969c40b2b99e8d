import { isJsonObject } from "../json.ts";

/** `bool(value)` in Python: the text "false" is true. The trainer reads the switches of `ot.loss_config` this way. */
export function isTruthy(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0) return false;
  if (typeof value === "boolean") return value;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return !Array.isArray(value) || value.length > 0;
}
