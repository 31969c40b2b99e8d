import type { Attempt, History } from "./history.ts";
import { latestAttempts } from "./history.ts";

/** Claims without an outcome, oldest first; null: there are none. */
export function openDispatch({ rounds }: History): { round: string; dispatch: string } | null {
  for (const { round, attempts } of rounds.values()) {
    const open = attempts.find(({ outcome }) => outcome === null);
    if (open) return { round, dispatch: open.dispatch };
  }
  return null;
}

/** How often a trial is begun that something else than autoloop keeps ending, such as a machine that runs out of memory. */
const ATTEMPTS = 3;
/** Ends of our own making: Ctrl-C, a launcher that was killed, a claim that was given up. Each needs a person to repeat it. */
const OURS: ReadonlySet<string | null> = new Set(["cancelled", "launcher-lost", "lost"]);

/** Trials of the newest approved round that were interrupted and are to be begun again; null: there are none. */
export function interrupted({
  rounds,
}: History): { readonly round: string; readonly attempts: readonly Attempt[] } | null {
  const newest = [...rounds.values()].findLast(({ approved }) => approved !== null);
  if (!newest) return null;
  const attempts = [...latestAttempts(newest).values()].filter(
    ({ attempt, outcome }) =>
      outcome?.event === "interrupted" && (OURS.has(outcome.reason) || attempt < ATTEMPTS),
  );
  return attempts.length > 0 ? { round: newest.round, attempts } : null;
}

/** Rounds that somebody or a budget let in, whatever became of their trials. */
export function approvedRounds({ rounds }: History): number {
  return [...rounds.values()].filter(({ approved }) => approved !== null).length;
}
