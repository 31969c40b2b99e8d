import { type Refusal, type Rules, refusalToLaunch, spentSoFar } from "./budget.ts";
import type { Claim } from "./events.ts";
import { type Attempt, attemptKey, type History, latestAttempts, type RoundHistory } from "./history.ts";
import { trialId } from "./names.ts";

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
  /** By dispatch; absent: no workflow run of it was found. */
  readonly dispatches: ReadonlyMap<string, DispatchView>;
  /** Hours and budget that training must keep to. */
  readonly rules: Rules;
}

export type Due =
  /** The manifest is on the default branch: was it approved by somebody who may? */
  | { readonly due: "judge-approval"; readonly round: string }
  | { readonly due: "reject"; readonly round: string; readonly pull: number }
  | {
      readonly due: "claim";
      readonly round: string;
      readonly trials: readonly { id: string; attempt: number }[];
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
    ...[...observed.merged]
      .filter((round) => isUndecided(observed.history.rounds.get(round)))
      .map(judgeApproval),
    ...rounds.flatMap((round) => rejection(round, observed)),
    ...rounds.flatMap((round) => silentDispatches(round, observed)),
    ...(observed.mode === "train" ? rounds.flatMap((round) => claims(round, observed)) : []),
    ...rounds.flatMap((round) => report(round, observed)),
  ];
  const nothingUnderWay = due.length === 0 && rounds.every((round) => isOver(round, observed.history));
  return nothingUnderWay && observed.mode !== "report" ? [{ due: "propose" }] : due;
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

/** Trials that were approved, or asked for again, and are not claimed yet; none while hours or budget hold the round up. */
function claims(history: RoundHistory, observed: Observed): Due[] {
  const trials = dueTrials(history, observed.history);
  const heldUp = trials.length > 0 && holdUp(history, observed) !== null;
  return trials.length > 0 && !heldUp ? [{ due: "claim", round: history.round, trials }] : [];
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

export function dueTrials(history: RoundHistory, all: History): Pick<Claim, "id" | "attempt">[] {
  if (!history.approved) return [];
  const latest = latestAttempts(history);
  const trials = trialsOf(history);
  const begun = trials.every(({ id }) => latest.has(id));
  const known = begun ? new Set<string>() : finishedElsewhere(history, all);
  return trials.flatMap(({ id, seed, hash }) => {
    const last = latest.get(id);
    if (last?.outcome === null) return [];
    const asked = history.reruns.flatMap(({ trials }) => trials.filter((trial) => trial.id === id));
    const wanted = Math.max(1, ...asked.map(({ attempt }) => attempt));
    const done = last?.attempt ?? 0;
    if (done >= wanted || (done === 0 && known.has(`${hash}:${seed}`))) return [];
    return [{ id, attempt: done + 1 }];
  });
}

/** The trials that a round was approved for, in the order in which they are to be trained. */
export function trialsOf({ approved }: RoundHistory): readonly { id: string; seed: number; hash: string }[] {
  return Object.entries(approved?.configs ?? {})
    .sort(([a, x], [b, y]) => x.priority - y.priority || a.localeCompare(b))
    .flatMap(([variant, { seeds, hash }]) =>
      seeds.map((seed) => ({ id: trialId(variant, seed), seed, hash })),
    );
}

/** `<hash>:<seed>` of what other rounds finished of this one's configurations, at as many steps. */
function finishedElsewhere(history: RoundHistory, all: History): ReadonlySet<string> {
  const { configs = {}, trainer } = history.approved ?? {};
  const ours = new Set(Object.values(configs).map(({ hash }) => hash));
  const others = [...all.rounds.values()].filter(
    ({ round, approved }) =>
      round !== history.round &&
      approved?.trainer.steps === trainer?.steps &&
      Object.values(approved?.configs ?? {}).some(({ hash }) => ours.has(hash)),
  );
  return new Set(
    others.flatMap((other) => {
      const latest = latestAttempts(other);
      return trialsOf(other)
        .filter(({ id }) => latest.get(id)?.outcome?.event === "finished")
        .map(({ hash, seed }) => `${hash}:${seed}`);
    }),
  );
}

/** A round is reported when nothing of it is under way or about to be, and again when something new came of it. */
function report(history: RoundHistory, observed: Observed): Due[] {
  const open = history.attempts.some(({ outcome }) => outcome === null);
  const fresh = history.attempts.filter(
    ({ trial, attempt }) => !history.reported.has(attemptKey({ id: trial, attempt })),
  );
  if (open || fresh.length === 0) return [];
  const more = observed.mode === "train" && claims(history, observed).length > 0;
  return more ? [] : [{ due: "report", round: history.round, attempts: fresh }];
}

/** Nothing of this round can still change by itself, so the next one may be proposed. */
function isOver(history: RoundHistory, all: History): boolean {
  if (history.state === "proposed") return false;
  return history.attempts.every(({ outcome }) => outcome !== null) && dueTrials(history, all).length === 0;
}
