import { isJsonObject } from "../json.ts";
import { type Span, view } from "./wandb-protobuf.ts";

/** W&B writes non-finite numbers as bare tokens in files and as strings in API answers (wandb facts 4). */
const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** A logged value as a number, in any of W&B's spellings; undefined = not a number (text, null, picture, histogram). */
export function loggedNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? NON_FINITE.get(value) : undefined;
}

/** The leaves of a nested value as W&B names them: keys joined with `.`. Lists are no leaves. */
export function* flatten(key: string, value: unknown): Generator<[string, unknown]> {
  if (!isJsonObject(value)) {
    yield [key, value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* flatten(`${key}.${name}`, inner);
}

const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const SMALL_E = 0x65;
const LARGE_E = 0x45;

/**
 * The number written in the span, exactly as `JSON.parse` would read it, non-finite tokens included;
 * undefined = something else stands there. Up to 2^53 x 10^±22 no string is made: such a mantissa and power of ten are
 * exact doubles, so their one product or quotient is rounded correctly (Clinger 1990).
 */
export function numberIn(span: Span): number | undefined {
  const { bytes, from, to } = span;
  const negative = bytes[from] === MINUS;
  let at = negative ? from + 1 : from;
  let mantissa = 0;
  let digits = 0;
  let fraction = 0;
  let seenDot = false;
  for (; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
      if (seenDot) fraction++;
    } else if (bytes[at] === DOT && !seenDot) seenDot = true;
    else break;
  }
  if (digits === 0 || mantissa > Number.MAX_SAFE_INTEGER) {
    return numberFromText(span, digits > 0);
  }
  const exponent = at === to ? 0 : exponentIn(span, at);
  const power = exponent - fraction;
  if (!(power >= -22 && power <= 22)) return numberFromText(span, true);
  const scale = POWERS_OF_TEN[power < 0 ? -power : power] ?? 1;
  const size = power < 0 ? mantissa / scale : mantissa * scale;
  return negative ? -size : size;
}

/** The exponent from its `e` on; NaN = no plain exponent. */
function exponentIn({ bytes, to }: Span, start: number): number {
  if (bytes[start] !== SMALL_E && bytes[start] !== LARGE_E) return Number.NaN;
  let at = start + 1;
  const negative = bytes[at] === MINUS;
  if (negative || bytes[at] === PLUS) at++;
  if (at === to || to - at > 3) return Number.NaN;
  let exponent = 0;
  for (; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    exponent = exponent * 10 + digit;
  }
  return negative ? -exponent : exponent;
}

/** The slow way: `hasDigits` keeps `Number("")` and its like from reading as 0. */
function numberFromText(span: Span, hasDigits: boolean): number | undefined {
  const written = view(span).latin1Slice();
  if (!hasDigits) return NON_FINITE.get(written.startsWith('"') ? written.slice(1, -1) : written);
  const value = Number(written);
  return Number.isNaN(value) ? undefined : value;
}
