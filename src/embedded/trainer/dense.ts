import type { RandomStream } from "./random.ts";

/**
 * Weights are stored at 1/GAIN of the size they work with: a layer computes GAIN * (W x + b). Gradients then have the size that a
 * large policy's have (tens to hundreds), so rules written for the real trainer meet familiar numbers.
 */
const GAIN = 50;

/** A fully connected layer inside the flat array of weights: `units` rows of `width`, then `units` biases. */
export interface DenseLayer {
  readonly at: number;
  readonly units: number;
  /** Inputs per row; a multiple of 4. */
  readonly width: number;
}

/** First weight after the layer. */
export function endOf({ at, units, width }: DenseLayer): number {
  return at + units * width + units;
}

export function initialise(
  weights: Float64Array,
  { layer, spread, random }: { layer: DenseLayer; spread: number; random: RandomStream },
): void {
  const end = layer.at + layer.units * layer.width;
  for (let i = layer.at; i < end; i++) weights[i] = (spread / GAIN) * random.normal();
}

/** A batch going through a layer; allocated once. */
export interface DensePass {
  readonly layer: DenseLayer;
  readonly rows: number;
  /** [rows][width] */
  readonly inputs: Float64Array;
  /** [rows][units] */
  readonly outputs: Float64Array;
  /** [rows][units] gradient of the loss by the outputs, filled by who knows it. */
  readonly outputGradient: Float64Array;
  /** [rows][width] */
  readonly inputGradient: Float64Array;
}

export function createDensePass(layer: DenseLayer, rows: number): DensePass {
  return {
    layer,
    rows,
    inputs: new Float64Array(rows * layer.width),
    outputs: new Float64Array(rows * layer.units),
    outputGradient: new Float64Array(rows * layer.units),
    inputGradient: new Float64Array(rows * layer.width),
  };
}

/** outputs = GAIN * (W inputs + b). Four running sums, because one would wait for itself. */
export function forwardDense(weights: Float64Array, { layer, rows, inputs, outputs }: DensePass): void {
  const { at, units, width } = layer;
  const biases = at + units * width;
  for (let row = 0; row < rows; row++) {
    const x = row * width;
    for (let unit = 0; unit < units; unit++) {
      const w = at + unit * width;
      let one = weights[biases + unit] ?? 0;
      let two = 0;
      let three = 0;
      let four = 0;
      for (let k = 0; k < width; k += 4) {
        one += (weights[w + k] ?? 0) * (inputs[x + k] ?? 0);
        two += (weights[w + k + 1] ?? 0) * (inputs[x + k + 1] ?? 0);
        three += (weights[w + k + 2] ?? 0) * (inputs[x + k + 2] ?? 0);
        four += (weights[w + k + 3] ?? 0) * (inputs[x + k + 3] ?? 0);
      }
      outputs[row * units + unit] = GAIN * (one + two + (three + four));
    }
  }
}

/** Adds the gradient by the layer's weights. */
export function addWeightGradient(
  gradient: Float64Array,
  { layer, rows, inputs, outputGradient }: DensePass,
): void {
  const { at, units, width } = layer;
  const biases = at + units * width;
  for (let unit = 0; unit < units; unit++) {
    const w = at + unit * width;
    for (let row = 0; row < rows; row++) {
      const delta = GAIN * (outputGradient[row * units + unit] ?? 0);
      if (delta === 0) continue;
      const x = row * width;
      gradient[biases + unit] = (gradient[biases + unit] ?? 0) + delta;
      for (let k = 0; k < width; k++) gradient[w + k] = (gradient[w + k] ?? 0) + delta * (inputs[x + k] ?? 0);
    }
  }
}

/** inputGradient = W^T outputGradient. */
export function backpropagate(
  weights: Float64Array,
  { layer, rows, outputGradient, inputGradient }: DensePass,
): void {
  const { at, units, width } = layer;
  inputGradient.fill(0);
  for (let row = 0; row < rows; row++) {
    const x = row * width;
    for (let unit = 0; unit < units; unit++) {
      const delta = GAIN * (outputGradient[row * units + unit] ?? 0);
      if (delta === 0) continue;
      const w = at + unit * width;
      for (let k = 0; k < width; k++) {
        inputGradient[x + k] = (inputGradient[x + k] ?? 0) + delta * (weights[w + k] ?? 0);
      }
    }
  }
}
