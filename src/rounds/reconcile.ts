import { type Refusal, type Rules, refusalToLaunch, spentSoFar } from "./budget.ts";
import { campaignGoingOn } from "./campaign.ts";
import { type Attempt, attemptKey, type History, type RoundHistory } from "./history.ts";
import { isFinal, startable } from "./starting.ts";
import { type DueTrial, isThrough, type Retries } from "./trials.ts";

/** What the forge shows of a round's pull request. */
export type PullView = "open" | "merged" | "closed";
/** What became of the workflow run that a dispatch started. */
export type DispatchView = "queued" | "running" | "completed";

/** Everything that decides what is due. Times are ISO 8601. */
export interface Observed {
  readonly mode: "report" | "propose" | "train";
  readonly now: string;
  readonly history: History;
  /** Rounds whose manifest is on the default branch. */
  readonly merged: ReadonlySet<string>;
  /** Pull requests of the rounds that are still proposed. */
  readonly pulls: ReadonlyMap<string, PullView>;
  /** Heads of those that are open, and the commit of the default branch that they are to be merged into. */
  readonly heads: ReadonlyMap<string, string>;
  readonly base: string;
  /** What of it, and of the settings, an open round stands on; null: no round is open. */
  readonly ground: string | null;
  /** By dispatch; absent: no workflow run of it was found. */
  readonly dispatches: ReadonlyMap<string, DispatchView>;
  /** Hours and budget that training must keep to. */
  readonly rules: Rules;
  readonly retries: Retries;
}

export interface Claim {
  readonly due: "claim";
  readonly round: string;
  readonly trials: readonly DueTrial[];
}

export type Due =
  /** The manifest is on the default branch: was it approved by somebody who may? */
  | { readonly due: "judge-approval"; readonly round: string }
  | { readonly due: "reject"; readonly round: string; readonly pull: number }
  /** Somebody pushed to the round's branch, skipped one of its variants, or moved what it stands on. */
  | { readonly due: "refresh"; readonly round: string; readonly pull: number }
  | Claim
  /** Claimed, but the workflow run never appeared. */
  | {
      readonly due: "start";
      readonly round: string;
      readonly dispatch: string;
      /** Those without an outcome. */
      readonly trials: readonly string[];
    }
  /** The workflow run is over and these attempts never reported. */
  | {
      readonly due: "give-up";
      readonly round: string;
      readonly dispatch: string;
      readonly lost: readonly Attempt[];
    }
  | { readonly due: "report"; readonly round: string; readonly attempts: readonly Attempt[] }
  /** A further round under what the merge of this one approved beforehand. */
  | { readonly due: "follow-up"; readonly round: string }
  | { readonly due: "propose" };

/** A dispatched workflow run may take that long to be listed. */
const LISTING_DELAY_MS = 120_000;

/**
 * What is to be done, from what is to be seen: no memory, no side effect, the same answer however often it is asked. Each piece
 * may be done any number of times; a lost event, a crash between two writes or a reboot heals at the next look.
 */
export function reconcile(observed: Observed): readonly Due[] {
  const rounds = [...observed.history.rounds.values()];
  const due = [
    ...undecided(observed).map(judgeApproval),
    ...rounds.flatMap((round) => rejection(round, observed)),
    ...rounds.flatMap((round) => halfProposed(round, observed)),
    ...rounds.flatMap((round) => refreshment(round, observed)),
    ...rounds.flatMap((round) => silentDispatches(round, observed)),
    // One claim a look: what it claims is known to the next round's.
    ...firstClaim(rounds, observed),
    ...rounds.flatMap((round) => report(round, observed)),
  ];
  return due.length === 0 && mayPropose(rounds, observed) ? nextRound(observed) : due;
}

/** A further round of a campaign that goes on, else one that has to be merged; neither while a follow-up has to wait. */
function nextRound(observed: Observed): Due[] {
  const given = { ...observed, now: new Date(observed.now) };
  const campaign = observed.mode === "train" ? campaignGoingOn(given) : null;
  if (!campaign) return [{ due: "propose" }];
  return followUpHeldUp(given) === null ? [{ due: "follow-up", round: campaign.round }] : [];
}

/** Why the next round of the campaign may not begin yet; null: it may, or there is none. */
export function followUpHeldUp(given: {
  readonly history: History;
  readonly rules: Rules;
  readonly now: Date;
}): Refusal | null {
  if (!campaignGoingOn(given)) return null;
  const spent = spentSoFar(given.history, given);
  return refusalToLaunch(given.rules, spent, { ...given, attended: false, begun: false });
}

/** Nothing is under way, and nobody has just said no: after a round that was closed somebody has to ask. */
function mayPropose(rounds: readonly RoundHistory[], observed: Observed): boolean {
  const { history, mode } = observed;
  if (mode === "report" || history.paused || !rounds.every((round) => isOver(round, observed))) return false;
  const refusedAt = rounds.at(-1)?.rejected?.at;
  return refusedAt === undefined || (history.proposalWanted ?? "") > refusedAt;
}

/** Rounds that came to the default branch, or whose merge was undone before anybody looked. */
function undecided({ history, merged, pulls }: Observed): readonly string[] {
  const there = [...merged].filter((round) => isUndecided(history.rounds.get(round)));
  const undone = [...pulls].filter(([round, view]) => view === "merged" && !merged.has(round));
  return [...there, ...undone.map(([round]) => round)];
}

function isUndecided(round: RoundHistory | undefined): boolean {
  // A pull request that was closed can be opened again and merged.
  return !round || round.state === "proposed" || round.state === "rejected";
}

function judgeApproval(round: string): Due {
  return { due: "judge-approval", round };
}

function rejection({ round, state, pull }: RoundHistory, observed: Observed): Due[] {
  const closed =
    state === "proposed" && observed.pulls.get(round) === "closed" && !observed.merged.has(round);
  return closed && pull !== null ? [{ due: "reject", round, pull }] : [];
}

function refreshment(history: RoundHistory, observed: Observed): Due[] {
  const { round, state, pull } = history;
  const head = observed.heads.get(round);
  const open = state === "proposed" && observed.pulls.get(round) === "open" && !observed.merged.has(round);
  if (!open || head === undefined || pull === null) return [];
  const looked = isLookedAfter(history, { ...observed, head });
  return looked && skippedVariants(history, observed.history).length === 0
    ? []
    : [{ due: "refresh", round, pull }];
}

/** Whether everything that follows from its head, and from what it is to be merged into, was done. */
function isLookedAfter(
  { proposed, refreshed }: RoundHistory,
  { head, base, ground }: Pick<Observed, "base" | "ground"> & { readonly head: string },
): boolean {
  return [proposed, ...refreshed].some(
    (seen) =>
      seen?.commit === head && (seen.base === base || (seen.ground !== null && seen.ground === ground)),
  );
}

/** Proposed variants that somebody skipped and that are still in the round. */
export function skippedVariants(
  { proposed, edited, refreshed }: RoundHistory,
  { skipped }: History,
): readonly string[] {
  const gone = new Set([...(edited?.removed ?? []), ...refreshed.flatMap(({ dropped }) => dropped)]);
  return (proposed?.variants ?? [])
    .filter(({ id, hash }) => skipped.has(hash) && !gone.has(id))
    .map(({ id }) => id);
}

/** Dispatches with attempts that have no outcome, and with no workflow run that could still bring one. */
function silentDispatches(history: RoundHistory, observed: Observed): Due[] {
  const waiting = history.attempts.filter(({ outcome }) => outcome === null);
  return [...new Set(waiting.map(({ dispatch }) => dispatch))].flatMap((dispatch): Due[] => {
    const view = observed.dispatches.get(dispatch);
    const lost = waiting.filter((attempt) => attempt.dispatch === dispatch);
    if (view === "completed") return [{ due: "give-up", round: history.round, dispatch, lost }];
    if (view !== undefined || observed.mode !== "train") return [];
    const claimed = history.claimed.get(dispatch);
    const patient =
      claimed !== undefined && Date.parse(observed.now) - Date.parse(claimed) < LISTING_DELAY_MS;
    return patient
      ? []
      : [{ due: "start", round: history.round, dispatch, trials: lost.map(({ trial }) => trial) }];
  });
}

/** What decides whether trials may be claimed; nothing of it has to be asked for. */
export type Claiming = Pick<Observed, "mode" | "now" | "history" | "merged" | "rules" | "retries">;

/** The first claim that is due of these rounds; what the others hold and have used counts as ever. */
export function firstClaim(rounds: readonly RoundHistory[], observed: Claiming): Claim[] {
  if (observed.mode !== "train") return [];
  for (const round of rounds) {
    const due = claims(round, observed);
    if (due.length > 0) return due;
  }
  return [];
}

/** Trials that were approved, asked for again, or ended by accident; none while a pause, hours or budget hold the round up. */
function claims(round: RoundHistory, observed: Claiming): Claim[] {
  if (observed.history.paused || isReverted(round, observed)) return [];
  const { trials } = startable(round, { ...observed, now: new Date(observed.now) });
  return trials.length > 0 ? [{ due: "claim", round: round.round, trials }] : [];
}

/** A follow-up that was written down and never committed: it is drafted again. */
function halfProposed(round: RoundHistory, { mode, history, merged }: Observed): Due[] {
  const { state, follows } = round;
  const half = state === "proposed" && follows !== null && !merged.has(round.round);
  return half && mode === "train" && !history.paused ? [{ due: "follow-up", round: follows }] : [];
}

/** Its merge, or the commit of a follow-up, was undone: nothing more of it begins until the manifest is back. */
export function isReverted({ round, approved }: RoundHistory, { merged }: Pick<Observed, "merged">): boolean {
  return approved !== null && !merged.has(round);
}

/** A round is reported when nothing of it is under way or about to be, and again when something new came of it. */
function report(round: RoundHistory, observed: Observed): Due[] {
  const fresh = round.attempts.filter(
    ({ trial, attempt }) => !round.reported.has(attemptKey({ id: trial, attempt })),
  );
  const open = round.attempts.some(({ outcome }) => outcome === null);
  return open || fresh.length === 0 || isAboutToGoOn(round, observed)
    ? []
    : [{ due: "report", round: round.round, attempts: fresh }];
}

/** More is coming without anybody's help: a claim that is due, or one that rests for some minutes. */
function isAboutToGoOn(round: RoundHistory, observed: Observed): boolean {
  const { mode, history } = observed;
  const given = { ...observed, now: new Date(observed.now) };
  if (mode !== "train" || history.paused || isReverted(round, observed)) return false;
  return !isThrough(round, given) && startable(round, given).heldUp === null;
}

/** Nothing of this round can still change by itself, so the next one may be proposed. */
function isOver(round: RoundHistory, observed: Observed): boolean {
  const given = { ...observed, now: new Date(observed.now) };
  if (round.state === "proposed" || round.attempts.some(({ outcome }) => outcome === null)) return false;
  if (isThrough(round, given) || isReverted(round, observed)) return true;
  return isFinal(startable(round, given).heldUp);
}
