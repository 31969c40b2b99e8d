import { messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import type { Obstacle, RequestView, RoundStatus, StatusReport } from "../report/models.ts";
import { plainLine } from "../report/plain.ts";
import { isOutsideAllHours, type Refusal, refusalToLaunch, spentSoFar } from "../rounds/budget.ts";
import type { LedgerEvent } from "../rounds/events.ts";
import { attemptKey, type RoundHistory } from "../rounds/history.ts";
import { type DispatchView, isReverted } from "../rounds/reconcile.ts";
import { dueTrials, isThrough } from "../rounds/trials.ts";
import { budgetView, campaignView } from "./budget-view.ts";
import { heldUp } from "./held-up.ts";
import { launchRules } from "./launch-rules.ts";
import { refusalsByRound } from "./refusals.ts";
import { type Seen, trialStatuses } from "./trial-status.ts";
import { dispatchViews, type World } from "./world.ts";

/** What became of the workflow run of each open dispatch. */
export type Dispatches = ReadonlyMap<string, DispatchView>;

/** What goes on, and why nothing does. `dispatches`: where somebody has just looked. */
export async function statusReport(
  house: House,
  world: World,
  dispatches?: Dispatches,
): Promise<StatusReport> {
  const seen = await see(house, world, dispatches);
  return {
    rounds: [...world.history.rounds.values()].map((round) => roundStatus(house, { round, seen })),
    obstacles: obstacles(house, seen),
    requests: requestsIn(world.ledger.events),
    budget: budgetView(house, world.history),
    heartbeat: latestOf(world.ledger.events),
  };
}

/**
 * The same for the pull request of one round: that round, and the others that are not over. `only`: of a round that is over nothing
 * else is said, because nobody will come back to correct it.
 */
export async function roundStatusReport(
  house: House,
  world: World,
  { round, only, dispatches }: { round: RoundHistory; only: boolean; dispatches?: Dispatches | undefined },
): Promise<StatusReport> {
  const seen = await see(house, world, dispatches);
  const others = [...world.history.rounds.values()].filter(
    (other) => other.round !== round.round && !isOver(house, world, other),
  );
  const shown = only ? [round] : [round, ...others];
  // To the hour: a text that is always new would be written again at every look.
  const hour = house.now().toISOString().slice(0, 13);
  return {
    rounds: shown.map((one) => roundStatus(house, { round: one, seen })),
    obstacles: only ? [] : obstacles(house, seen),
    requests: requestsIn(
      world.ledger.events.filter((event) => !("round" in event) || event.round === round.round),
    ),
    heartbeat: `${hour}:00Z`,
  };
}

export function isOver({ retries }: House, { history }: World, round: RoundHistory): boolean {
  return round.state !== "proposed" && isThrough(round, { history, retries });
}

interface SeenWithRefusals extends Seen {
  /** Why the box could train nothing of a round. */
  readonly refusals: ReadonlyMap<string, string>;
}

async function see(house: House, world: World, known?: Dispatches): Promise<SeenWithRefusals> {
  const { history, merged } = world;
  const open = [...history.rounds.values()].some(({ attempts }) =>
    attempts.some(({ outcome }) => outcome === null),
  );
  const dispatches = known ?? (open ? await dispatchViews(house) : new Map<string, DispatchView>());
  return {
    history,
    merged,
    dispatches,
    retries: house.retries,
    underWay: open ? await underWay(house) : [],
    refusals: await refusalsByRound(house, world),
  };
}

/** It only shows: what cannot be read is a line in the log. */
async function underWay({ underWay: look, progress }: House): Promise<Seen["underWay"]> {
  try {
    return await look();
  } catch (thrown) {
    progress.say(`note: how far the trials are is not known: ${plainLine(messageOf(thrown), 500)}`);
    return [];
  }
}

function roundStatus(house: House, { round, seen }: { round: RoundHistory; seen: Seen }): RoundStatus {
  return {
    round: round.round,
    state: roundState(round, seen),
    pullRequest: round.pull === null ? null : `#${round.pull}`,
    campaign: campaignView(house, { history: seen.history, round: round.round }),
    trials: trialStatuses(round, seen),
  };
}

function roundState(round: RoundHistory, seen: Seen): RoundStatus["state"] {
  if (round.state === "refused" || round.state === "rejected") return "refused";
  if (round.state === "proposed") return "proposed";
  if (round.attempts.length === 0) return "approved";
  if (round.attempts.some(({ outcome }) => outcome === null)) return "training";
  return isThrough(round, seen) || isReverted(round, seen) ? "done" : "unfinished";
}

function obstacles(house: House, seen: SeenWithRefusals): readonly Obstacle[] {
  const { mode } = house.settings;
  const { history, merged } = seen;
  const now = house.now();
  const rounds = [...history.rounds.values()];
  const waiting = rounds.filter(({ state, follows }) => state === "proposed" && follows === null);
  const { trials, next } = heldUp(house, history);
  const all = waiting.length > 0 && isOutsideAllHours(launchRules(house.settings), now);
  const held: Refusal[] = [
    ...trials,
    ...(next === null || mode !== "train" ? [] : [next]),
    // Merging alone would not begin it.
    ...(all ? ["outside-hours" as const] : []),
  ];
  const reverted = rounds.filter(
    (round) => isReverted(round, { merged }) && dueTrials(round, { ...seen, now }).length > 0,
  );
  return [
    ...(history.paused ? [{ kind: "paused" as const, by: history.paused.by }] : []),
    ...(mode === "train" ? [] : [{ kind: "report-only" as const, mode }]),
    ...waiting.map(({ round }) => ({ kind: "needs-merge" as const, round })),
    ...reverted.map(({ round }) => ({ kind: "reverted" as const, round })),
    ...[...new Set(held)].map((why) => obstacleOf(why, house)),
    ...rounds.flatMap((round) => [...queued(round, seen), ...resting(round, { seen, now })]),
    ...declined(rounds, seen),
  ];
}

/** The same where the loop itself merges: a round waits for what keeps it from that, and for nobody. */
export function withoutMerging(house: House, { history }: World, status: StatusReport): StatusReport {
  const rules = launchRules(house.settings);
  const now = house.now();
  const spent = spentSoFar(history, { now, rules });
  const why = refusalToLaunch(rules, spent, { now, attended: false, begun: false });
  const held = why && obstacleOf(why, house);
  const others = status.obstacles.filter(({ kind }) => kind !== "needs-merge" && kind !== held?.kind);
  const waits = others.length < status.obstacles.length;
  return { ...status, obstacles: held && waits ? [held, ...others] : others };
}

function queued({ attempts, stops }: RoundHistory, { dispatches }: Seen): Obstacle[] {
  const open = attempts.filter(
    ({ trial, attempt, outcome }) => outcome === null && !stops.has(attemptKey({ id: trial, attempt })),
  );
  return [...new Set(open.map(({ dispatch }) => dispatch))]
    .filter((dispatch) => dispatches.get(dispatch) !== "running")
    .map((dispatch) => ({ kind: "waits-for-runner", dispatch }));
}

function resting(round: RoundHistory, { seen, now }: { seen: SeenWithRefusals; now: Date }): Obstacle[] {
  const open = round.attempts.some(({ outcome }) => outcome === null);
  const rests = !open && dueTrials(round, { ...seen, now }).length === 0 && !isThrough(round, seen);
  if (!rests || !round.approved) return [];
  const why = seen.refusals.get(round.round);
  return [
    why === undefined ? { kind: "rests", round: round.round } : { kind: "refused", round: round.round, why },
  ];
}

/** After a "no" somebody has to ask for more. */
function declined(rounds: readonly RoundHistory[], { history }: Seen): Obstacle[] {
  const last = rounds.at(-1);
  const refusedAt = last?.rejected?.at;
  const asked = refusedAt !== undefined && (history.proposalWanted ?? "") > refusedAt;
  return last && refusedAt !== undefined && !asked ? [{ kind: "needs-propose", round: last.round }] : [];
}

const SHOWN = 5;

/** What people asked for in comments. */
function requestsIn(events: readonly LedgerEvent[]): readonly RequestView[] {
  return events
    .flatMap((event): RequestView[] => {
      switch (event.event) {
        case "rerun":
        case "stop-requested":
          return [{ ...about(event), names: event.trials.map(({ id }) => id) }];
        case "extended":
          return [
            {
              ...about(event),
              names: event.trials.map(({ id }) => id),
              steps: event.trials[0]?.steps ?? null,
            },
          ];
        case "skipped":
          return [{ ...about(event), names: [...new Set(event.variants.map(({ id }) => id))] }];
        case "paused":
        case "resumed":
        case "propose-requested":
          return [about(event)];
        default:
          return [];
      }
    })
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(-SHOWN);
}

function about({ at, by, event }: Extract<LedgerEvent, { event: RequestView["what"] }>): RequestView {
  return { at, by, what: event, names: [], steps: null };
}

function latestOf(events: readonly LedgerEvent[]): string | null {
  return events.reduce<string | null>(
    (latest, { at }) => (latest === null || at > latest ? at : latest),
    null,
  );
}

function obstacleOf(why: Refusal, { settings }: House): Obstacle {
  switch (why) {
    case "outside-hours":
      return { kind: "outside-window", window: settings.window.hours ?? "" };
    case "does-not-fit":
    case "campaign-over":
      return { kind: why };
    case "campaign-spent":
      return { kind: "budget-spent", what: "campaign" };
    case "night-spent":
      return { kind: "budget-spent", what: "night" };
    case "rounds-spent":
      return { kind: "budget-spent", what: "rounds" };
    case "all-spent":
    case "wall-time":
      return { kind: "budget-spent", what: "all" };
  }
}
