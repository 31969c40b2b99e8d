import { type LedgerSnapshot, type LedgerStore, outcomeName } from "../forge/ledger-store.ts";
import { EVAL_L1 } from "../judgement/metrics.ts";
import type { History } from "../rounds/history.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { resultsOf } from "../rounds/trials.ts";
import type { TrialJob } from "../training/trial-job.ts";
import type { Watch } from "../training/watch.ts";
import type { Incumbent } from "../training/watchdog/hopeless.ts";
import type { Peer } from "../training/watchdog/peers.ts";

/** What of other trials a new one is held against: held-out L1 by step, and the conditions that have to agree. */
export interface Compared extends Peer {
  /** It came to its end: only then it can be the one to beat. */
  readonly finished: boolean;
  readonly seed: number;
  readonly steps: number;
  readonly evalFreq: number;
  /** null: not known. */
  readonly batchSize: number | null;
  readonly numWorkers: number | null;
}

/**
 * Results that finished, and those that a comparison stopped: what is known of them up to there is as good. What went on from a
 * checkpoint does not compare: a resumed trainer sees its data in another order.
 */
export async function readCompared(
  store: Pick<LedgerStore, "readOutcomes">,
  { ledger, history }: { readonly ledger: LedgerSnapshot; readonly history: History },
): Promise<readonly Compared[]> {
  const ended = [...history.rounds.values()].flatMap((round) =>
    resultsOf(round).flatMap(({ trial, attempt, steps, outcome }) => {
      const seed = parseTrialId(trial)?.seed;
      const trainer = round.approved?.trainer;
      const kind = outcome?.event;
      return (kind === "finished" || kind === "stopped") && seed !== undefined && trainer
        ? [{ trial, attempt, seed, trainer, steps: steps ?? trainer.steps }]
        : [];
    }),
  );
  const outcomes = await store.readOutcomes(ledger, ended.map(outcomeName));
  return ended.flatMap(({ seed, trainer, steps, ...attempt }): Compared[] => {
    const outcome = outcomes.get(outcomeName(attempt));
    if (!outcome || outcome.resumed_from !== null) return [];
    if (!(outcome.outcome === "finished" || outcome.reason === "hopeless")) return [];
    return [
      {
        trial: outcome.trial,
        finished: outcome.outcome === "finished",
        seed,
        steps,
        evalFreq: trainer.eval_freq,
        batchSize: outcome.conditions.batch_size,
        numWorkers: outcome.conditions.num_workers,
        evaluations: evaluationsOf(outcome),
      },
    ];
  });
}

/** The finished trial with the lowest held-out L1 at the same seed, among those that this one may be compared with. */
export function incumbentFor(job: TrialJob, known: readonly Compared[]): Incumbent | null {
  const ranked = known
    .filter(({ finished, seed, evaluations }) => finished && seed === job.seed && evaluations.size > 0)
    .filter((other) => isComparable(job, other))
    .sort((a, b) => Math.min(...a.evaluations.values()) - Math.min(...b.evaluations.values()));
  return ranked[0] ?? null;
}

/** All that a trial is compared with whatever its seed: what is known, and what this launch trains beside it. */
export interface PeerBoard {
  /** Writes down the evaluations of this trial. */
  readonly record: (job: TrialJob) => Watch;
  readonly peersOf: (job: TrialJob) => readonly Peer[];
}

export function peerBoard(known: readonly Compared[]): PeerBoard {
  const running = new Map<string, Compared & { readonly evaluations: Map<number, number> }>();
  return {
    record: (job) => {
      const evaluations = new Map<number, number>();
      running.set(job.trial, { ...conditionsOf(job), evaluations });
      return (event) => {
        if (event.kind === "eval") evaluations.set(event.step, event.avgL1);
        return null;
      };
    },
    peersOf: (job) =>
      [...known.filter(({ trial }) => !running.has(trial)), ...running.values()].filter(
        (other) => other.trial !== job.trial && isComparable(job, other),
      ),
  };
}

function conditionsOf(job: TrialJob): Omit<Compared, "evaluations"> {
  const { trial, seed, steps, evalFreq, config } = job;
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  return {
    trial,
    finished: false,
    seed,
    steps,
    evalFreq,
    batchSize: number(config["batch_size"]),
    numWorkers: number(config["num_workers"]),
  };
}

function isComparable(job: TrialJob, other: Compared): boolean {
  const own = conditionsOf(job);
  return (
    own.steps === other.steps &&
    own.evalFreq === other.evalFreq &&
    agree(own.batchSize, other.batchSize) &&
    agree(own.numWorkers, other.numWorkers)
  );
}

function agree(a: number | null, b: number | null): boolean {
  return a === null || b === null || a === b;
}

function evaluationsOf({ curves }: Outcome): ReadonlyMap<number, number> {
  const { steps = [], values = [] } = curves[EVAL_L1] ?? {};
  return new Map(
    steps.flatMap((step, at): [number, number][] => {
      const value = values[at];
      return typeof value === "number" ? [[step, value]] : [];
    }),
  );
}
