import { CAMERAS, PIXELS } from "./cameras.ts";
import { type DenseLayer, endOf, initialise } from "./dense.ts";
import type { RandomStream } from "./random.ts";
import { ACTION_DIMS } from "./robot.ts";
import { CHUNK_VALUES } from "./world.ts";

/**
 * The layers of the small policy, one after the other in one flat array. The shape is ACT in miniature: three camera images ->
 * one shared encoder -> features; features + variational latent -> hidden -> chunk of actions.
 */
export const FEATURES_PER_CAMERA = 8;
export const FEATURES = CAMERAS * FEATURES_PER_CAMERA;
export const LATENT = 4;

/** Shared by the cameras; the "backbone", with a learning rate of its own. */
export const ENCODER: DenseLayer = { at: 0, units: FEATURES_PER_CAMERA, width: PIXELS };
/** Mean action of the chunk -> means and log variances of the latent. */
export const POSTERIOR: DenseLayer = { at: endOf(ENCODER), units: 2 * LATENT, width: ACTION_DIMS };
/** Features, then the latent -> hidden. */
export const TRUNK: DenseLayer = { at: endOf(POSTERIOR), units: 48, width: FEATURES + LATENT };
export const HEAD: DenseLayer = { at: endOf(TRUNK), units: CHUNK_VALUES, width: TRUNK.units };
export const WEIGHTS = endOf(HEAD);

const LAYERS: readonly { readonly layer: DenseLayer; readonly spread: number }[] = [
  { layer: ENCODER, spread: 1 / Math.sqrt(PIXELS) },
  { layer: POSTERIOR, spread: 0.25 },
  { layer: TRUNK, spread: Math.sqrt(2 / TRUNK.width) },
  { layer: HEAD, spread: 0.3 / Math.sqrt(HEAD.width) },
];

/** Random layers, zero biases. */
export function initialWeights(random: RandomStream): Float64Array {
  const weights = new Float64Array(WEIGHTS);
  for (const { layer, spread } of LAYERS) initialise(weights, { layer, spread, random });
  return weights;
}
