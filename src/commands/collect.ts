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

export interface CollectResult extends ReconcileResult {
  readonly outcomes: readonly {
    readonly trial: string;
    readonly attempt: number;
    readonly outcome: Outcome["outcome"];
  }[];
}

/**
 * Brings home what the training job left: outcomes into the ledger, then whatever became due by them. Claims of this dispatch that left
 * no outcome are interrupted: this job runs after the training job, so nothing of it can still be under way.
 */
export async function collect(
  house: House,
  { dispatch, folder }: { dispatch: string; folder: string },
): Promise<CollectResult> {
  let world = await lookAround(house);
  const outcomes = claimedOutcomes(house, world, await readOutcomeFiles(folder));
  const round = dispatch.slice(0, 4);
  ({ world } = await record(house, world, {
    events: [
      ...outcomes.map(outcomeEvent),
      { key: `collected:${dispatch}`, event: "collected", round, dispatch },
    ],
    outcomes,
  }));
  for (const { trial, attempt, outcome, reason } of outcomes) {
    house.progress.say(`${trial} (attempt ${attempt}): ${outcome}${reason ? `, ${reason}` : ""}`);
  }
  const lost = (world.history.rounds.get(round)?.attempts ?? []).filter(
    (attempt) => attempt.dispatch === dispatch && attempt.outcome === null,
  );
  if (lost.length > 0) await giveUp(house, world, { round, dispatch, lost });
  const rest = await reconcileAll(house);
  return { ...rest, outcomes: outcomes.map(({ trial, attempt, outcome }) => ({ trial, attempt, outcome })) };
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
