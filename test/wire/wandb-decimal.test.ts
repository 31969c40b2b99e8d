import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalIn } from "../../src/wire/wandb-decimal.ts";
import { numberIn } from "../../src/wire/wandb-numbers.ts";

function span(text: string) {
  const bytes = Buffer.from(`##${text}##`);
  return { bytes, from: 2, to: bytes.length - 2 };
}

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Digits around the place where doubles run out, with a point and an exponent anywhere. */
const longDecimal = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 10n ** 20n }),
    fc.nat(20),
    fc.integer({ min: -330, max: 330 }),
    fc.boolean(),
  )
  .map(([digits, point, exponent, negative]) => {
    const text = String(digits).padStart(point + 1, "0");
    const whole = text.slice(0, text.length - point);
    const number = point > 0 ? `${whole}.${text.slice(-point)}` : whole;
    return `${negative ? "-" : ""}${number}e${exponent}`;
  });
/** The decimal expansion of the middle between two neighbouring doubles, shortened: the hardest to round. */
const nearHalfway = fc
  .tuple(fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }), fc.integer({ min: 15, max: 18 }))
  .map(([mantissa, digits]) => {
    const text = String(((2n * mantissa + 1n) * 10n ** 25n) / 2n ** 53n);
    return `${text.slice(0, 1)}.${text.slice(1, digits)}`;
  });

describe("decimalIn", () => {
  it("reads what Number reads, bit for bit", () => {
    fc.assert(
      fc.property(double, (value) => Object.is(decimalIn(span(String(value))), Number(String(value)))),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(double, (value) =>
        Object.is(decimalIn(span(value.toExponential(16))), Number(value.toExponential(16))),
      ),
      {
        numRuns: 5000,
      },
    );
    fc.assert(
      fc.property(longDecimal, (text) => Object.is(decimalIn(span(text)), Number(text))),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(nearHalfway, (text) => Object.is(decimalIn(span(text)), Number(text))),
      { numRuns: 5000 },
    );
  });

  it.each(["", "-", "null", "true", '"text"', "NaN", "1.5x", "1e", "{}"])("finds no number in %j", (text) => {
    expect(decimalIn(span(text))).toBeUndefined();
  });
});

describe("numberIn", () => {
  it("knows the non-finite numbers as tokens and as strings", () => {
    expect(
      ["NaN", '"NaN"', "Infinity", "-Infinity", '"-Infinity"'].map((text) => numberIn(span(text))),
    ).toEqual([
      Number.NaN,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it("takes no text for a number", () => {
    expect([numberIn(span('"1"')), numberIn(span('"nan"')), numberIn(span("null"))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
