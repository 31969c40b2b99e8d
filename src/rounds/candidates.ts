import type { RunAnalysis } from "../judgement/analysis.ts";
import type { Candidate, Parent } from "./draft.ts";

/** A run that may be bred from, with the file that it was trained from. */
export interface Breeder {
  readonly parent: Parent;
  readonly analysis: RunAnalysis;
}

/** So many of a round's first candidates come from the best run before others have their turn. */
const FROM_THE_BEST = 2;

/**
 * Prescriptions in the order in which a round should try them: the most urgent ones of the best run, then one of each other run in
 * turn, then the rest. `breeders` are ranked, the best first.
 */
export function candidatesOf(breeders: readonly Breeder[]): readonly Candidate[] {
  const queues = breeders.map(({ parent, analysis }) =>
    analysis.actions
      .filter(({ edits }) => edits.length > 0)
      .map((prescription): Candidate => ({ parent, prescription })),
  );
  const [best = [], ...others] = queues;
  const turns = [best.slice(0, FROM_THE_BEST), ...inTurns([...others, best.slice(FROM_THE_BEST)])];
  return turns.flat();
}

/** First of each, then second of each, and so on. */
function inTurns<Item>(queues: readonly (readonly Item[])[]): Item[][] {
  const rounds = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, turn) => queues.flatMap((queue) => queue.slice(turn, turn + 1)));
}
