import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalKey } from "../../src/judgement/metrics.ts";
import { countRepeated, joinKeys, joinSteps } from "../../src/runs/join-steps.ts";

describe("joinSteps", () => {
  it("keeps the last value of a repeated step and sorts the steps", () => {
    expect(joinSteps({ steps: [100, 200, 150, 200], values: [1, 2, 3, Number.NaN] })).toEqual({
      steps: [100, 150, 200],
      values: [1, 3, Number.NaN],
    });
  });

  it("always gives strictly rising steps, and loses no step", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.double())), (logged) => {
        const { steps, values } = joinSteps({
          steps: logged.map(([step]) => step),
          values: logged.map(([, value]) => value),
        });
        expect(steps).toEqual([...new Set(logged.map(([step]) => step))].sort((a, b) => a - b));
        expect(values).toEqual(steps.map((step) => logged.findLast(([at]) => at === step)?.[1]));
        expect(countRepeated(logged.map(([step]) => step))).toBe(logged.length - steps.length);
      }),
    );
  });
});

describe("joinKeys", () => {
  it("prefers a key's own name over its legacy alias, step by step", () => {
    const joined = joinKeys(
      [
        { key: "train/ot_loss", steps: [2], values: [20] },
        { key: "train/ot_ot_loss", steps: [1, 2], values: [1, 2] },
        { key: "train/ot_loss", steps: [3], values: [30] },
      ],
      canonicalKey,
    );
    expect(joined).toEqual(new Map([["train/ot_loss", { steps: [1, 2, 3], values: [1, 20, 30] }]]));
  });
});
