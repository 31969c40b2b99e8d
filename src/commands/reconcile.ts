import { messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import { type DispatchView, type Due, reconcile } from "../rounds/reconcile.ts";
import { approveRound } from "./approve.ts";
import { decorateRounds } from "./decorate.ts";
import { claimTrials, startDispatch } from "./dispatch.ts";
import { followUp } from "./follow-up.ts";
import { giveUp } from "./give-up.ts";
import { type ProposeResult, proposeIfNew } from "./propose-round.ts";
import { record } from "./record.ts";
import { refreshRound } from "./refresh-round.ts";
import { reportRound } from "./report-round.ts";
import { reportRuns } from "./report-runs.ts";
import { refreshStatusComments } from "./status-comment.ts";
import { tellPeople } from "./tell.ts";
import { lookAround, observe, type World } from "./world.ts";

export interface ReconcileResult {
  /** What was done, in order, e.g. `claim 0002`. */
  readonly done: readonly string[];
  readonly proposal: ProposeResult | null;
  /** As it was when nothing was due any more. */
  readonly world: World;
  /** What became of the workflow runs of open dispatches, by then. */
  readonly dispatches: ReadonlyMap<string, DispatchView>;
}

/** More looks than any sequence of pieces needs; a loop beyond it is a mistake and better ended than run. */
const LOOKS = 12;

/**
 * Does what is due until nothing is. May be run by any event, any number of times. A piece that fails keeps nothing else from being
 * done, so that one round's trouble does not stop the others; it is thrown when all is done, and due again at the next wake-up.
 */
export async function reconcileAll(
  house: House,
  { proposing = true }: { proposing?: boolean } = {},
): Promise<ReconcileResult> {
  const before = await lookAround(house);
  const { done, proposal, touched, failures, dispatches, ...after } = await doDue(house, before, {
    proposing,
  });
  // What only decorates fails alone, and nobody comes back to it: it is not to wait for what may end the job.
  await decorateRounds(house, after.world, touched);
  await refreshStatusComments(house, before, { world: after.world, dispatches });
  const world = await tellPeople(house, after.world);
  if (house.settings.mode === "report" && (await reportRuns(house, world))) done.push("report runs");
  if (failures.length > 0) throw failures[0];
  return { done, proposal, world, dispatches };
}

interface Done {
  readonly world: World;
  readonly dispatches: ReadonlyMap<string, DispatchView>;
  readonly done: string[];
  readonly proposal: ProposeResult | null;
  /** Rounds of which something was done. */
  readonly touched: ReadonlySet<string>;
  readonly failures: readonly unknown[];
}

async function doDue(house: House, before: World, { proposing }: { proposing: boolean }): Promise<Done> {
  const done: string[] = [];
  const touched = new Set<string>();
  const failures: unknown[] = [];
  const tried = new Set<string>();
  let proposal: ProposeResult | null = null;
  let world = before;
  let dispatches: Done["dispatches"] = new Map();
  for (let looks = 0; looks < LOOKS; looks++) {
    const observed = await observe(house, world);
    ({ dispatches } = observed);
    const due = reconcile(observed).filter(
      (piece) =>
        !tried.has(nameOf(piece)) && (proposing || (piece.due !== "propose" && piece.due !== "follow-up")),
    );
    if (due.length === 0) break;
    for (const piece of due) {
      tried.add(nameOf(piece));
      try {
        if (piece.due === "propose") {
          proposal = await proposeIfNew(house, world);
          done.push(`propose: ${proposal.kind}`);
          if (proposal.kind === "opened") touched.add(proposal.round);
        } else {
          touched.add(piece.round);
          world = await perform(house, world, piece);
          done.push(nameOf(piece));
        }
      } catch (thrown) {
        failures.push(thrown);
        house.progress.say(`${nameOf(piece)} failed, the rest goes on: ${messageOf(thrown)}`);
      }
    }
    world = await lookAround(house);
  }
  return { world, dispatches, done, proposal, touched, failures };
}

async function perform(house: House, world: World, piece: Exclude<Due, { due: "propose" }>): Promise<World> {
  switch (piece.due) {
    case "judge-approval":
      return approveRound(house, world, piece.round);
    case "reject":
      return rejectRound(house, world, piece);
    case "refresh":
      return refreshRound(house, world, piece);
    case "claim":
      return claimTrials(house, world, piece);
    case "start":
      await startDispatch(house, piece);
      return world;
    case "give-up":
      return giveUp(house, world, piece);
    case "follow-up":
      return followUp(house, world, piece.round);
    case "report":
      return reportRound(house, world, piece.round);
  }
}

async function rejectRound(
  house: House,
  world: World,
  { round, pull }: { round: string; pull: number },
): Promise<World> {
  house.progress.say(`round ${round}: closed without merge`);
  const recorded = await record(house, world, {
    events: [{ key: `rejected:${round}`, event: "rejected", round, pull }],
  });
  return recorded.world;
}

/** Equal for equal pieces: each is tried once a wake-up, so that a refusal does not turn into a loop. */
function nameOf(piece: Due): string {
  switch (piece.due) {
    case "propose":
      return "propose";
    case "start":
    case "give-up":
      return `${piece.due} ${piece.dispatch}`;
    case "claim":
      return `claim ${piece.trials.map(({ id, attempt }) => `${id}:${attempt}`).join(" ")}`;
    default:
      return `${piece.due} ${piece.round}`;
  }
}
