import { type Refusal, type Rules, refusalToLaunch, spentSoFar } from "./budget.ts";
import { type Attempt, attemptKey, type History, type RoundHistory } from "./history.ts";
import { type DueTrial, dueTrials, isThrough, type Retries } from "./trials.ts";

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
  /** By dispatch; absent: no workflow run of it was found. */
  readonly dispatches: ReadonlyMap<string, DispatchView>;
  /** Hours and budget that training must keep to. */
  readonly rules: Rules;
  readonly retries: Retries;
  /** A person has just started this by hand, which asks for a proposal also after one was closed. */
  readonly attended: boolean;
}

export type Due =
  /** The manifest is on the default branch: was it approved by somebody who may? */
  | { readonly due: "judge-approval"; readonly round: string }
  | { readonly due: "reject"; readonly round: string; readonly pull: number }
  /** Somebody pushed to the round's branch, skipped one of its variants, or moved what it is to be merged into. */
  | { readonly due: "refresh"; readonly round: string; readonly pull: number }
  | {
      readonly due: "claim";
      readonly round: string;
      readonly trials: readonly DueTrial[];
    }
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
  | { readonly due: "propose" };

/** Who approves what a budget pre-approved. */
export const UNATTENDED = "budget";

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
    ...rounds.flatMap((round) => refreshment(round, observed)),
    ...rounds.flatMap((round) => silentDispatches(round, observed)),
    ...(observed.mode === "train" ? rounds.flatMap((round) => claims(round, observed)) : []),
    ...rounds.flatMap((round) => report(round, observed)),
  ];
  return due.length === 0 && mayPropose(rounds, observed) ? [{ due: "propose" }] : due;
}

/** Nothing is under way, and nobody has just said no: after a round that was closed somebody has to ask. */
function mayPropose(rounds: readonly RoundHistory[], observed: Observed): boolean {
  const { history, mode } = observed;
  if (mode === "report" || history.paused || !rounds.every((round) => isOver(round, observed))) return false;
  const refusedAt = rounds.at(-1)?.rejected?.at;
  return observed.attended || refusedAt === undefined || (history.proposalWanted ?? "") > refusedAt;
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
  const looked = isLookedAfter(history, { head, base: observed.base });
  return looked && skippedVariants(history, observed.history).length === 0
    ? []
    : [{ due: "refresh", round, pull }];
}

/** Whether everything that follows from these two commits was done. */
function isLookedAfter(
  { proposed, refreshed }: RoundHistory,
  { head, base }: { head: string; base: string },
): boolean {
  return [proposed, ...refreshed].some((seen) => seen?.commit === head && seen.base === base);
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

/** Trials that were approved, asked for again, or ended by accident; none while a pause, hours or budget hold the round up. */
function claims(round: RoundHistory, observed: Observed): Due[] {
  const { history, retries } = observed;
  if (history.paused || isReverted(round, observed)) return [];
  const trials = dueTrials(round, { history, retries, now: new Date(observed.now) });
  const heldUp = trials.length > 0 && holdUp(round, observed) !== null;
  return trials.length > 0 && !heldUp ? [{ due: "claim", round: round.round, trials }] : [];
}

/** Its merge was undone: nothing more of it begins until the manifest is back. */
export function isReverted({ round, approved }: RoundHistory, { merged }: Pick<Observed, "merged">): boolean {
  return approved !== null && approved.pull !== null && !merged.has(round);
}

/** Why the trials of an approved round may not start now; null: they may. */
export function holdUp(
  round: RoundHistory,
  { history, rules, now }: Pick<Observed, "history" | "rules" | "now">,
): Refusal | null {
  const at = new Date(now);
  return refusalToLaunch(rules, spentSoFar(history, { now: at, rules }), {
    now: at,
    attended: round.approved?.by !== UNATTENDED,
    begun: round.attempts.length > 0,
  });
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
  if (mode !== "train" || history.paused || isReverted(round, observed)) return false;
  if (isThrough(round, observed)) return false;
  return holdUp(round, observed) === null;
}

/** Nothing of this round can still change by itself, so the next one may be proposed. */
function isOver(round: RoundHistory, observed: Observed): boolean {
  if (round.state === "proposed") return false;
  const open = round.attempts.some(({ outcome }) => outcome === null);
  return isThrough(round, observed) || (!open && isReverted(round, observed));
}
