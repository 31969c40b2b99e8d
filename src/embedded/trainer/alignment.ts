import { PIXELS_ALL } from "./cameras.ts";
import { type CostTerm, chunkScaleOf, costOf, type Side } from "./costs.ts";
import { addEncoderGradient, createImages, encode, type Images } from "./encoder.ts";
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
  const { pairs, plan: planSettings, terms, lambda } = settings;
  const source = createSide(pairs);
  const target = createSide(pairs);
  const sides = { source, target, chunkScale: chunkScaleOf(settings.chunkSize) };
  const sourceFrames = new Int32Array(pairs);
  const targetFrames = new Int32Array(pairs);
  const costs = new Float64Array(pairs);
  const plan = new Float64Array(pairs);
  const reading: PlanReading = { mass: 0, diagonal: 0, loss: 0, kind: "regular" };
  const solution = { plan, reading };
  const cell = { i: 0, j: 0 };

  return {
    lambda,
    reading,
    read(weights) {
      sampler.draw(random, targetFrames, sourceFrames);
      copySide(world.source, sourceFrames, source);
      copySide(world.target, targetFrames, target);
      encode(weights, source.images);
      encode(weights, target.images);
      for (let i = 0; i < pairs; i++) {
        cell.i = i;
        cell.j = i;
        let cost = 0;
        for (const term of terms) cost += costOf(term, sides, cell);
        costs[i] = cost;
      }
      solveDiagonalPlan(costs, planSettings, solution);
    },
    addGradient(gradient) {
      source.images.featureGradient.fill(0);
      target.images.featureGradient.fill(0);
      for (const { embed } of terms) {
        if (!embed) continue;
        for (let i = 0; i < pairs; i++) {
          const share = lambda * (plan[i] ?? 0) * 2 * embed.weight;
          pullTogether(
            source.images,
            target.images,
            i * FEATURES + embed.camera * FEATURES_PER_CAMERA,
            share,
          );
        }
      }
      addEncoderGradient(gradient, source.images);
      addEncoderGradient(gradient, target.images);
    },
    meanCosts: () =>
      terms.map((term) => {
        let sum = 0;
        for (let i = 0; i < pairs; i++) for (let j = 0; j < pairs; j++) sum += costOf(term, sides, { i, j });
        return { name: term.name, mean: sum / (pairs * pairs) };
      }),
  };
}

function createSide(rows: number): Side {
  return { images: createImages(rows), chunks: new Float64Array(rows * CHUNK_VALUES) };
}

function copySide(from: Demonstrations, frames: Int32Array, side: Side): void {
  for (let row = 0; row < frames.length; row++) {
    const frame = frames[row] ?? 0;
    copyPixels(from, frame, side.images.pixels, row * PIXELS_ALL);
    copyChunk(from, frame, side.chunks, row * CHUNK_VALUES);
  }
}

function pullTogether(source: Images, target: Images, at: number, share: number): void {
  for (let k = at; k < at + FEATURES_PER_CAMERA; k++) {
    const pull = share * ((source.features[k] ?? 0) - (target.features[k] ?? 0));
    source.featureGradient[k] = (source.featureGradient[k] ?? 0) + pull;
    target.featureGradient[k] = (target.featureGradient[k] ?? 0) - pull;
  }
}
