import { conditionsOf, differing } from "../judgement/conditions.ts";
import { evaluationLevel } from "../judgement/diagnosis/evaluation.ts";
import { EVAL_L1 } from "../judgement/metrics.ts";
import { noiseBetweenSeeds } from "../judgement/ranked-variant.ts";
import type { Run } from "../judgement/run.ts";
import { between, type Series } from "../judgement/series.ts";
import type { Thresholds } from "../judgement/thresholds.ts";
import type { Conditions, OutcomeKind } from "./outcome.ts";

/** One trained trial, as far as comparing needs it. */
export interface Comparable {
  readonly trial: string;
  readonly seed: number;
  /** That it was to reach. */
  readonly steps: number;
  readonly outcome: OutcomeKind;
  readonly run: Run;
  readonly conditions: Conditions;
  /** Step at which it went on from a checkpoint; 0: in one go. */
  readonly resumedAt: number;
}

export interface Difference {
  /** The trial it is compared with. */
  readonly against: string;
  /** Smoothed minimum of eval L1 minus that of the other: negative is better. */
  readonly delta: number;
  /** Below it (in size) the difference is noise. */
  readonly floor: number;
  /** Last evaluation of both that was looked at, where one of them has later ones; null: both were trained to their end. */
  readonly upTo: number | null;
}

/** How a trial did against the one it was bred from, over equal steps; null where the two may not be compared. */
export function compareTrials(own: Comparable, other: Comparable, thresholds: Thresholds): Difference | null {
  if (!mayCompare(own, other)) return null;
  const { evaluation, noise } = thresholds;
  const mine = evaluationsOf(own.run);
  const theirs = evaluationsOf(other.run);
  const common = mine && theirs ? lastCommon(mine, theirs) : null;
  if (!mine || !theirs || common === null) return null;
  const isCut = [own, other].some(({ outcome }) => outcome !== "finished") || !endTogether(mine, theirs);
  const least = isCut ? evaluation.smooth : 1;
  const level = levelOf(mine, { common, smooth: evaluation.smooth, least });
  const otherLevel = levelOf(theirs, { common, smooth: evaluation.smooth, least });
  if (level === null || otherLevel === null) return null;
  const floor = own.seed === other.seed ? noise.equal_seed : noiseBetweenSeeds(noise.between_seeds);
  return { against: other.trial, delta: level - otherLevel, floor, upTo: isCut ? common : null };
}

/** What came apart or broke off by accident says nothing; what was stopped says something up to there. */
export function isComparable({ outcome }: Pick<Comparable, "outcome">): boolean {
  return outcome === "finished" || outcome === "stopped";
}

function mayCompare(own: Comparable, other: Comparable): boolean {
  return (
    isComparable(own) &&
    isComparable(other) &&
    own.resumedAt === other.resumedAt &&
    own.steps === other.steps &&
    sameConditions(own.conditions, other.conditions) &&
    differing(conditionsOf(own.run), conditionsOf(other.run)).every((field) => ELSEWHERE.includes(field))
  );
}

/** What the trial itself says of these is what counts. */
const ELSEWHERE: readonly string[] = ["seed", "steps", "rows"];

function evaluationsOf({ data }: Run): Series | null {
  return data.kind === "curves" ? (data.series.get(EVAL_L1) ?? null) : null;
}

function lastCommon(a: Series, b: Series): number | null {
  const steps = new Set(b.steps);
  return a.steps.findLast((step) => steps.has(step)) ?? null;
}

function endTogether(a: Series, b: Series): boolean {
  return a.steps.at(-1) === b.steps.at(-1);
}

/** The noise is that of smoothed levels: with fewer evaluations than `least` there is none to hold against it. */
function levelOf(
  series: Series,
  { common, smooth, least }: { readonly common: number; readonly smooth: number; readonly least: number },
): number | null {
  const points = between(series, 0, common);
  const best = points.steps.length < least ? null : (evaluationLevel(points, smooth)?.best ?? null);
  return Number.isFinite(best) ? best : null;
}

/** What is unknown on one side forbids nothing; what is known and differs does. */
function sameConditions(a: Conditions, b: Conditions): boolean {
  const fields = ["fork_commit", "pair_data", "eval_freq", "batch_size", "num_workers"] as const;
  return fields.every((field) => a[field] === null || b[field] === null || a[field] === b[field]);
}

/**
 * Whether any of these is better than everything before it by more than the noise: against the best earlier one at equal seed
 * and conditions. What was not trained to its end counts on neither side. null: there is nothing to compare with.
 */
export function gainOver(
  own: readonly Comparable[],
  { earlier, thresholds }: { earlier: readonly Comparable[]; thresholds: Thresholds },
): boolean | null {
  const verdicts = own.filter(isFinished).flatMap((trial) => {
    const rivals = earlier
      .filter((other) => isFinished(other) && other.seed === trial.seed)
      .flatMap((other) => compareTrials(trial, other, thresholds) ?? []);
    return rivals.length === 0 ? [] : [rivals.every(({ delta, floor }) => delta < -floor)];
  });
  return verdicts.length === 0 ? null : verdicts.some(Boolean);
}

export function isFinished({ outcome }: Pick<Comparable, "outcome">): boolean {
  return outcome === "finished";
}
