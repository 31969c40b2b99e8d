import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AutoloopError } from "../errors.ts";
import type { LocalHouse, Surroundings } from "../house.ts";
import { commitSubject } from "../report/plain.ts";
import { type Refusal, refusalToLaunch, spentSoFar } from "../rounds/budget.ts";
import type { History, RoundHistory } from "../rounds/history.ts";
import { sha256 } from "../rounds/names.ts";
import { isReverted } from "../rounds/reconcile.ts";
import { approvedRounds, openDispatch } from "../rounds/resumption.ts";
import { isFinal, startable } from "../rounds/starting.ts";
import { dueTrials, REFUSED } from "../rounds/trials.ts";
import { mendable, vainRound } from "../rounds/vain-round.ts";
import type { LaunchPorts } from "../training/launch-options.ts";
import { approveRound } from "./approve.ts";
import { bringHome } from "./collect.ts";
import { heldUp } from "./held-up.ts";
import { launch } from "./launch.ts";
import { launchRules } from "./launch-rules.ts";
import type { Unplanned } from "./planning.ts";
import { reconcileAll } from "./reconcile.ts";
import { record } from "./record.ts";
import { lookAround, type World } from "./world.ts";

export interface LoopOptions {
  /** Rounds that the ledger may hold in all, those of earlier loops included. */
  readonly rounds: number;
  /** Merge what is proposed, within the budget. */
  readonly merging: boolean;
  /** How long this call may go on; null: as long as `budget.wall_hours` says. */
  readonly wallHours: number | null;
  readonly surroundings: Surroundings;
  readonly ports: LaunchPorts;
  /** Aborted: trials are ended, the ledger is told, nothing new begins. */
  readonly signal: AbortSignal;
}

export type LoopEnd =
  | { readonly kind: "done" | Unplanned | "budget-spent" | "stopped" | "time-over" }
  /** A person has to merge it, or to call with `--yes`. */
  | { readonly kind: "awaits-merge"; readonly round: string }
  /** Its trials ended, and none of them as it should. */
  | { readonly kind: "nothing-trained"; readonly round: string };

/**
 * The whole loop in one process. It remembers nothing: every turn looks at git and does the first thing that is due, so it may be
 * killed anywhere and started again.
 */
export async function loop(house: LocalHouse, options: LoopOptions): Promise<LoopEnd> {
  checkMode(house, options);
  const wallHours = options.wallHours ?? house.settings.budget.wall_hours;
  const deadline = wallHours === null ? null : new Date(house.now().getTime() + wallHours * 3_600_000);
  const timed = { ...options, deadline };
  const waited = new Set<Refusal>();
  await tryVainRoundAgain(house);
  while (!options.signal.aborted) {
    if (deadline && house.now() >= deadline) return { kind: "time-over" };
    const turn = await takeTurn(house, timed);
    if (turn.kind === "again") continue;
    if (turn.kind !== "held-up") return turn;
    if (turn.why === "all-spent") return { kind: "budget-spent" };
    if (!waited.has(turn.why)) house.progress.say(`waiting: ${turn.why}`);
    waited.add(turn.why);
    const left = deadline ? Math.max(0, deadline.getTime() - house.now().getTime()) : HELD_UP_MS;
    await options.ports.clock.sleep(Math.min(HELD_UP_MS, left), options.signal);
  }
  return { kind: "stopped" };
}

/** How often hours and budget are looked at again. */
const HELD_UP_MS = 30_000;

type Timed = LoopOptions & { readonly deadline: Date | null };
type Turn = LoopEnd | { readonly kind: "again" } | { readonly kind: "held-up"; readonly why: Refusal };
const AGAIN = { kind: "again" } as const;

async function takeTurn(house: LocalHouse, options: Timed): Promise<Turn> {
  const before = await lookAround(house);
  const open = openDispatch(before.history);
  if (open) return train(house, options, open.dispatch);

  const spent = (history: History) => approvedRounds(history) >= options.rounds;
  const { done, proposal } = await reconcileAll(house, { proposing: !spent(before.history) });
  const world = await lookAround(house);
  if (openDispatch(world.history)) return AGAIN;
  const { trials, next } = heldUp(house, world.history);
  const held = trials.find((why) => !isFinal(why)) ?? (spent(world.history) ? null : next);
  if (held) return { kind: "held-up", why: held };
  const vain = vainOf(world);
  if (spent(world.history)) return vain ? { kind: "nothing-trained", round: vain.round } : { kind: "done" };
  const proposed = [...world.history.rounds.values()].find(
    ({ state, follows }) => state === "proposed" && follows === null,
  );
  if (proposed) {
    if (!options.merging) return { kind: "awaits-merge", round: proposed.round };
    return merge(house, options, { world, round: proposed.round });
  }
  if (proposal && proposal.kind !== "opened" && proposal.kind !== "already-open") {
    return vain ? { kind: "nothing-trained", round: vain.round } : proposal;
  }
  // Something was settled without anything new to do: the next look finds out what follows from it.
  if (world.ledger.commit !== before.ledger.commit) return AGAIN;
  if (await askAgain(house, world)) return AGAIN;
  throw new AutoloopError("ledger.stuck", {
    what: `Nothing follows from what is due (${done.join(", ") || "nothing"}).`,
    next: "Look at `git log autoloop/ledger`; merge the round's branch or delete it.",
  });
}

/**
 * Who calls the loop after a round of which nothing was trained has mended the cause: what failed is begun once more. What was merely
 * interrupted goes on without being asked for.
 */
async function tryVainRoundAgain(house: LocalHouse): Promise<void> {
  const world = await lookAround(house);
  const vain = vainOf(world);
  if (!vain) return;
  const { round } = vain;
  const going = goingOn(house, world, vain);
  const trials = mendable(vain).filter(({ id }) => !going.has(id));
  if (going.size > 0) house.progress.say(`round ${round}: it was interrupted; ${going.size} trials go on`);
  if (trials.length === 0) return;
  const key = `rerun:${round}:${sha256(JSON.stringify(trials)).slice(0, 12)}`;
  await record(house, world, { events: [{ key, event: "rerun", round, by: "loop", trials: [...trials] }] });
  house.progress.say(
    `round ${round}: nothing of it was trained to its end; ${trials.length} trials are begun once more`,
  );
}

/** Null also when its merge was undone: nobody wants it begun again. */
function vainOf(world: World): RoundHistory | null {
  const vain = vainRound(world.history);
  return vain && isReverted(vain, world) ? null : vain;
}

/** Trials of a round that are due by themselves, if not at this hour. */
function goingOn(
  { settings, retries, now }: LocalHouse,
  { history }: World,
  round: RoundHistory,
): ReadonlySet<string> {
  const given = { history, retries, rules: launchRules(settings), now: now() };
  if (isFinal(startable(round, given).heldUp)) return new Set();
  return new Set(dueTrials(round, given).map(({ id }) => id));
}

/** Who calls the loop after having refused a round wants another one. False: nobody refused, or it was asked for already. */
async function askAgain(house: LocalHouse, world: World): Promise<boolean> {
  const newest = [...world.history.rounds.values()].at(-1);
  if (!newest?.rejected) return false;
  const event = { event: "propose-requested", by: "loop" } as const;
  return (await record(house, world, { events: [{ key: `propose-requested:${newest.round}`, ...event }] }))
    .first;
}

/** Both halves of training, in this process. What has no outcome afterwards although nobody stopped it is a fault to be told. */
async function train(house: LocalHouse, options: Timed, dispatch: string): Promise<Turn> {
  const { surroundings, ports, signal, deadline } = options;
  const folder = join(house.forge.gitDir, "autoloop", "outcomes");
  await mkdir(folder, { recursive: true });
  const { notRun } = await launch(house, surroundings, {
    dispatch,
    trials: [],
    outcomes: folder,
    ports,
    signal,
    deadline,
  });
  const outcomes = await bringHome(house, { dispatch, folder, unfinished: signal.aborted });
  await rm(folder, { recursive: true, force: true });
  const settled = outcomes.filter(({ reason }) => reason !== REFUSED);
  const arrived = new Set(settled.map(({ trial, attempt }) => `${trial}:${attempt}`));
  const lost = notRun.find(({ trial, attempt }) => !arrived.has(`${trial}:${attempt}`));
  if (!lost || signal.aborted) return AGAIN;
  throw new AutoloopError("training.not-run", {
    what: `${lost.trial} (attempt ${lost.attempt}) was not trained: ${lost.why.replace(/\.$/, "")}.`,
    next: "Correct that and run autoloop loop again; it goes on where it stopped.",
  });
}

/** The budget's approval, judged at once by the same gate as a person's. */
async function merge(
  house: LocalHouse,
  options: LoopOptions,
  { world, round }: { world: World; round: string },
): Promise<Turn> {
  const rules = launchRules(house.settings);
  const now = house.now();
  const why = refusalToLaunch(rules, spentSoFar(world.history, { now, rules }), {
    now,
    attended: false,
    begun: false,
  });
  if (why) return { kind: "held-up", why };
  const pull = world.history.rounds.get(round)?.pull ?? Number(round);
  await house.forge.merge(pull, mergeMessage(round, { world, options }));
  house.progress.say(`round ${round}: merged into ${world.branch} within the budget`);
  const { history } = await approveRound(house, await lookAround(house), round);
  const decided = history.rounds.get(round);
  if (decided?.state === "approved") return AGAIN;
  throw new AutoloopError("ledger.not-approved", {
    what: `Round ${round} was merged and not approved${decided?.refused ? ` (${decided.refused.reason})` : ""}.`,
    next: `Look at it with git log ${world.branch}; nothing of it was trained.`,
  });
}

function mergeMessage(round: string, { world, options }: { world: World; options: LoopOptions }): string {
  const place = approvedRounds(world.history) + 1;
  const budget = `Round ${place} of ${options.rounds} that \`autoloop loop --rounds ${options.rounds} --yes\` may begin.`;
  return `${commitSubject("merge", `round ${round}`)}\n\n${budget}`;
}

/** `--yes` lets rounds in without a person; it does not lift what the repository's settings forbid. */
function checkMode({ settings }: LocalHouse, { merging }: LoopOptions): void {
  const { mode } = settings;
  if (mode === "train" || (mode === "propose" && !merging)) return;
  const undone = mode === "report" ? "no round is proposed and nothing is trained" : "nothing is trained";
  throw new AutoloopError("settings.mode", {
    what: `The settings of this repository, as committed, say mode: ${mode}, so ${undone}.`,
    next: "Set `mode: train` in .github/autoloop.yml and commit it on the default branch.",
  });
}
