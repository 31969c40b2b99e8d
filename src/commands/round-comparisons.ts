import type { Thresholds } from "../judgement/thresholds.ts";
import { isWithoutOt } from "../judgement/without-ot.ts";
import {
  type Comparable,
  compareTrials,
  type Difference,
  isComparable,
  isFinished,
} from "../rounds/verdict.ts";
import type { TrainedTrial } from "./trials.ts";

interface Peers {
  /** Trial that it was bred from. */
  readonly parent: string | null;
  readonly trials: readonly TrainedTrial[];
  readonly thresholds: Thresholds;
}

/** How a trial of a round did, against whom that can be said of best; null: against nobody. */
export function comparisonOf(trial: TrainedTrial, { parent, trials, thresholds }: Peers): Difference | null {
  const reference = referenceOf(trial, parent, trials);
  return reference ? compareTrials(comparable(trial), comparable(reference), thresholds) : null;
}

/**
 * Its parent at the same seed; else whoever of the round was trained at that seed: those that came to their end first, and of
 * them the one without OT. Nothing that is invalid, failed or was interrupted.
 */
function referenceOf(
  { trial, round, seed, steps }: TrainedTrial,
  parentRun: string | null,
  trials: readonly TrainedTrial[],
): TrainedTrial | null {
  const partners = trials.filter(({ outcome }) => isComparable(outcome));
  const parents = partners.filter((other) => other.trial === parentRun);
  const parent = parents.find((other) => other.steps === steps) ?? parents[0] ?? null;
  if (parent?.seed === seed) return parent;
  const peers = partners.filter(
    (other) => other.round === round && other.seed === seed && other.steps === steps && other.trial !== trial,
  );
  const finished = peers.filter(({ outcome }) => isFinished(outcome));
  const first = finished.length > 0 ? finished : peers;
  return first.find(({ run }) => isWithoutOt(run)) ?? first[0] ?? parent;
}

export function comparable({ trial, seed, steps, run, outcome }: TrainedTrial): Comparable {
  const { conditions, resumed_from } = outcome;
  return {
    ...{ trial, seed, steps, run, conditions },
    outcome: outcome.outcome,
    resumedAt: resumed_from?.step ?? 0,
  };
}
