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
  readonly outcome: OutcomeEvent | null;
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
  /** When each dispatch was claimed (ISO 8601). */
  readonly claimed: ReadonlyMap<string, string>;
  /** In the order of their claims. */
  readonly attempts: readonly Attempt[];
  /** Trials that somebody asked to run again, with the key of the asking event. */
  readonly reruns: readonly EventOf<"rerun">[];
  /** `<trial>:<attempt>` that stand in a report section. */
  readonly reported: ReadonlySet<string>;
  /** Of the newest report: it covers every trial of the round. */
  readonly predictions: readonly CheckedPrediction[];
}

export interface History {
  readonly rounds: ReadonlyMap<string, RoundHistory>;
  readonly keys: ReadonlySet<string>;
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
  const rounds = [...byRound].sort(([a], [b]) => a.localeCompare(b));
  return {
    rounds: new Map(rounds.map(([round, ofRound]) => [round, foldRound(round, ofRound)])),
    keys: new Set(events.map(({ key }) => key)),
  };
}

function foldRound(round: string, events: readonly LedgerEvent[]): RoundHistory {
  const last = <Name extends LedgerEvent["event"]>(name: Name) =>
    (events.findLast(({ event }) => event === name) ?? null) as EventOf<Name> | null;
  const all = <Name extends LedgerEvent["event"]>(name: Name) =>
    events.filter(({ event }) => event === name) as EventOf<Name>[];
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
    claimed: new Map(all("dispatched").map(({ dispatch, at }) => [dispatch, at])),
    attempts,
    reruns: all("rerun"),
    reported: reportedAttempts(attempts, all("reported")),
    predictions: last("reported")?.predictions ?? [],
  };
}

function foldAttempts(
  claims: readonly EventOf<"dispatched">[],
  outcomes: readonly OutcomeEvent[],
): Attempt[] {
  const first = new Map<string, OutcomeEvent>();
  for (const outcome of outcomes) {
    const key = attemptKey({ id: outcome.trial, attempt: outcome.attempt });
    const known = first.get(key);
    if (!known || (isGivenUp(known) && !isGivenUp(outcome))) first.set(key, outcome);
  }
  const seen = new Set<string>();
  return claims
    .flatMap(({ dispatch, trials }) => trials.map((claim) => ({ dispatch, claim })))
    .filter(({ claim }) => !seen.has(attemptKey(claim)) && seen.add(attemptKey(claim)))
    .map(({ dispatch, claim }) => ({
      trial: claim.id,
      attempt: claim.attempt,
      runId: claim.run_id,
      dispatch,
      outcome: first.get(attemptKey(claim)) ?? null,
    }));
}

/** Nobody had heard of the attempt when its workflow run was over. What the box sends later is the truth, and replaces this. */
export function isGivenUp({ event, reason }: OutcomeEvent): boolean {
  return event === "interrupted" && reason === GIVEN_UP;
}

export const GIVEN_UP = "lost";

/** `<trial>:<attempt>` whose outcome, as it stands now, was there when a section was written. */
function reportedAttempts(
  attempts: readonly Attempt[],
  sections: readonly EventOf<"reported">[],
): ReadonlySet<string> {
  const listings = sections.map(({ attempts: listed, at }) => ({ listed: new Set(listed), at }));
  const keys = attempts.flatMap(({ trial, attempt, outcome }) => {
    const key = attemptKey({ id: trial, attempt });
    const stands = listings.some(({ listed, at }) => listed.has(key) && outcome && at >= outcome.at);
    return stands ? [key] : [];
  });
  return new Set(keys);
}

export function attemptKey(attempt: Pick<Claim, "id" | "attempt">): string {
  return `${attempt.id}:${attempt.attempt}`;
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
