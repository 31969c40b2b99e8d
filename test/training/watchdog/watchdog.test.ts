import { describe, expect, it } from "vitest";
import { watchGradient } from "../../../src/training/watchdog/gradient.ts";
import { watchHopeless } from "../../../src/training/watchdog/hopeless.ts";
import type { TrainerEvent } from "../../../src/wire/trainer-log.ts";

const step = (at: number, gradNorm: number): TrainerEvent => ({
  kind: "step",
  step: at,
  loss: 1,
  gradNorm,
  lr: 1e-5,
});
const evaluation = (at: number, avgL1: number): TrainerEvent => ({
  kind: "eval",
  step: at,
  avgLoss: avgL1,
  avgL1,
  batches: 20,
});
const limits = { limit: 100, warmUp: 500, sustained: 3, rise: 10 };

describe("the gradient watch", () => {
  const feed = (norms: readonly (readonly [number, number])[]) => {
    const watch = watchGradient(limits);
    return norms.map(([at, norm]) => watch(step(at, norm))).find((request) => request !== null) ?? null;
  };

  it("lets a training warm up", () => {
    expect(
      feed([
        [50, 250],
        [100, 230],
        [150, 210],
        [200, 180],
        [450, 120],
        [550, 90],
        [600, 60],
      ]),
    ).toBeNull();
  });

  it("stops what stays above the limit after that", () => {
    expect(
      feed([
        [550, 120],
        [600, 130],
        [650, 140],
      ]),
    ).toMatchObject({ outcome: "invalid", reason: "exploded", evidence: { step: 650, windows: 3 } });
  });

  it("forgives single spikes", () => {
    expect(
      feed([
        [550, 120],
        [600, 130],
        [650, 40],
        [700, 120],
        [750, 50],
      ]),
    ).toBeNull();
  });

  it("stops a sudden rise over the run's own level", () => {
    const calm = [550, 600, 650, 700, 750].map((at) => [at, 5] as const);
    expect(feed([...calm, [800, 51]])).toMatchObject({
      reason: "exploded",
      evidence: { step: 800, level: 5 },
    });
  });

  it("leaves values that are no numbers to the watch for those", () => {
    expect(
      feed([
        [550, Number.NaN],
        [600, Number.NaN],
        [650, Number.NaN],
      ]),
    ).toBeNull();
  });
});

describe("the comparison with the incumbent", () => {
  const watch = watchHopeless(
    {
      trial: "0001d-s42",
      evaluations: new Map([
        [200, 0.35],
        [600, 0.25],
        [1000, 0.23],
      ]),
    },
    { margin: 0.06, at: [600, 1000] },
  );

  it("stops what is clearly worse at the same step and seed, and says by how much", () => {
    expect(watch(evaluation(600, 0.28))).toMatchObject({
      outcome: "stopped",
      reason: "hopeless",
      evidence: { step: 600, incumbent: "0001d-s42", incumbent_l1: 0.25 },
    });
  });

  it.each([
    ["inside the margin", 600, 0.264],
    ["before the first rung", 200, 0.9],
    ["between the rungs", 800, 0.9],
    ["no number", 1000, Number.NaN],
  ])("lets go on what is %s", (_name, at, level) => {
    expect(watch(evaluation(at, level))).toBeNull();
  });
});
