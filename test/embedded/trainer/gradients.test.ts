import { describe, expect, it } from "vitest";
import { createAlignment } from "../../../src/embedded/trainer/alignment.ts";
import { createPairSampler } from "../../../src/embedded/trainer/pairing.ts";
import {
  addPolicyGradient,
  type Batch,
  createBatch,
  reconstruct,
} from "../../../src/embedded/trainer/policy.ts";
import { stream } from "../../../src/embedded/trainer/random.ts";
import { initialWeights, WEIGHTS } from "../../../src/embedded/trainer/weights.ts";
import { createWorld } from "../../../src/embedded/trainer/world.ts";

const STEP = 1e-7;

/** Central difference of `loss` by one weight. */
function slope(weights: Float64Array, i: number, loss: () => number): number {
  const kept = weights[i] ?? 0;
  weights[i] = kept + STEP;
  const above = loss();
  weights[i] = kept - STEP;
  const below = loss();
  weights[i] = kept;
  return (above - below) / (2 * STEP);
}

function everyNth(n: number): number[] {
  return Array.from({ length: Math.floor(WEIGHTS / n) }, (_, i) => i * n);
}

describe("the policy's gradient", () => {
  it("is the slope of l1 + 10 kld in every direction tried", () => {
    const random = stream("gradient test");
    const weights = initialWeights(random);
    const batch = createBatch(3);
    fill(batch, random);
    const losses = { l1: 0, kld: 0 };
    const loss = () => {
      reconstruct(weights, { batch, losses });
      return losses.l1 + 10 * losses.kld;
    };
    loss();
    const gradient = new Float64Array(WEIGHTS);
    addPolicyGradient(gradient, { weights, batch, klWeight: 10 });
    for (const i of everyNth(37)) expect(gradient[i]).toBeCloseTo(slope(weights, i, loss), 3);
    expect(Math.hypot(...gradient)).toBeGreaterThan(1);
  });
});

describe("the alignment's gradient", () => {
  it("is the slope of lambda times the plan's cost with the plan held still", () => {
    const world = createWorld({ sourceId: "s", targetId: "t" });
    const weights = initialWeights(stream("weights"));
    const pairing = { windowSize: 2, noWindow: false, sharpness: 0, topk: 5 };
    const sampler = createPairSampler(world, { episodes: [0, 1, 2], settings: pairing });
    const reading = (at: Float64Array) => {
      const alignment = createAlignment(world, {
        settings: {
          pairs: 4,
          lambda: 0.7,
          chunkSize: 100,
          plan: { reg: 0.5, tauSrc: 1, tauTgt: 1 },
          terms: [0, 1, 2].map((camera) => ({
            name: `c${camera}`,
            embed: { camera, weight: 0.3 },
            label: null,
          })),
        },
        sampler,
        random: stream("draws"),
      });
      alignment.read(at);
      return alignment;
    };
    const gradient = new Float64Array(WEIGHTS);
    reading(weights).addGradient(gradient);
    // d(T (1 - mean exp(-M/T)))/dw = sum pi dM/dw: the potential of the force that a constant plan exerts.
    const potential = () => -0.7 * 2.5 * reading(weights).reading.mass;
    for (let i = 0; i < 136; i += 5) expect(gradient[i]).toBeCloseTo(slope(weights, i, potential), 4);
    expect(gradient.subarray(136).every((value) => value === 0)).toBe(true);
    expect(Math.hypot(...gradient)).toBeGreaterThan(0.1);
  });
});

function fill({ images, chunks, latents }: Batch, random: { normal(): number }): void {
  for (const values of [images.pixels, chunks, latents.noise]) {
    for (let i = 0; i < values.length; i++) values[i] = random.normal();
  }
}
