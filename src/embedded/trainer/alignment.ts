import { PIXELS_ALL } from "./cameras.ts";
import { type CostTerm, costAt, distancesOf, type Side } from "./costs.ts";
import { addEncoderGradient, createImages, encode } from "./encoder.ts";
import type { PairSampler } from "./pairing.ts";
import type { RandomStream } from "./random.ts";
import { type PlanReading, type PlanSettings, solveDiagonalPlan } from "./transport.ts";
import { FEATURES, FEATURES_PER_CAMERA } from "./weights.ts";
import { CHUNK_VALUES, copyChunk, copyPixels, type Demonstrations, type World } from "./world.ts";

export interface AlignmentSettings {
  /** N, the number of paired samples of a step. */
  readonly pairs: number;
  readonly plan: PlanSettings;
  readonly terms: readonly CostTerm[];
  /** Weight of the OT loss in the total loss. */
  readonly lambda: number;
  /** `policy.chunk_size`. */
  readonly chunkSize: number;
}

/** The OT term of the loss over N paired samples. */
export interface Alignment {
  readonly lambda: number;
  readonly reading: PlanReading;
  /** Draws N pairs, encodes them and solves their plan. */
  read(weights: Float64Array): void;
  /** Adds `lambda` times the gradient of the last reading; the plan is a constant, labels have no gradient. */
  addGradient(gradient: Float64Array): void;
  /** Per term the mean of the full N x N cost matrix, unpaired cells included, weights applied. */
  meanCosts(): readonly { readonly name: string; readonly mean: number }[];
}

export function createAlignment(
  world: World,
  { settings, sampler, random }: { settings: AlignmentSettings; sampler: PairSampler; random: RandomStream },
): Alignment {
  const { pairs, lambda, chunkSize } = settings;
  const source = createSide(pairs);
  const target = createSide(pairs);
  const terms = settings.terms.map((term) => ({
    ...term,
    distances: distancesOf(term, { source, target, chunkSize }),
  }));
  const distances = terms.flatMap((term) => term.distances);
  const costs = new Float64Array(pairs);
  const plan = new Float64Array(pairs);
  const reading: PlanReading = { mass: 0, diagonal: 0, loss: 0, kind: "regular" };
  const solution = { plan, reading };
  const cell = { i: 0, j: 0 };

  return {
    lambda,
    reading,
    read(weights) {
      sampler.draw(random, { targetFrames: target.frames, sourceFrames: source.frames });
      copySide(world.source, source);
      copySide(world.target, target);
      encode(weights, source.images);
      encode(weights, target.images);
      for (let i = 0; i < pairs; i++) {
        cell.i = i;
        cell.j = i;
        costs[i] = costAt(distances, cell);
      }
      solveDiagonalPlan(costs, { settings: settings.plan, solution });
    },
    addGradient(gradient) {
      source.images.featureGradient.fill(0);
      target.images.featureGradient.fill(0);
      for (const { embed } of terms) {
        if (embed)
          pullTogether({ source, target, plan, camera: embed.camera, force: 2 * lambda * embed.weight });
      }
      addEncoderGradient(gradient, source.images);
      addEncoderGradient(gradient, target.images);
    },
    meanCosts: () =>
      terms.map((term) => {
        let sum = 0;
        for (let i = 0; i < pairs; i++)
          for (let j = 0; j < pairs; j++) sum += costAt(term.distances, { i, j });
        return { name: term.name, mean: sum / (pairs * pairs) };
      }),
  };
}

/** One domain's side, with the frames it holds. */
interface DrawnSide extends Side {
  readonly frames: Int32Array;
}

function createSide(rows: number): DrawnSide {
  return {
    images: createImages(rows),
    chunks: new Float64Array(rows * CHUNK_VALUES),
    frames: new Int32Array(rows),
  };
}

function copySide(from: Demonstrations, { frames, images, chunks }: DrawnSide): void {
  for (let row = 0; row < frames.length; row++) {
    const frame = frames[row] ?? 0;
    copyPixels(from, frame, { into: images.pixels, at: row * PIXELS_ALL });
    copyChunk(from, frame, { into: chunks, at: row * CHUNK_VALUES });
  }
}

interface Pull {
  readonly source: Side;
  readonly target: Side;
  readonly plan: Float64Array;
  readonly camera: number;
  readonly force: number;
}

/** d(force/2 * sum pi_i ||f(s_i) - f(t_i)||^2) by the features of one camera. */
function pullTogether({ source, target, plan, camera, force }: Pull): void {
  for (let row = 0; row < plan.length; row++) {
    const first = row * FEATURES + camera * FEATURES_PER_CAMERA;
    for (let k = first; k < first + FEATURES_PER_CAMERA; k++) {
      const apart = (source.images.features[k] ?? 0) - (target.images.features[k] ?? 0);
      const pull = force * (plan[row] ?? 0) * apart;
      source.images.featureGradient[k] = (source.images.featureGradient[k] ?? 0) + pull;
      target.images.featureGradient[k] = (target.images.featureGradient[k] ?? 0) - pull;
    }
  }
}
