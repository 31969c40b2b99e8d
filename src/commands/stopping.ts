import type { Workflows } from "../forge/forge.ts";
import type { House } from "../house.ts";
import type { Claim } from "../rounds/events.ts";
import { attemptKey } from "../rounds/history.ts";
import { dispatchRuns, type World } from "./world.ts";

/** A job's token lives for 24 hours; after that its box does not hear of a stop. */
const HEARING_MS = 23 * 3_600_000;

/**
 * The box stops what the ledger says, unless it cannot hear it: then the whole workflow run is cancelled. Also one that has not
 * begun and of which nothing is wanted any more. Resolves to the dispatches whose runs were cancelled.
 */
export async function cancelDeafRuns(
  house: Pick<House, "now"> & {
    readonly forge: { readonly workflows: Pick<Workflows, "runs" | "cancel"> };
  },
  world: Pick<World, "history">,
  { round, trials }: { round: string; trials: readonly Pick<Claim, "id" | "attempt">[] },
): Promise<readonly string[]> {
  const history = world.history.rounds.get(round);
  if (!history) return [];
  const asked = new Set(trials.map(attemptKey));
  const open = history.attempts
    .filter(({ outcome }) => outcome === null)
    .map((attempt) => ({ ...attempt, key: attemptKey({ id: attempt.trial, attempt: attempt.attempt }) }));
  const meant = new Set(open.filter(({ key }) => asked.has(key)).map(({ dispatch }) => dispatch));
  if (meant.size === 0) return [];
  const runs = (await dispatchRuns(house)).filter(
    ({ dispatch, status }) => meant.has(dispatch) && status !== "completed",
  );
  const deaf = runs.filter(({ dispatch, status, started }) => {
    // A claim may have been started again, and each run has a token of its own.
    const begun = Date.parse(started ?? history.claimed.get(dispatch) ?? "");
    const wanted = open.some(({ key, dispatch: own }) => own === dispatch && !history.stops.has(key));
    return (status === "queued" && !wanted) || house.now().getTime() - begun > HEARING_MS;
  });
  for (const { id } of deaf) await house.forge.workflows.cancel(id);
  return [...new Set(deaf.map(({ dispatch }) => dispatch))];
}
