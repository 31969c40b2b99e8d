import { evaluationLevel } from "../judgement/diagnosis/evaluation.ts";
import { EVAL_L1 } from "../judgement/metrics.ts";
import { noiseBetweenSeeds } from "../judgement/ranked-variant.ts";
import type { Run } from "../judgement/run.ts";
import type { Thresholds } from "../judgement/thresholds.ts";
import type { Conditions } from "./outcome.ts";

/** One trained trial, as far as comparing needs it. */
export interface Comparable {
  readonly trial: string;
  readonly seed: number;
  readonly steps: number;
  readonly run: Run;
  readonly conditions: Conditions;
}

export interface Difference {
  /** The trial it is compared with. */
  readonly against: string;
  /** Smoothed minimum of eval L1 minus that of the other: negative is better. */
  readonly delta: number;
  /** Below it (in size) the difference is noise. */
  readonly floor: number;
}

/** How a trial did against the one it was bred from; null where the two may not be compared. */
export function compareTrials(
  own: Comparable,
  other: Comparable,
  { evaluation, noise }: Thresholds,
): Difference | null {
  if (own.steps !== other.steps || !sameConditions(own.conditions, other.conditions)) return null;
  const mine = levelOf(own.run, evaluation.smooth);
  const theirs = levelOf(other.run, evaluation.smooth);
  if (mine === null || theirs === null) return null;
  const floor = own.seed === other.seed ? noise.equal_seed : noiseBetweenSeeds(noise.between_seeds);
  return { against: other.trial, delta: mine - theirs, floor };
}

function levelOf({ data }: Run, smooth: number): number | null {
  const series = data.kind === "curves" ? data.series.get(EVAL_L1) : undefined;
  return series ? (evaluationLevel(series, smooth)?.best ?? null) : null;
}

/** What is unknown on one side forbids nothing; what is known and differs does. */
function sameConditions(a: Conditions, b: Conditions): boolean {
  const fields = ["fork_commit", "pair_data", "eval_freq", "batch_size", "num_workers"] as const;
  return fields.every((field) => a[field] === null || b[field] === null || a[field] === b[field]);
}
