import type { StopRequest } from "../stop.ts";
import type { Watch } from "../watch.ts";

export interface GradientLimits {
  /** Global gradient norm before clipping, mean of a log window. */
  readonly limit: number;
  /** Large norms are normal up to this step (trainer facts 15: about 250 at step 50, below 100 from about 600). */
  readonly warmUp: number;
  /** So many log windows in a row above the limit. */
  readonly sustained: number;
  /** Or one window above the run's own median after the warm-up by this factor. */
  readonly rise: number;
}

/** The median of fewer windows than this is no level to rise from. */
const LEVEL_WINDOWS = 5;

/** Stops a training whose gradients have exploded: `invalid`. Holds what it saw of one attempt. */
export function watchGradient({ limit, warmUp, sustained, rise }: GradientLimits): Watch {
  const seen: number[] = [];
  let above = 0;
  return (event) => {
    if (event.kind !== "step" || event.step <= warmUp || !Number.isFinite(event.gradNorm)) return null;
    const level = seen.length >= LEVEL_WINDOWS ? median(seen) : Number.POSITIVE_INFINITY;
    seen.push(event.gradNorm);
    above = event.gradNorm > limit ? above + 1 : 0;
    if (above >= sustained)
      return exploded({ step: event.step, grad_norm: event.gradNorm, limit, windows: above });
    if (event.gradNorm > rise * level)
      return exploded({ step: event.step, grad_norm: event.gradNorm, level, rise });
    return null;
  };
}

function exploded(evidence: StopRequest["evidence"]): StopRequest {
  return { outcome: "invalid", reason: "exploded", evidence, urgent: false };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
