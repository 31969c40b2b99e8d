import { it as prop } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asSolved, certainlySolves, largestPair } from "../../src/judgement/transport-solver.ts";

const apart = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, axis) => sum + (value - (other[axis] ?? 0)) ** 2, 0);

const sides = fc.integer({ min: 1, max: 3 }).chain((axes) => {
  const point = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: axes, maxLength: axes });
  return fc.array(fc.tuple(point, point), { minLength: 1, maxLength: 6 });
});

describe("largestPair", () => {
  prop.prop([sides])("is never exceeded by squared distances of points", (pairs) => {
    const costs = pairs.flatMap(([source]) => pairs.map(([, target]) => apart(source, target)));
    const meanCost = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
    expect(Math.max(...costs)).toBeLessThanOrEqual(
      largestPair({ meanCost, pairs: pairs.length }) * (1 + 1e-9) + 1e-12,
    );
  });

  it("is reached: with four points at either side, by two pairs that stand 3/7 and 4/7 of the way", () => {
    const sources = [0, 4, 4, 4];
    const targets = [7, 3, 3, 3];
    const costs = sources.flatMap((source) => targets.map((target) => (source - target) ** 2));
    const meanCost = costs.reduce((sum, cost) => sum + cost, 0) / 16;
    expect(largestPair({ meanCost, pairs: 4 })).toBeCloseTo(49, 12);
  });
});

describe("certainlySolves", () => {
  const knobs = { reg: 0.5, tauSource: 1, tauTarget: 2, singlePrecision: false };

  it("wants no pair beyond the range of the kernel and taus of at most 100 reg", () => {
    expect(certainlySolves(knobs, 354.8)).toBe(true);
    expect(certainlySolves(knobs, 355)).toBe(false);
    expect(certainlySolves({ ...knobs, tauTarget: 50 }, 1)).toBe(true);
    expect(certainlySolves({ ...knobs, tauTarget: 51 }, 1)).toBe(false);
    expect([44, 45].map((cost) => certainlySolves({ ...knobs, singlePrecision: true }, cost))).toEqual([
      true,
      false,
    ]);
  });

  it("says nothing of knobs that are missing or of costs that are not numbers", () => {
    expect(certainlySolves({ ...knobs, reg: null }, 1)).toBe(false);
    expect(certainlySolves({ ...knobs, tauSource: null }, 1)).toBe(false);
    expect(certainlySolves(knobs, Number.NaN)).toBe(false);
  });
});

it("bounds what the solver makes of a plan a little wider than the plan", () => {
  expect(asSolved({ low: 0.1, high: 0.2 })).toEqual({ low: 0.1 * (1 - 1e-4), high: 0.2 * (1 + 1e-4) });
});
