import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  between,
  finite,
  firstNonFinite,
  lastPoints,
  lastWindow,
  type Series,
  thin,
} from "../../src/judgement/series.ts";
import { mean } from "../../src/judgement/statistics.ts";

const ten: Series = { steps: [50, 100, 150, 200, 250, 300], values: [1, 2, Number.NaN, 4, 5, 6] };

describe("windows", () => {
  it("takes both ends of a range of steps", () => {
    expect(between(ten, 100, 200).steps).toEqual([100, 150, 200]);
    expect(between(ten, 101, 149).steps).toEqual([]);
  });

  it("counts 100 steps at log_freq 50 as two points, and widens to the wanted number", () => {
    expect(lastWindow(ten, { steps: 100, points: 1 }).steps).toEqual([250, 300]);
    expect(lastWindow(ten, { steps: 100, points: 4 }).steps).toEqual([150, 200, 250, 300]);
    expect(lastWindow({ steps: [], values: [] }, { steps: 100, points: 4 }).steps).toEqual([]);
  });

  it("drops non-finite points with their steps", () => {
    expect(finite(ten)).toEqual({ steps: [50, 100, 200, 250, 300], values: [1, 2, 4, 5, 6] });
    expect(firstNonFinite(ten)).toBe(2);
    expect(firstNonFinite(finite(ten))).toBe(-1);
  });

  it("has nothing to give where nothing is asked", () => {
    expect(lastPoints(ten, 0).steps).toEqual([]);
    expect(lastPoints(ten, 99).steps).toEqual(ten.steps);
  });
});

describe("thin", () => {
  it("keeps the mean when the buckets are equal, and never gives more points than asked", () => {
    const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 20 }), (values, count) => {
        const steps = values.map((_, index) => index);
        const thinned = thin({ steps, values }, count);
        expect(thinned.steps.length).toBe(Math.min(count, values.length));
        if (values.length % count === 0) expect(mean(thinned.values)).toBeCloseTo(mean(values), 8);
      }),
    );
  });
});
