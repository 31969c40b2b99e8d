import { type LedgerSnapshot, outcomeName } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import { EVAL_L1 } from "../judgement/metrics.ts";
import { type History, latestAttempts } from "../rounds/history.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import type { Settings } from "../settings.ts";
import type { TrialJob } from "../training/trial-job.ts";
import type { Watch } from "../training/watch.ts";
import { watchGradient } from "../training/watchdog/gradient.ts";
import { type Incumbent, watchHopeless } from "../training/watchdog/hopeless.ts";

interface Known {
  readonly ledger: LedgerSnapshot;
  readonly history: History;
}

/** What looks after each trial besides what looks after all: the settings' checks, and the best trial so far to be compared with. */
export async function watchesFor(house: House, known: Known): Promise<(job: TrialJob) => readonly Watch[]> {
  const { gradient, hopeless } = house.settings.watchdog;
  const finished = hopeless.enabled ? await finishedTrials(house, known) : [];
  return (job) => {
    const incumbent = hopeless.enabled ? incumbentFor(job, finished) : null;
    return [
      ...(gradient.enabled ? [watchGradient({ ...gradient, warmUp: gradient.warm_up })] : []),
      ...(incumbent ? [watchHopeless(incumbent, hopeless)] : []),
    ];
  };
}

interface Finished {
  readonly outcome: Outcome;
  readonly seed: number;
  readonly trainer: { readonly steps: number; readonly eval_freq: number };
}

async function finishedTrials(house: House, { ledger, history }: Known): Promise<readonly Finished[]> {
  const ended = [...history.rounds.values()].flatMap((round) =>
    [...latestAttempts(round).values()].flatMap(({ trial, attempt, outcome }) => {
      const seed = parseTrialId(trial)?.seed;
      const trainer = round.approved?.trainer;
      return outcome?.event === "finished" && seed !== undefined && trainer
        ? [{ trial, attempt, seed, trainer }]
        : [];
    }),
  );
  const outcomes = await house.ledger.readOutcomes(ledger, ended.map(outcomeName));
  return ended.flatMap(({ seed, trainer, ...attempt }) => {
    const outcome = outcomes.get(outcomeName(attempt));
    return outcome ? [{ outcome, seed, trainer }] : [];
  });
}

/** The finished trial with the lowest held-out L1 among those that this one may be compared with, step by step. */
function incumbentFor(job: TrialJob, finished: readonly Finished[]): Incumbent | null {
  const comparable = finished.filter(
    ({ outcome, seed, trainer }) =>
      seed === job.seed &&
      trainer.steps === job.steps &&
      trainer.eval_freq === job.evalFreq &&
      agrees(outcome.conditions.batch_size, job.config["batch_size"]) &&
      agrees(outcome.conditions.num_workers, job.config["num_workers"]),
  );
  const ranked = comparable
    .map(({ outcome }) => ({ trial: outcome.trial, evaluations: evaluationsOf(outcome) }))
    .filter(({ evaluations }) => evaluations.size > 0)
    .sort((a, b) => Math.min(...a.evaluations.values()) - Math.min(...b.evaluations.values()));
  return ranked[0] ?? null;
}

function agrees(known: number | null, value: unknown): boolean {
  return known === null || typeof value !== "number" || known === value;
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

/** The settings of supervision that are switches of the watchdog. */
export function supervisionOf({ watchdog }: Settings): { stopOnNonFinite: boolean; stallMs: number | null } {
  return {
    stopOnNonFinite: watchdog.non_finite,
    stallMs: watchdog.stall_minutes === null ? null : watchdog.stall_minutes * 60_000,
  };
}
