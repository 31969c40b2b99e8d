import type { Watch } from "../watch.ts";

/** The best trial so far at the same seed and under the same conditions. */
export interface Incumbent {
  readonly trial: string;
  /** Held-out L1 by step. */
  readonly evaluations: ReadonlyMap<number, number>;
}

export interface HopelessLimits {
  /** Share by which a trial may be worse than the incumbent at the same step. */
  readonly margin: number;
  /** Steps at which it is compared; earlier evaluations say little about the end (search facts 3 and 10). */
  readonly at: readonly number[];
}

/**
 * Stops a trial that is clearly worse than the incumbent was at the same step: `stopped`, reason `hopeless`. Equal seeds see equal
 * batches, so the noise between seeds is not in the difference.
 */
export function watchHopeless(incumbent: Incumbent, { margin, at }: HopelessLimits): Watch {
  return (event) => {
    if (event.kind !== "eval" || !at.includes(event.step)) return null;
    const reference = incumbent.evaluations.get(event.step);
    if (reference === undefined || !(event.avgL1 > (1 + margin) * reference)) return null;
    return {
      outcome: "stopped",
      reason: "hopeless",
      evidence: {
        step: event.step,
        eval_l1: event.avgL1,
        incumbent: incumbent.trial,
        incumbent_l1: reference,
        worse_by: event.avgL1 / reference - 1,
        margin,
      },
      urgent: false,
    };
  };
}
