import type { History } from "./history.ts";

/** Claims without an outcome, oldest first; null: there are none. */
export function openDispatch(history: History): OpenDispatch | null {
  return openDispatches(history)[0] ?? null;
}

interface OpenDispatch {
  readonly round: string;
  readonly dispatch: string;
}

export function openDispatches({ rounds }: History): readonly OpenDispatch[] {
  return [...rounds.values()].flatMap(({ round, attempts }) => {
    const open = attempts.filter(({ outcome }) => outcome === null).map(({ dispatch }) => dispatch);
    return [...new Set(open)].map((dispatch) => ({ round, dispatch }));
  });
}

/** Rounds that somebody or a budget let in, whatever became of their trials. */
export function approvedRounds({ rounds }: History): number {
  return [...rounds.values()].filter(({ approved }) => approved !== null).length;
}
