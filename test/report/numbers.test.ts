import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatBest,
  formatDelta,
  formatHours,
  formatNumber,
  formatPercent,
} from "../../src/report/numbers.ts";

describe("formatNumber", () => {
  it.each([
    [null, "–"],
    [0, "0"],
    [-0, "0"],
    [0.32884, "0.3288"],
    [0.5, "0.5"],
    [1327.7, "1328"],
    [12345.6, "12346"],
    [200000, "200000"],
    [2.6e-85, "2.6e-85"],
    [5.5669e-4, "5.567e-4"],
    [1.3e10, "1.3e+10"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("shows %d as %s", (value, shown) => {
    expect(formatNumber(value)).toBe(shown);
  });

  it("never shows a zero for what is not zero, and is right to four digits", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
        const shown = Number(formatNumber(value));
        expect(Object.is(shown === 0, value === 0)).toBe(true);
        if (Math.abs(value) > 1e-300) expect(Math.abs(shown / value - 1)).toBeLessThan(6e-4);
      }),
    );
  });
});

describe("the other figures", () => {
  it("carry their sign and unit", () => {
    expect(formatDelta(0.0051)).toBe("+0.0051");
    expect(formatDelta(-0.3289)).toBe("-0.3289");
    expect(formatPercent(-72.3438)).toBe("-72.3 %");
    expect(formatPercent(1.3e10)).toBe("+1.3e+10 %");
    expect(formatPercent(1e-9)).toBe("+1e-9 %");
    expect(formatBest(0.34293, 1250)).toBe("0.3429@1250");
    expect(formatHours(0.5)).toBe("30 min");
    expect(formatHours(6.25)).toBe("6.25 h");
  });
});
