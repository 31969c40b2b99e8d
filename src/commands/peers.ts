import type { RepositoryReader } from "../forge/forge.ts";
import { type LedgerSnapshot, type LedgerStore, outcomeName } from "../forge/ledger-store.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { type RunConditions, surelyAgree, trainedData } from "../judgement/conditions.ts";
import { EVAL_L1 } from "../judgement/metrics.ts";
import { configOf, type History, type RoundHistory } from "../rounds/history.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Conditions, Outcome } from "../rounds/outcome.ts";
import { resultsOf } from "../rounds/trials.ts";
import type { BegunWith } from "../training/launch-options.ts";
import type { TrialJob } from "../training/trial-job.ts";
import type { Watch } from "../training/watch.ts";
import type { Incumbent } from "../training/watchdog/hopeless.ts";
import type { Peer } from "../training/watchdog/peers.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";

/** What of other trials a new one is held against: held-out L1 by step, and the conditions that have to agree. */
export interface Compared extends Peer {
  /** It came to its end: only then it can be the one to beat. */
  readonly finished: boolean;
  readonly conditions: RunConditions;
}

/** A trial that begins now, and what a comparison with it must agree in. */
export interface Contender {
  readonly trial: string;
  readonly conditions: RunConditions;
}

/** `begun`: what its attempt found when it began. */
export function contenderOf({ trial, seed, steps, config }: TrialJob, begun: BegunWith): Contender {
  const resumedAt = begun.resumed?.step ?? null;
  return { trial, conditions: conditionsWith({ seed, steps, config, resumedAt, ...begun.conditions }) };
}

interface Reading {
  readonly ledger: Pick<LedgerStore, "readOutcomes">;
  readonly forge: { readonly reader: Pick<RepositoryReader, "blobs"> };
}

/**
 * Results that finished, and those that a comparison stopped: what is known of them up to there is as good. What went on from a
 * checkpoint does not compare: a resumed trainer sees its data in another order.
 */
export async function readCompared(
  { ledger: store, forge }: Reading,
  { ledger, history }: { readonly ledger: LedgerSnapshot; readonly history: History },
): Promise<readonly Compared[]> {
  const ended = [...history.rounds.values()].flatMap(endedTrials);
  const [outcomes, blobs] = await Promise.all([
    store.readOutcomes(ledger, ended.map(outcomeName)),
    forge.reader.blobs(ended.map(({ blob }) => blob)),
  ]);
  return ended.flatMap(({ seed, steps, blob, ...attempt }): Compared[] => {
    const outcome = outcomes.get(outcomeName(attempt));
    if (!outcome || outcome.resumed_from !== null) return [];
    if (!(outcome.outcome === "finished" || outcome.reason === "hopeless")) return [];
    const config = configIn(blobs.get(blob));
    return [
      {
        trial: outcome.trial,
        finished: outcome.outcome === "finished",
        conditions: conditionsWith({ seed, steps, config, resumedAt: null, ...outcome.conditions }),
        evaluations: evaluationsOf(outcome),
      },
    ];
  });
}

function endedTrials(round: RoundHistory) {
  return resultsOf(round).flatMap(({ trial, attempt, steps, outcome }) => {
    const seed = parseTrialId(trial)?.seed;
    const total = steps ?? round.approved?.trainer.steps;
    const blob = configOf(round, trial)?.blob;
    const kind = outcome?.event;
    if (seed === undefined || total === undefined || blob === undefined) return [];
    return kind === "finished" || kind === "stopped" ? [{ trial, attempt, seed, steps: total, blob }] : [];
  });
}

function configIn(bytes: Uint8Array | undefined): JsonObject | null {
  const config = bytes && bytes.length > 0 ? parseLenientJson(Buffer.from(bytes).toString("utf8")) : null;
  return isJsonObject(config) ? config : null;
}

type Facts = Conditions & {
  readonly seed: number;
  readonly steps: number;
  readonly config: JsonObject | null;
  readonly resumedAt: number | null;
};

function conditionsWith({ config, resumedAt, fork_dirty: _, ...known }: Facts): RunConditions {
  // What OT aligns them with is part of the trained data here.
  const data = { dataset: config && trainedData(config), source: null };
  return { ...known, ...data, resumed_at: resumedAt, rows: null };
}

/** The finished trial with the lowest held-out L1 at the same seed, among those that this one may be compared with. */
export function incumbentFor(own: Contender, known: readonly Compared[]): Incumbent | null {
  const ranked = known
    .filter(({ finished, evaluations }) => finished && evaluations.size > 0)
    .filter((other) => other.conditions.seed === own.conditions.seed && isComparable(own, other))
    .sort((a, b) => Math.min(...a.evaluations.values()) - Math.min(...b.evaluations.values()));
  return ranked[0] ?? null;
}

/** All that a trial is compared with whatever its seed: what is known, and what this launch trains beside it. */
export interface PeerBoard {
  /** Writes down the evaluations of this trial. */
  readonly record: (own: Contender) => Watch;
  readonly peersOf: (own: Contender) => readonly Peer[];
}

export function peerBoard(known: readonly Compared[]): PeerBoard {
  const running = new Map<string, Compared & { readonly evaluations: Map<number, number> }>();
  return {
    record: (own) => {
      const evaluations = new Map<number, number>();
      running.set(own.trial, { ...own, finished: false, evaluations });
      return (event) => {
        if (event.kind === "eval") evaluations.set(event.step, event.avgL1);
        return null;
      };
    },
    peersOf: (own) =>
      [...known.filter(({ trial }) => !running.has(trial)), ...running.values()].filter(
        (other) => other.trial !== own.trial && isComparable(own, other),
      ),
  };
}

/** Whatever the seed. What goes on from a checkpoint compares with nothing, and nothing with it. */
function isComparable(own: Contender, other: Contender): boolean {
  const began = own.conditions.resumed_at === null && other.conditions.resumed_at === null;
  return began && surelyAgree(own.conditions, other.conditions, { except: ["seed"] });
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
