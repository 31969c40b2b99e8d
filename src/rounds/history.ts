import { groupBy } from "../collections.ts";
import {
  type ApprovedConfig,
  type CheckedPrediction,
  type Claim,
  type EventOf,
  isOutcome,
  type LedgerEvent,
  type OutcomeEvent,
} from "./events.ts";
import { parseTrialId } from "./names.ts";

/** One attempt of a trial: claimed by a dispatch, and what became of it (null = still out there). */
export interface Attempt {
  readonly trial: string;
  readonly attempt: number;
  readonly runId: string;
  readonly dispatch: string;
  /** Total number of steps where they are not those of the round. */
  readonly steps: number | null;
  /** The earlier attempt that it was to go on with. */
  readonly resume: Claim["resume"] | null;
  readonly outcome: OutcomeEvent | null;
}

/** An attempt that somebody asked for by name. */
export interface Wish {
  readonly id: string;
  readonly attempt: number;
  /** null: as many steps as the round's. */
  readonly steps: number | null;
  /** `go-on`: with what the last attempt left; `anew`: from the beginning. */
  readonly manner: "go-on" | "anew";
}

export type RoundState = "proposed" | "approved" | "refused" | "rejected";

/** What the ledger says of one round. */
export interface RoundHistory {
  readonly round: string;
  readonly state: RoundState;
  readonly pull: number | null;
  readonly proposed: EventOf<"proposed"> | null;
  readonly approved: EventOf<"approved"> | null;
  readonly refused: EventOf<"refused"> | null;
  readonly rejected: EventOf<"rejected"> | null;
  /** When each dispatch was claimed (ISO 8601). */
  readonly claimed: ReadonlyMap<string, string>;
  /** In the order of their claims. */
  readonly attempts: readonly Attempt[];
  /** What people asked to run, in the order in which they asked; trials of further seeds are among them. */
  readonly wishes: readonly Wish[];
  /** `<trial>:<attempt>` that was stopped, begun or not → by whom. */
  readonly stops: ReadonlyMap<string, string>;
  /** The newest push of a person to the round's branch; null: it is as proposed. */
  readonly edited: EventOf<"edited"> | null;
  /** States of the round's branch that need no further look, newest last. */
  readonly refreshed: readonly EventOf<"refreshed">[];
  /** `<trial>:<attempt>` that stand in a report section. */
  readonly reported: ReadonlySet<string>;
  /** The round whose merge approved this one beforehand; null: it had to be merged itself. */
  readonly follows: string | null;
  /** Whether it was better than all before by more than the noise; null: not reported yet. */
  readonly gain: "yes" | "no" | null;
  /** Why no more rounds follow this one's approval, where that was decided by looking further than the ledger. */
  readonly campaignEnd: string | null;
  /** Of the newest report: it covers every trial of the round. */
  readonly predictions: readonly CheckedPrediction[];
}

export interface History {
  readonly rounds: ReadonlyMap<string, RoundHistory>;
  readonly keys: ReadonlySet<string>;
  /** null: the loop runs. */
  readonly paused: EventOf<"paused"> | null;
  /** Configurations that are never to be trained. */
  readonly skipped: ReadonlySet<string>;
  /** When a person last asked for another round (ISO 8601). */
  readonly proposalWanted: string | null;
}

/**
 * The state that a sequence of events leads to. The first outcome of an attempt counts and later ones are echoes, unless the first
 * was a guess (`isGivenUp`).
 */
export function foldLedger(events: readonly LedgerEvent[]): History {
  const byRound = groupBy(
    events.filter((event): event is Extract<LedgerEvent, { round: string }> => "round" in event),
    ({ round }) => round,
  );
  const rounds = [...byRound.keys()].sort();
  const all = byName(events);
  return {
    rounds: new Map(rounds.map((round) => [round, foldRound(round, byRound.get(round) ?? [])])),
    keys: new Set(events.map(({ key }) => key)),
    paused: pauseOf(events),
    skipped: new Set(all("skipped").flatMap(({ variants }) => variants.map(({ hash }) => hash))),
    proposalWanted: latest(all("propose-requested"))?.at ?? null,
  };
}

function pauseOf(events: readonly LedgerEvent[]): EventOf<"paused"> | null {
  // Both stand in one file, in their order: clocks need not agree.
  const last = events.findLast(({ event }) => event === "paused" || event === "resumed");
  return last?.event === "paused" ? last : null;
}

function latest<Event extends { readonly at: string }>(events: readonly Event[]): Event | null {
  return events.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1) ?? null;
}

type Named = <Name extends LedgerEvent["event"]>(name: Name) => readonly EventOf<Name>[];

/** Looks at every event once, however many names are asked for. */
function byName(events: readonly LedgerEvent[]): Named {
  const groups = groupBy(events, ({ event }) => event);
  return <Name extends LedgerEvent["event"]>(name: Name) =>
    (groups.get(name) ?? []).filter((event): event is EventOf<Name> => event.event === name);
}

function foldRound(round: string, events: readonly LedgerEvent[]): RoundHistory {
  const all = byName(events);
  const last = <Name extends LedgerEvent["event"]>(name: Name) => all(name).at(-1) ?? null;
  const approved = last("approved");
  const refused = last("refused");
  const attempts = foldAttempts(all("dispatched"), events.filter(isOutcome));
  return {
    round,
    // Without a proposal of ours there is nothing to wait for.
    state: approved
      ? "approved"
      : refused
        ? "refused"
        : last("rejected") || !last("proposed")
          ? "rejected"
          : "proposed",
    pull: approved?.pull ?? last("proposed")?.pull ?? null,
    proposed: last("proposed"),
    approved,
    refused,
    rejected: approved ? null : last("rejected"),
    claimed: new Map(all("dispatched").map(({ dispatch, at }) => [dispatch, at])),
    attempts: [...attempts.values()],
    wishes: wishesOf(events),
    stops: stopsOf(all("stop-requested")),
    edited: latest(all("edited")),
    refreshed: all("refreshed").toSorted((a, b) => a.at.localeCompare(b.at)),
    reported: reportedAttempts(attempts, events),
    follows: last("proposed")?.follows ?? null,
    gain: gainOf(last("reported")),
    campaignEnd: last("campaign-ended")?.reason ?? null,
    predictions: last("reported")?.predictions ?? [],
  };
}

function stopsOf(stops: readonly EventOf<"stop-requested">[]): ReadonlyMap<string, string> {
  return new Map(stops.flatMap(({ by, trials }) => trials.map((trial) => [attemptKey(trial), by] as const)));
}

function gainOf(reported: EventOf<"reported"> | null): RoundHistory["gain"] {
  return reported && (reported.gain ? "yes" : "no");
}

function wishesOf(events: readonly LedgerEvent[]): readonly Wish[] {
  return events.flatMap((event): Wish[] => {
    if (event.event !== "rerun" && event.event !== "extended") return [];
    const manner = event.event === "extended" ? "go-on" : "anew";
    return event.trials.map(({ id, attempt, steps = null }) => ({ id, attempt, steps, manner }));
  });
}

/** By `<trial>:<attempt>`, in the order of their claims. */
function foldAttempts(
  claims: readonly EventOf<"dispatched">[],
  outcomes: readonly OutcomeEvent[],
): ReadonlyMap<string, Attempt> {
  const first = new Map<string, OutcomeEvent>();
  for (const outcome of outcomes) {
    const key = attemptKey({ id: outcome.trial, attempt: outcome.attempt });
    const known = first.get(key);
    if (!known || (isGivenUp(known) && !isGivenUp(outcome))) first.set(key, outcome);
  }
  const attempts = new Map<string, Attempt>();
  for (const { dispatch, trials } of claims) {
    for (const claim of trials) {
      const key = attemptKey(claim);
      if (!attempts.has(key))
        attempts.set(key, attemptOf(claim, { dispatch, outcome: first.get(key) ?? null }));
    }
  }
  return attempts;
}

function attemptOf(claim: Claim, { dispatch, outcome }: Pick<Attempt, "dispatch" | "outcome">): Attempt {
  const { id: trial, attempt, run_id: runId, steps = null, resume = null } = claim;
  return { trial, attempt, runId, dispatch, steps, resume, outcome };
}

/** Nobody had heard of the attempt when its workflow run was over. What the box sends later is the truth, and replaces this. */
export function isGivenUp({ key, event, reason }: OutcomeEvent): boolean {
  return key.startsWith(`${GIVEN_UP_KEY}:`) || (event === "interrupted" && reason === GIVEN_UP);
}

export const GIVEN_UP = "lost";
/** Begins the key of a guess, so that the truth is no echo of it even where both say the same. */
export const GIVEN_UP_KEY = "given-up";

/**
 * `<trial>:<attempt>` whose outcome, as it stands now, was there when a section was written. What was known before is listed; only
 * the truth that replaced a guess has to have come first, and a round's events stand in their order: clocks need not agree.
 */
function reportedAttempts(
  attempts: ReadonlyMap<string, Attempt>,
  events: readonly LedgerEvent[],
): ReadonlySet<string> {
  const lastListed = new Map<string, number>();
  const guessed = new Set<string>();
  events.forEach((event, at) => {
    if (event.event === "reported") for (const key of event.attempts) lastListed.set(key, at);
    else if (isOutcome(event) && isGivenUp(event))
      guessed.add(attemptKey({ id: event.trial, attempt: event.attempt }));
  });
  const keys = [...attempts].flatMap(([key, { outcome }]) => {
    const replaced = outcome !== null && !isGivenUp(outcome) && guessed.has(key);
    const since = replaced ? events.indexOf(outcome) : -1;
    return outcome && (lastListed.get(key) ?? -1) > since ? [key] : [];
  });
  return new Set(keys);
}

export function attemptKey(attempt: Pick<Claim, "id" | "attempt">): string {
  return `${attempt.id}:${attempt.attempt}`;
}

/** The round that claimed trials for a dispatch; null: the ledger does not know it. */
export function claimingRound({ rounds }: History, dispatch: string): RoundHistory | null {
  return [...rounds.values()].find(({ claimed }) => claimed.has(dispatch)) ?? null;
}

/** The newest attempt of each trial of a round. */
export function latestAttempts(round: RoundHistory): ReadonlyMap<string, Attempt> {
  return new Map(
    round.attempts.toSorted((a, b) => a.attempt - b.attempt).map((attempt) => [attempt.trial, attempt]),
  );
}

/** The configuration that a trial was approved with. */
export function configOf(round: RoundHistory, trial: string): ApprovedConfig | null {
  const variant = parseTrialId(trial)?.variant;
  return (variant && round.approved?.configs[variant]) || null;
}
