import type { Json } from "../json.ts";

/** Without the dust of binary fractions, e.g. 0.15000000000000002: a difference beyond 12 digits was never meant. */
export function withoutDust(value: number): number {
  if (value === 0) return 0;
  return Number.isInteger(value) || !Number.isFinite(value) ? value : Number(value.toPrecision(12));
}

/** No NaN and no infinity anywhere in it. */
export function allFinite(value: Json): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value !== "object" || Object.values(value).every(allFinite);
}
