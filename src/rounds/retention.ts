/** Whose checkpoints are kept, and why. Pure; what nobody can judge is kept. */
import { groupBy } from "../collections.ts";
import type { Attempt, History, RoundHistory } from "./history.ts";
import { standingAttempts } from "./settled.ts";
import { type Retries, trialsToCome } from "./trials.ts";

export type Kept =
  /** It is trained, or about to be. */
  | "open"
  /** It was cut short and the round it belongs to is not told to its end. */
  | "resumable"
  /** It is of the newest round that was trained, so a person may want it longer. */
  | "extendable"
  /** Among the best of its kind. */
  | "leader"
  /** A variant was derived from it. */
  | "parent"
  /** The ledger does not know it. */
  | "unknown";

export type LetGo =
  /** Its weights are not finite, or came apart. */
  | "invalid"
  /** It was cut short, and the loop went on without it. */
  | "given-up"
  /** Others were better, and nothing was derived from it. */
  | "outdone";

export type Retention =
  | { readonly keep: true; readonly why: Kept }
  | { readonly keep: false; readonly why: LetGo };

export interface Score {
  readonly trial: string;
  /** Trials of one group may be compared: equal seed, steps and evaluation. */
  readonly group: string;
  /** Held-out L1. */
  readonly level: number;
}

export interface RetentionInput {
  readonly history: History;
  readonly retries: Retries;
  /** Of finished trials. */
  readonly scores: readonly Score[];
  /** What variants of all rounds name as their parents: ids of trials or of W&B runs. */
  readonly parents: ReadonlySet<string>;
}

/** So many trials of each group are leaders: the best, and the one that it has to be told from. */
const LEADERS = 2;

/** The verdict on a trial by its id. */
export function retentionRule(input: RetentionInput): (trial: string) => Retention {
  const { history, scores } = input;
  const rounds = [...history.rounds.values()];
  const newest = rounds.findLast(({ approved, attempts }) => approved !== null && attempts.length > 0)?.round;
  const leaders = leadersOf(scores);
  const verdicts = new Map(
    rounds.flatMap((round) => {
      const due = new Set(trialsToCome(round, input).map(({ id }) => id));
      return [...standingAttempts(round).values()].map((attempt): [string, Retention] => [
        attempt.trial,
        due.has(attempt.trial)
          ? { keep: true, why: "open" }
          : verdict(attempt, { ...input, round, leaders, newest: round.round === newest }),
      ]);
    }),
  );
  return (trial) => verdicts.get(trial) ?? { keep: true, why: "unknown" };
}

interface Place {
  readonly round: RoundHistory;
  readonly newest: boolean;
  readonly leaders: ReadonlySet<string>;
  readonly parents: ReadonlySet<string>;
}

function verdict({ trial, outcome }: Attempt, { round, newest, leaders, parents }: Place): Retention {
  if (outcome === null) return { keep: true, why: "open" };
  if (outcome.event === "invalid") return { keep: false, why: "invalid" };
  const runs = round.attempts.filter((attempt) => attempt.trial === trial).map(({ runId }) => runId);
  if ([trial, ...runs].some((name) => parents.has(name))) return { keep: true, why: "parent" };
  if (leaders.has(trial)) return { keep: true, why: "leader" };
  const cutShort = outcome.event === "interrupted" || outcome.event === "failed";
  if (newest) return { keep: true, why: cutShort ? "resumable" : "extendable" };
  if (!cutShort) return { keep: false, why: "outdone" };
  const told = round.reported.has(`${trial}:${outcome.attempt}`);
  return told ? { keep: false, why: "given-up" } : { keep: true, why: "resumable" };
}

function leadersOf(scores: readonly Score[]): ReadonlySet<string> {
  const groups = groupBy(scores, ({ group }) => group);
  return new Set(
    [...groups.values()].flatMap((group) =>
      group
        .toSorted((a, b) => a.level - b.level)
        .slice(0, LEADERS)
        .map(({ trial }) => trial),
    ),
  );
}
