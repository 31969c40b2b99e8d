import { stat } from "node:fs/promises";
import { AutoloopError } from "../errors.ts";
import type { House } from "../house.ts";
import { attemptKey, claimingRound, isGivenUp } from "../rounds/history.ts";
import { asMeant, type Outcome } from "../rounds/outcome.ts";
import { readCarriedOutcomes } from "./carried-outcomes.ts";
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

/**
 * Brings home what the training job left: outcomes into the ledger, then whatever became due by them. `trainingIsOver`: the
 * workflow's collect job runs after its training job; from a terminal nobody knows, so nothing is given up.
 */
export async function collect(
  house: House,
  { dispatch, folder, trainingIsOver }: { dispatch: string; folder: string; trainingIsOver: boolean },
): Promise<CollectResult> {
  if (!trainingIsOver) await checkFolder(folder);
  const outcomes = await bringHome(house, { dispatch, folder, unfinished: !trainingIsOver });
  for (const { trial, attempt, outcome, reason } of outcomes) {
    house.progress.say(`${trial} (attempt ${attempt}): ${outcome}${reason ? `, ${reason}` : ""}`);
  }
  return { ...(await reconcileAll(house)), outcomes };
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory()) return;
  throw new AutoloopError("arguments.outcomes", {
    what: `${folder} is not a folder.`,
    next: "Name the folder that launch wrote its outcomes into with --outcomes.",
  });
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
  const round = roundOf(world, dispatch);
  const outcomes = claimedOutcomes(house, world, await readCarriedOutcomes(folder, house.progress.say));
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

/** A dispatch that no round claimed is somebody's mistake: nothing of it may enter the ledger. */
function roundOf({ history }: World, dispatch: string): string {
  const round = claimingRound(history, dispatch)?.round;
  if (round) return round;
  throw new AutoloopError("ledger.no-dispatch", {
    what: `The ledger has no dispatch "${dispatch}".`,
    next: "Training is started by autoloop after a round's pull request was merged; see `autoloop status`.",
  });
}

/**
 * Outcomes of attempts that are claimed and still open; where they belong is what the claim says, not the file. The box may also
 * send what an earlier job could not. What no claim of this repository asked for is left alone, and said.
 */
function claimedOutcomes(house: House, world: World, outcomes: readonly Outcome[]): readonly Outcome[] {
  const claimed = new Map(
    [...world.history.rounds.values()].flatMap(({ round, attempts, stops }) =>
      attempts.map((claim) => {
        const key = attemptKey({ id: claim.trial, attempt: claim.attempt });
        return [key, { round, claim, stoppedBy: stops.get(key) }] as const;
      }),
    ),
  );
  return outcomes.flatMap((outcome) => {
    const { trial, attempt, run_id } = outcome;
    const found = claimed.get(attemptKey({ id: trial, attempt }));
    const ours = run_id === found?.claim.runId || run_id === found?.claim.resume?.run_id;
    if (!found || !ours) {
      house.progress.say(`${trial} (attempt ${attempt}) was never claimed in the ledger: left alone`);
      return [];
    }
    const open = found.claim.outcome === null || isGivenUp(found.claim.outcome);
    const placed = { ...outcome, round: found.round, dispatch: found.claim.dispatch };
    return open ? [asMeant(placed, found.stoppedBy)] : [];
  });
}
