import type { Attempt, History, RoundHistory } from "./history.ts";
import { standingAttempts } from "./settled.ts";
import { freshAttempt } from "./trials.ts";

/** The newest round that was let in, when all that was begun of it ended and nothing of it was trained to its end; else null. */
export function vainRound({ rounds }: History): RoundHistory | null {
  const newest = [...rounds.values()].findLast(({ approved }) => approved !== null);
  if (!newest || newest.attempts.length === 0) return null;
  const vain = newest.attempts.every(({ outcome }) => outcome !== null && outcome.event !== "finished");
  return vain ? newest : null;
}

/** What of it may end otherwise once its cause is mended: not what came apart, and not what a person stopped. */
export function mendable(round: RoundHistory): readonly { readonly id: string; readonly attempt: number }[] {
  return [...standingAttempts(round).values()]
    .filter(isMendable)
    .map((last) => ({ id: last.trial, attempt: freshAttempt(round, last.trial, last) }));
}

function isMendable({ outcome }: Attempt): boolean {
  return outcome?.event === "failed" || outcome?.event === "interrupted";
}
