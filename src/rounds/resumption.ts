import type { History } from "./history.ts";

/** Claims without an outcome, oldest first; null: there are none. */
export function openDispatch({ rounds }: History): { round: string; dispatch: string } | null {
  for (const { round, attempts } of rounds.values()) {
    const open = attempts.find(({ outcome }) => outcome === null);
    if (open) return { round, dispatch: open.dispatch };
  }
  return null;
}

/** Rounds that somebody or a budget let in, whatever became of their trials. */
export function approvedRounds({ rounds }: History): number {
  return [...rounds.values()].filter(({ approved }) => approved !== null).length;
}
