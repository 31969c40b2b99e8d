import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  median,
  medianAbsoluteDeviation,
  normalTail,
  quantile,
  trend,
} from "../../src/judgement/statistics.ts";

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("quantile", () => {
  it("interpolates between order statistics", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.9)).toBeCloseTo(4.6, 12);
    expect(medianAbsoluteDeviation([1, 1, 1, 9])).toBe(0);
  });
});

describe("normalTail", () => {
  it.each([
    [0, 0.5],
    [1.959964, 0.025],
    [-1, 0.841345],
    [3, 0.001349898],
  ])("of %f is %f", (z, tail) => {
    expect(normalTail(z)).toBeCloseTo(tail, 6);
  });
});

describe("trend", () => {
  it("finds an exact line and is sure of it", () => {
    const line = trend(
      range(10),
      range(10).map((x) => 3 - 0.5 * x),
    );
    expect(line.slope).toBe(-0.5);
    expect([line.low, line.high]).toEqual([-0.5, -0.5]);
    expect(line.p).toBeLessThan(0.001);
  });

  it("gives the Mann-Kendall probability of a worked example", () => {
    // S = 31 of 45 pairs, variance 125: z = 30/11.18, two-sided p 0.0073.
    const ys = [1, 2, 3, 4, 5, 6, 7, 10, 9, 8].map((y, index) => (index === 1 ? 4.5 : y));
    const { p } = trend(range(10), ys);
    expect(p).toBeGreaterThan(0.0005);
    expect(p).toBeLessThan(0.01);
  });

  it("is not moved by one wild point", () => {
    const ys = range(12).map((x) => (x === 5 ? 1e6 : 2 * x));
    expect(trend(range(12), ys).slope).toBeCloseTo(2, 6);
  });

  it("claims nothing of a constant", () => {
    expect(
      trend(
        range(8),
        range(8).map(() => 4),
      ),
    ).toEqual({ slope: 0, low: 0, high: 0, p: 1 });
  });

  it("contains its own slope, and turns with the sign of y", () => {
    const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 4, maxLength: 30 });
    fc.assert(
      fc.property(values, (ys) => {
        const up = trend(range(ys.length), ys);
        const down = trend(
          range(ys.length),
          ys.map((y) => -y),
        );
        expect(up.low).toBeLessThanOrEqual(up.slope);
        expect(up.high).toBeGreaterThanOrEqual(up.slope);
        expect(down.slope).toBeCloseTo(-up.slope, 9);
        expect(down.p).toBeCloseTo(up.p, 12);
      }),
    );
  });

  it("covers the true slope about as often as it says", () => {
    const normal = fc.double({ min: 1e-9, max: 1, noNaN: true });
    let covered = 0;
    const runs = 400;
    const draws = fc.sample(fc.array(fc.tuple(normal, normal), { minLength: 12, maxLength: 12 }), {
      numRuns: runs,
      seed: 7,
    });
    for (const draw of draws) {
      const noise = draw.map(([a, b]) => (a + b - 1) * 2);
      const { low, high } = trend(
        range(12),
        noise.map((each, x) => 0.3 * x + each),
      );
      if (low <= 0.3 && high >= 0.3) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.9);
  });
});
