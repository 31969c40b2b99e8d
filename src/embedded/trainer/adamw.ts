/** AdamW with decoupled weight decay and two learning rates, as the ACT preset sets it up. */
export interface AdamW {
  /** First and second moments, stepped in place. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Steps taken so far; the bias corrections depend on it. */
  steps: number;
}

export interface AdamWSettings {
  readonly learningRate: number;
  /** Learning rate of the weights before `encoderEnd`. */
  readonly encoderLearningRate: number;
  readonly encoderEnd: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export function createAdamW(size: number): AdamW {
  return { first: new Float64Array(size), second: new Float64Array(size), steps: 0 };
}

/** Scales the gradient so that its norm is at most `limit`; returns the norm before. NaN and infinity stay in it. */
export function clipGradient(gradient: Float64Array, limit: number): number {
  let squares = 0;
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i] ?? 0;
    squares += g * g;
  }
  const norm = Math.sqrt(squares);
  const factor = limit / (norm + 1e-6);
  if (!(factor >= 1)) for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] ?? 0) * factor;
  return norm;
}

export function stepAdamW(
  optimizer: AdamW,
  { weights, gradient, settings }: { weights: Float64Array; gradient: Float64Array; settings: AdamWSettings },
): void {
  optimizer.steps++;
  const { learningRate, encoderLearningRate, encoderEnd } = settings;
  stepRange(optimizer, { weights, gradient, settings, from: 0, to: encoderEnd, rate: encoderLearningRate });
  stepRange(optimizer, {
    weights,
    gradient,
    settings,
    from: encoderEnd,
    to: weights.length,
    rate: learningRate,
  });
}

function stepRange(
  { first, second, steps }: AdamW,
  {
    weights,
    gradient,
    settings: { beta1, beta2, epsilon, weightDecay },
    from,
    to,
    rate,
  }: {
    weights: Float64Array;
    gradient: Float64Array;
    settings: AdamWSettings;
    from: number;
    to: number;
    rate: number;
  },
): void {
  const stride = rate / (1 - beta1 ** steps);
  const spread = 1 / Math.sqrt(1 - beta2 ** steps);
  const kept = 1 - rate * weightDecay;
  for (let i = from; i < to; i++) {
    const g = gradient[i] ?? 0;
    const m = beta1 * (first[i] ?? 0) + (1 - beta1) * g;
    const v = beta2 * (second[i] ?? 0) + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    weights[i] = (weights[i] ?? 0) * kept - (stride * m) / (Math.sqrt(v) * spread + epsilon);
  }
}
