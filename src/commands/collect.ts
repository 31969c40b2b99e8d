import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseOutcome } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import { attemptKey } from "../rounds/history.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { giveUp } from "./give-up.ts";
import { outcomeEvent } from "./outcome-event.ts";
import { type ReconcileResult, reconcileAll } from "./reconcile.ts";
import { record } from "./record.ts";
import { lookAround, type World } from "./world.ts";

export interface Collected {
  readonly trial: string;
  readonly attempt: number;
  readonly outcome: Outcome["outcome"];
  readonly reason: string | null;
}

export interface CollectResult extends ReconcileResult {
  readonly outcomes: readonly Collected[];
}

/** Brings home what the training job left: outcomes into the ledger, then whatever became due by them. */
export async function collect(
  house: House,
  { dispatch, folder }: { dispatch: string; folder: string },
): Promise<CollectResult> {
  const outcomes = await bringHome(house, { dispatch, folder });
  for (const { trial, attempt, outcome, reason } of outcomes) {
    house.progress.say(`${trial} (attempt ${attempt}): ${outcome}${reason ? `, ${reason}` : ""}`);
  }
  return { ...(await reconcileAll(house)), outcomes };
}

/**
 * Outcomes into the ledger. Claims of this dispatch that left none are interrupted: the training is over by now, so nothing of
 * it can still be under way. `unfinished`: it was stopped, and what it had not begun stays claimed for the next one.
 */
export async function bringHome(
  house: House,
  { dispatch, folder, unfinished = false }: { dispatch: string; folder: string; unfinished?: boolean },
): Promise<readonly Collected[]> {
  let world = await lookAround(house);
  const outcomes = claimedOutcomes(house, world, await readOutcomeFiles(folder));
  const round = dispatch.slice(0, 4);
  const collected = { key: `collected:${dispatch}`, event: "collected", round, dispatch } as const;
  ({ world } = await record(house, world, {
    events: [...outcomes.map(outcomeEvent), ...(unfinished ? [] : [collected])],
    outcomes,
  }));
  const lost = (world.history.rounds.get(round)?.attempts ?? []).filter(
    (attempt) => attempt.dispatch === dispatch && attempt.outcome === null,
  );
  if (lost.length > 0 && !unfinished) await giveUp(house, world, { round, dispatch, lost });
  return outcomes.map(({ trial, attempt, outcome, reason }) => ({ trial, attempt, outcome, reason }));
}

async function readOutcomeFiles(folder: string): Promise<readonly Outcome[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    files.map(async (name) => parseOutcome(await readFile(join(folder, name), "utf8"), name)),
  );
}

/** The box may also send what an earlier job could not. What no claim of this repository asked for is left alone, and said. */
function claimedOutcomes(house: House, world: World, outcomes: readonly Outcome[]): readonly Outcome[] {
  const claimed = new Map(
    [...world.history.rounds.values()]
      .flatMap(({ attempts }) => attempts)
      .map((attempt) => [attemptKey({ id: attempt.trial, attempt: attempt.attempt }), attempt]),
  );
  return outcomes.filter(({ trial, attempt, run_id }) => {
    const claim = claimed.get(attemptKey({ id: trial, attempt }));
    if (claim?.runId === run_id) return claim.outcome === null;
    house.progress.say(`${trial} (attempt ${attempt}) was never claimed in the ledger: left alone`);
    return false;
  });
}
