import { attemptKey, type History, isGivenUp, type RoundHistory } from "../rounds/history.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { isSettled, isWantedAfter, lastSettled } from "../rounds/settled.ts";
import { NOT_BEGUN } from "../rounds/trials.ts";
import type { StopRequest } from "../training/stop.ts";
import type { TrialJob } from "../training/trial-job.ts";

export interface LateTruths {
  /** An outcome of this machine. */
  readonly add: (outcome: Outcome) => void;
  /** Why a claimed attempt is not to begin: an earlier one ended the trial for good, and nobody has asked for more since. */
  readonly stopOf: (job: TrialJob) => StopRequest | null;
}

/**
 * The ledger may have given up an attempt that had ended, and have claimed the next one before anybody heard of that. This machine knows
 * better; it also ends the trial for the ledger, which is told with the outcomes of this launch.
 */
export function lateTruths({ rounds }: History, unsent: readonly Outcome[]): LateTruths {
  const ended = new Map<string, number>();
  const add = ({ round, trial, attempt, outcome }: Outcome): void => {
    if (isSettled(outcome) && isNews(rounds.get(round), { trial, attempt }))
      ended.set(trial, Math.max(attempt, ended.get(trial) ?? 0));
  };
  unsent.forEach(add);
  return {
    add,
    stopOf: ({ round: name, trial: id, attempt }) => {
      const round = rounds.get(name);
      if (!round) return null;
      const last = Math.max(lastSettled(round, id), ended.get(id) ?? 0);
      const over = last > 0 && last < attempt && !isWantedAfter(round, { id, attempt: last });
      return over ? endedBefore(last) : null;
    },
  };
}

/** What the ledger heard first counts. */
function isNews(
  round: RoundHistory | undefined,
  { trial, attempt }: Pick<Outcome, "trial" | "attempt">,
): boolean {
  const key = attemptKey({ id: trial, attempt });
  const known = round?.attempts.find(
    (claim) => attemptKey({ id: claim.trial, attempt: claim.attempt }) === key,
  );
  return known !== undefined && (known.outcome === null || isGivenUp(known.outcome));
}

function endedBefore(attempt: number): StopRequest {
  return {
    outcome: "interrupted",
    reason: NOT_BEGUN,
    evidence: { held_up_by: "trial-ended", attempt },
    urgent: false,
  };
}
