import { addWeightGradient, backpropagate, createDensePass, type DensePass, forwardDense } from "./dense.ts";
import { addEncoderGradient, createImages, encode, type Images } from "./encoder.ts";
import { addPosteriorGradient, createLatents, drawLatents, type Latents } from "./posterior.ts";
import { FEATURES, HEAD, LATENT, TRUNK } from "./weights.ts";
import { CHUNK_VALUES } from "./world.ts";

/** Everything one batch of behaviour cloning needs, allocated once. */
export interface Batch {
  readonly rows: number;
  readonly images: Images;
  readonly latents: Latents;
  /** [rows][CHUNK_VALUES] demonstrated actions, filled by the caller. */
  readonly chunks: Float64Array;
  readonly trunk: DensePass;
  /** Its inputs are the rectified outputs of the trunk, its outputs the predicted actions. */
  readonly head: DensePass;
}

export function createBatch(rows: number): Batch {
  return {
    rows,
    images: createImages(rows),
    latents: createLatents(rows),
    chunks: new Float64Array(rows * CHUNK_VALUES),
    trunk: createDensePass(TRUNK, rows),
    head: createDensePass(HEAD, rows),
  };
}

/** Predicts with the latent at its prior mean, as in evaluation. Returns the mean absolute error. */
export function predict(weights: Float64Array, batch: Batch): number {
  batch.latents.values.fill(0);
  return run(weights, batch);
}

/** Predicts with latents drawn from the demonstrated actions, and writes down both losses. */
export function reconstruct(
  weights: Float64Array,
  { batch, losses }: { batch: Batch; losses: { l1: number; kld: number } },
): void {
  losses.kld = drawLatents(weights, batch);
  losses.l1 = run(weights, batch);
}

/** Adds the gradient of `l1 + klWeight * kld` after `reconstruct`, or of `l1` after `predict` (`klWeight` null). */
export function addPolicyGradient(
  gradient: Float64Array,
  { weights, batch, klWeight }: { weights: Float64Array; batch: Batch; klWeight: number | null },
): void {
  const { head, trunk, images, latents } = batch;
  findMisses(batch);
  addWeightGradient(gradient, head);
  backpropagate(weights, head);
  for (let i = 0; i < head.inputs.length; i++) {
    trunk.outputGradient[i] = head.inputs[i] === 0 ? 0 : (head.inputGradient[i] ?? 0);
  }
  addWeightGradient(gradient, trunk);
  backpropagate(weights, trunk);
  for (let row = 0; row < batch.rows; row++) {
    const x = row * TRUNK.width;
    for (let k = 0; k < FEATURES; k++)
      images.featureGradient[row * FEATURES + k] = trunk.inputGradient[x + k] ?? 0;
    for (let k = 0; k < LATENT; k++)
      latents.valueGradient[row * LATENT + k] = trunk.inputGradient[x + FEATURES + k] ?? 0;
  }
  addEncoderGradient(gradient, images);
  if (klWeight !== null) addPosteriorGradient(gradient, { latents, klWeight });
}

function run(weights: Float64Array, { rows, images, latents, chunks, trunk, head }: Batch): number {
  encode(weights, images);
  for (let row = 0; row < rows; row++) {
    const x = row * TRUNK.width;
    for (let k = 0; k < FEATURES; k++) trunk.inputs[x + k] = images.features[row * FEATURES + k] ?? 0;
    for (let k = 0; k < LATENT; k++) trunk.inputs[x + FEATURES + k] = latents.values[row * LATENT + k] ?? 0;
  }
  forwardDense(weights, trunk);
  for (let i = 0; i < head.inputs.length; i++) {
    head.inputs[i] = Math.max(trunk.outputs[i] ?? 0, 0);
  }
  forwardDense(weights, head);
  let error = 0;
  for (let i = 0; i < chunks.length; i++) error += Math.abs((head.outputs[i] ?? 0) - (chunks[i] ?? 0));
  return error / chunks.length;
}

/** The gradient of the mean absolute error is the sign of every miss; a NaN stays one. */
function findMisses({ head, chunks }: Batch): void {
  const share = 1 / chunks.length;
  for (let i = 0; i < chunks.length; i++) {
    const miss = (head.outputs[i] ?? 0) - (chunks[i] ?? 0);
    head.outputGradient[i] = miss > 0 ? share : miss < 0 ? -share : miss;
  }
}
