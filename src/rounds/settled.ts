/** Which trials ended for good, and whether a person wants more of them. */
import type { Claim, OutcomeEvent } from "./events.ts";
import { type Attempt, latestAttempts, type RoundHistory } from "./history.ts";

/** Whether a person asked for this trial by name and has not got it yet, however many attempts it takes. */
export function isNamed(round: RoundHistory, { id }: Pick<Claim, "id">): boolean {
  return round.wishes.length > 0 && isWantedAfter(round, { id, attempt: lastSettled(round, id) });
}

/** Whether a person asked for more of a trial than this attempt of it. */
export function isWantedAfter(
  { wishes }: RoundHistory,
  { id, attempt }: Pick<Claim, "id" | "attempt">,
): boolean {
  return wishes.some((wish) => wish.id === id && wish.attempt > attempt);
}

/** The newest attempt that ended its trial for good; 0: none did. */
export function lastSettled({ attempts }: RoundHistory, id: string): number {
  let last = 0;
  for (const { trial, attempt, outcome } of attempts)
    if (trial === id && attempt > last && outcome && isSettled(outcome.event)) last = attempt;
  return last;
}

/** Whether a trial ended for good, and nobody has asked for more since. */
export function isOver(round: RoundHistory, trial: Pick<Claim, "id">): boolean {
  return lastSettled(round, trial.id) > 0 && !isNamed(round, trial);
}

/** Of each trial the attempt that tells where it stands: the newest, unless an earlier one ended it for good. */
export function standingAttempts(round: RoundHistory): ReadonlyMap<string, Attempt> {
  const standing = new Map(latestAttempts(round));
  for (const earlier of round.attempts) {
    const { trial: id, attempt } = earlier;
    const newest = standing.get(id);
    if (newest?.outcome && attempt === lastSettled(round, id) && isOver(round, { id }))
      standing.set(id, earlier);
  }
  return standing;
}

/** It ends its trial, unless a person asks for more. */
export function isSettled(outcome: OutcomeEvent["event"]): boolean {
  return SETTLED.has(outcome);
}

const SETTLED: ReadonlySet<OutcomeEvent["event"]> = new Set(["finished", "invalid", "stopped"]);
