import { CAMERAS } from "./cameras.ts";
import { addWeightGradient, createDensePass, type DensePass, forwardDense } from "./dense.ts";
import { ENCODER, FEATURES } from "./weights.ts";

/** Images of some rows and what the encoder makes of them; allocated once, filled every step. */
export interface Images {
  /** Every camera image is a row of the pass. */
  readonly pass: DensePass;
  /** [rows][PIXELS_ALL], camera after camera, filled by the caller. */
  readonly pixels: Float64Array;
  /** [rows][FEATURES], camera after camera. */
  readonly features: Float64Array;
  /** [rows][FEATURES], what `addEncoderGradient` reads. */
  readonly featureGradient: Float64Array;
}

export function createImages(rows: number): Images {
  const pass = createDensePass(ENCODER, rows * CAMERAS);
  return {
    pass,
    pixels: pass.inputs,
    features: new Float64Array(rows * FEATURES),
    featureGradient: new Float64Array(rows * FEATURES),
  };
}

export function encode(weights: Float64Array, { pass, features }: Images): void {
  forwardDense(weights, pass);
  for (let i = 0; i < features.length; i++) features[i] = Math.tanh(pass.outputs[i] ?? 0);
}

/** Adds to `gradient` what `featureGradient` says about the encoder's weights. */
export function addEncoderGradient(
  gradient: Float64Array,
  { pass, features, featureGradient }: Images,
): void {
  for (let i = 0; i < features.length; i++) {
    const feature = features[i] ?? 0;
    pass.outputGradient[i] = (featureGradient[i] ?? 0) * (1 - feature * feature);
  }
  addWeightGradient(gradient, pass);
}
