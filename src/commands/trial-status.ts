import type { TrialState, TrialStatus } from "../report/models.ts";
import { type Attempt, attemptKey, type History, type RoundHistory } from "../rounds/history.ts";
import { type DispatchView, isReverted } from "../rounds/reconcile.ts";
import { standingAttempts } from "../rounds/settled.ts";
import { dueTrials, freshAttempt, type PlannedTrial, type Retries, trialsOf } from "../rounds/trials.ts";
import type { AttemptProgress } from "../training/attempt-progress.ts";

export interface Seen {
  readonly history: History;
  /** Rounds whose manifest is on the default branch. */
  readonly merged: ReadonlySet<string>;
  /** What became of the workflow run of each open dispatch. */
  readonly dispatches: ReadonlyMap<string, DispatchView>;
  readonly retries: Retries;
  /** Of this machine's trials. */
  readonly underWay: readonly AttemptProgress[];
}

/** Where each trial of a round stands. */
export function trialStatuses(round: RoundHistory, seen: Seen): readonly TrialStatus[] {
  const latest = standingAttempts(round);
  const someday = dueTrials(round, { ...seen, now: new Date(8.64e15) });
  const goesOn = isReverted(round, seen) ? [] : someday;
  const next = new Map(goesOn.map(({ id, attempt }) => [id, attempt]));
  return trialsOf(round).map((trial) => {
    const attempt = latest.get(trial.id) ?? null;
    const now = attempt && underWay(attempt, seen);
    return {
      trial: trial.id,
      attempt: attempt?.attempt ?? 1,
      state: stateOf(round, { trial, attempt, seen }),
      step: attempt?.outcome?.steps ?? now?.step ?? null,
      steps: attempt?.steps ?? round.approved?.trainer.steps ?? null,
      evalL1: attempt?.outcome?.eval_l1 ?? now?.evalL1 ?? null,
      device: attempt?.outcome?.device ?? now?.device ?? null,
      reason: attempt?.outcome?.reason ?? null,
      next: (attempt && next.get(trial.id)) ?? null,
    };
  });
}

function underWay({ trial, attempt, outcome }: Attempt, seen: Seen): AttemptProgress | null {
  if (outcome) return null;
  return seen.underWay.find((one) => one.trial === trial && one.attempt === attempt) ?? null;
}

function stateOf(
  round: RoundHistory,
  { trial, attempt, seen }: { trial: PlannedTrial; attempt: Attempt | null; seen: Seen },
): TrialState {
  if (!attempt) {
    if (seen.history.skipped.has(trial.hash)) return "skipped";
    return freshAttempt(round, trial.id, null) > 1 ? "stopped" : "waiting";
  }
  if (attempt.outcome) return attempt.outcome.event;
  if (round.stops.has(attemptKey({ id: trial.id, attempt: attempt.attempt }))) return "stopping";
  return seen.dispatches.get(attempt.dispatch) === "running" ? "running" : "queued";
}
