import { type Span, view } from "./wandb-protobuf.ts";

const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const SMALL_E = 0x65;
const LARGE_E = 0x45;
/** So many digits always fit a double exactly. */
const HIGH_DIGITS = 15;
/** Python and Go write at most 17; the digits beyond 15 are kept apart. */
const MOST_DIGITS = 18;

/**
 * The decimal number written in the span, exactly as `Number` reads it, without making a string where that can be proven
 * right; undefined = no number stands there. `NaN` and `Infinity` are not decimal.
 */
export function decimalIn(span: Span): number | undefined {
  const { bytes, from, to } = span;
  const negative = bytes[from] === MINUS;
  let at = negative ? from + 1 : from;
  let high = 0;
  let low = 0;
  let digits = 0;
  let fraction = 0;
  let seenDot = false;
  let seenDigit = false;
  for (; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit >= 0 && digit <= 9) {
      seenDigit = true;
      if (digits > 0 || digit > 0) digits++;
      if (digits <= HIGH_DIGITS) high = high * 10 + digit;
      else low = low * 10 + digit;
      if (seenDot) fraction++;
    } else if (bytes[at] === DOT && !seenDot) seenDot = true;
    else break;
  }
  if (!seenDigit) return undefined;
  const power = (at === to ? 0 : exponentIn(span, at)) - fraction;
  const size =
    digits > MOST_DIGITS ? undefined : scale({ high, low, lowDigits: digits - HIGH_DIGITS, power });
  if (size === undefined) return decimalFromText(span);
  return negative ? -size : size;
}

interface Decimal {
  /** The first 15 digits, and the up to three behind them: (high x 10^lowDigits + low) x 10^power. */
  readonly high: number;
  readonly low: number;
  /** Not above 0 = there are none. */
  readonly lowDigits: number;
  readonly power: number;
}

/** undefined = the nearest double cannot be proven here. */
function scale({ high, low, lowDigits, power }: Decimal): number | undefined {
  if (!(power >= -22 && power <= 22)) return undefined;
  const factor = POWERS_OF_TEN[power < 0 ? -power : power] ?? 1;
  // An exact mantissa and an exact power of ten: one operation, rounded correctly (Clinger 1990).
  if (lowDigits <= 0) return power < 0 ? high / factor : high * factor;
  if (power > 0) return undefined;
  return divide({ high, low, shift: POWERS_OF_TEN[lowDigits] ?? 1, divisor: factor });
}

/**
 * (high x shift + low) / divisor with about 100 bits, in double-double arithmetic (Dekker 1971). The rounded result is
 * right unless the remainder lies within a ten-millionth of half a unit in the last place: then undefined (Ziv 1991).
 */
function divide({
  high,
  low,
  shift,
  divisor,
}: {
  high: number;
  low: number;
  shift: number;
  divisor: number;
}) {
  const head = high * shift;
  const tail = productError(high, shift) + low;
  const quotient = head / divisor;
  const remainder = head - quotient * divisor - productError(quotient, divisor) + tail;
  const correction = remainder / divisor;
  const sum = quotient + correction;
  const rest = correction - (sum - quotient);
  return sum + rest * 1.0000001 === sum ? sum : undefined;
}

/** a x b - fl(a x b), exactly. */
function productError(a: number, b: number): number {
  const splitA = a * 134_217_729;
  const headA = splitA - (splitA - a);
  const tailA = a - headA;
  const splitB = b * 134_217_729;
  const headB = splitB - (splitB - b);
  const tailB = b - headB;
  return tailA * tailB - (a * b - headA * headB - tailA * headB - headA * tailB);
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

function decimalFromText(span: Span): number | undefined {
  const value = Number(view(span).toString("latin1"));
  return Number.isNaN(value) ? undefined : value;
}
