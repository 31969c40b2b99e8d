/** A config or evidence value as exact JSON on one line. What JSON cannot say (NaN, infinities) is said by name. */
export function formatValue(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "number" && !Number.isFinite(inner) ? String(inner) : inner,
  );
}
