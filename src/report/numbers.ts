/** What stands for a value that is undefined in the data. */
export const NONE = "–";

/**
 * Four significant digits, `2.6e-85` for what is small, never a zero for what is not zero.
 * null = undefined in the data; whole numbers are shown whole.
 */
export function formatNumber(value: number | null): string {
  return value === null ? NONE : significant(value, 4);
}

/** A difference, always with its sign. */
export function formatDelta(value: number | null): string {
  return value === null ? NONE : signed(value, significant(value, 4));
}

/** `pct` is in percent already. */
export function formatPercent(pct: number | null): string {
  return pct === null ? NONE : `${signed(pct, significant(pct, 3))} %`;
}

/** `0.3429@1250`, as the reports of this field write a best value. */
export function formatBest(best: number | null, step: number | null): string {
  if (best === null) return NONE;
  return step === null ? formatNumber(best) : `${formatNumber(best)}@${step}`;
}

/** Hours of a device from seconds of it: `1.25 h`, `6 min`. */
export function formatHours(hours: number): string {
  return hours < 1 ? `${significant(hours * 60, 2)} min` : `${significant(hours, 3)} h`;
}

function signed(value: number, shown: string): string {
  return value > 0 ? `+${shown}` : shown;
}

function significant(value: number, digits: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value === 0 ? 0 : value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return String(value);
  if (size < 1e-3 || size >= 1e6) return trimmed(value.toExponential(digits - 1));
  return size >= 10 ** (digits - 1) ? String(Math.round(value)) : trimmed(value.toPrecision(digits));
}

/** Without zeros that say nothing: `0.5000` is `0.5`, `2.600e-85` is `2.6e-85`. */
function trimmed(number: string): string {
  return number.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}
