import { isRecord } from "./number-json.ts";

/**
 * W&B's run filters: Mongo operators over the paths of a run. Two traps are kept: a field nobody knows matches nothing and
 * says nothing, and an undefined value fails every comparison, `$ne` and `$nin` included, as NULL does in SQL.
 */

/** The value at a path of one run: undefined = this run lacks it, null = known to be empty. */
export type Lookup = (path: string) => unknown;

/** What a lookup answers for a path that no run can have. */
export const NO_SUCH_FIELD = Symbol("no such field");

/** Throws an Error on an operator that is none, or on a malformed operand. */
export function matches(filter: unknown, lookup: Lookup): boolean {
  if (!isRecord(filter)) throw new Error("invalid filters: expected an object");
  return Object.entries(filter).every(([key, operand]) => {
    switch (key) {
      case "$and":
        return listOf(operand).every((item) => matches(item, lookup));
      case "$or":
        return listOf(operand).some((item) => matches(item, lookup));
      case "$nor":
        return !listOf(operand).some((item) => matches(item, lookup));
      case "$not":
        return !matches(operand, lookup);
      default:
        if (key.startsWith("$")) throw new Error(`invalid filters: unknown operator ${key}`);
        return matchesField(lookup(key), operand);
    }
  });
}

function matchesField(value: unknown, condition: unknown): boolean {
  if (value === NO_SUCH_FIELD) return false;
  if (!isRecord(condition) || !Object.keys(condition).some((key) => key.startsWith("$"))) {
    return equals(value, condition);
  }
  return Object.entries(condition).every(([operator, operand]) => compare(value, operator, operand));
}

function compare(value: unknown, operator: string, operand: unknown): boolean {
  switch (operator) {
    case "$eq":
      return equals(value, operand);
    case "$ne":
      return operand === null ? isDefined(value) : isDefined(value) && !equals(value, operand);
    case "$gt":
      return ordered(value, operand, (sign) => sign > 0);
    case "$gte":
      return ordered(value, operand, (sign) => sign >= 0);
    case "$lt":
      return ordered(value, operand, (sign) => sign < 0);
    case "$lte":
      return ordered(value, operand, (sign) => sign <= 0);
    case "$in":
      return listOf(operand).some((item) => equals(value, item));
    case "$nin":
      return isDefined(value) && !listOf(operand).some((item) => equals(value, item));
    case "$exists":
      return isDefined(value) === Boolean(operand);
    case "$regex":
      return matchesPattern(value, operand);
    case "$not":
      return !matchesField(value, operand);
    default:
      throw new Error(`invalid filters: unknown operator ${operator}`);
  }
}

/** A list (tags) equals each of its members. */
function equals(value: unknown, operand: unknown): boolean {
  if (operand === null) return !isDefined(value);
  if (Array.isArray(value) && !Array.isArray(operand)) return value.includes(operand);
  return typeof value === "object" ? JSON.stringify(value) === JSON.stringify(operand) : value === operand;
}

function ordered(value: unknown, operand: unknown, holds: (sign: number) => boolean): boolean {
  if (typeof value === "number" && typeof operand === "number") return holds(value - operand);
  if (typeof value !== "string" || typeof operand !== "string") return false;
  return holds(value < operand ? -1 : Number(value > operand));
}

/** RE2 has neither look-around nor back references: a filter that needs them would fail on the real server. */
function matchesPattern(value: unknown, pattern: unknown): boolean {
  if (typeof pattern !== "string") throw new Error("invalid filters: $regex expects a string");
  if (/\(\?<?[=!]|\\[1-9]/.test(pattern)) throw new Error(`invalid filters: RE2 cannot compile ${pattern}`);
  const regex = new RegExp(pattern);
  const texts = Array.isArray(value) ? value : [value];
  return texts.some((text) => typeof text === "string" && regex.test(text));
}

function isDefined(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

function listOf(operand: unknown): readonly unknown[] {
  if (!Array.isArray(operand)) throw new Error("invalid filters: expected a list");
  return operand;
}
