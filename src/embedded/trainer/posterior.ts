import { addWeightGradient, createDensePass, type DensePass, forwardDense } from "./dense.ts";
import { ACTION_DIMS } from "./robot.ts";
import { LATENT, POSTERIOR } from "./weights.ts";
import { CHUNK, CHUNK_VALUES } from "./world.ts";

/** The variational latent of a batch: read off the mean action of each chunk, drawn with given noise. */
export interface Latents {
  /** Outputs per row: LATENT means, then LATENT log variances. */
  readonly pass: DensePass;
  /** [rows][LATENT] standard normal draws, filled by the caller. */
  readonly noise: Float64Array;
  /** [rows][LATENT] what the policy sees. */
  readonly values: Float64Array;
  /** [rows][LATENT] what the policy's backward pass leaves here. */
  readonly valueGradient: Float64Array;
}

export function createLatents(rows: number): Latents {
  return {
    pass: createDensePass(POSTERIOR, rows),
    noise: new Float64Array(rows * LATENT),
    values: new Float64Array(rows * LATENT),
    valueGradient: new Float64Array(rows * LATENT),
  };
}

/** Draws the latents; returns the mean KL divergence of the posteriors from the standard normal. */
export function drawLatents(
  weights: Float64Array,
  { chunks, latents: { pass, noise, values } }: { chunks: Float64Array; latents: Latents },
): number {
  averageActions(chunks, pass);
  forwardDense(weights, pass);
  let divergence = 0;
  for (let i = 0; i < noise.length; i++) {
    const at = meanAt(i);
    const mean = pass.outputs[at] ?? 0;
    const logVariance = pass.outputs[at + LATENT] ?? 0;
    const variance = Math.exp(logVariance);
    values[i] = mean + Math.sqrt(variance) * (noise[i] ?? 0);
    divergence -= 0.5 * (1 + logVariance - mean * mean - variance);
  }
  return divergence / pass.rows;
}

/** Adds the gradient of `valueGradient` through the draw, and of `klWeight` times the divergence. */
export function addPosteriorGradient(
  gradient: Float64Array,
  { latents: { pass, noise, valueGradient }, klWeight }: { latents: Latents; klWeight: number },
): void {
  const share = klWeight / pass.rows;
  for (let i = 0; i < noise.length; i++) {
    const at = meanAt(i);
    const variance = Math.exp(pass.outputs[at + LATENT] ?? 0);
    const through = valueGradient[i] ?? 0;
    pass.outputGradient[at] = through + share * (pass.outputs[at] ?? 0);
    pass.outputGradient[at + LATENT] =
      through * 0.5 * Math.sqrt(variance) * (noise[i] ?? 0) + share * 0.5 * (variance - 1);
  }
  addWeightGradient(gradient, pass);
}

function meanAt(latent: number): number {
  const row = Math.floor(latent / LATENT);
  return row * LATENT + latent;
}

function averageActions(chunks: Float64Array, { rows, inputs }: DensePass): void {
  for (let row = 0; row < rows; row++) {
    for (let dim = 0; dim < ACTION_DIMS; dim++) {
      let sum = 0;
      for (let step = 0; step < CHUNK; step++)
        sum += chunks[row * CHUNK_VALUES + step * ACTION_DIMS + dim] ?? 0;
      inputs[row * ACTION_DIMS + dim] = sum / CHUNK;
    }
  }
}
