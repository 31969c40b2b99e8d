import { AutoloopError } from "../errors.ts";
import { outcomeName } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { KnownConditions } from "../judgement/conditions.ts";
import type { Run } from "../judgement/run.ts";
import { type Text, text } from "../judgement/texts.ts";
import type { ApprovedConfig } from "../rounds/events.ts";
import { configOf, latestAttempts, type RoundHistory } from "../rounds/history.ts";
import type { TrainerConditions } from "../rounds/manifest.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { trialRun } from "../rounds/trial-run.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import type { World } from "./world.ts";

/** The latest attempt of a trial that has ended, with all that can be known of it. */
export interface TrainedTrial {
  readonly round: string;
  readonly trial: string;
  readonly variant: string;
  readonly seed: number;
  readonly attempt: number;
  readonly approved: ApprovedConfig;
  readonly trainer: TrainerConditions;
  /** The configuration's text as merged. */
  readonly text: string;
  readonly outcome: Outcome;
  readonly run: Run;
}

export interface TrainedTrials {
  readonly trials: readonly TrainedTrial[];
  readonly warnings: readonly Text[];
}

/** Everything that was trained, with curves from W&B in one request where it answers, else as the box sent them. */
export async function readTrials(house: House, world: World): Promise<TrainedTrials> {
  const ended = [...world.history.rounds.values()].flatMap(endedAttempts);
  if (ended.length === 0) return { trials: [], warnings: [] };
  const [logged, outcomes, configs] = await Promise.all([
    readLogged(
      house,
      ended.map(({ runId }) => runId),
    ),
    house.ledger.readOutcomes(world.ledger, ended.map(outcomeName)),
    house.forge.reader.blobs(ended.map(({ approved }) => approved.blob)),
  ]);
  const trials = ended.flatMap(({ runId, ...attempt }): TrainedTrial[] => {
    const outcome = outcomes.get(outcomeName(attempt)) ?? null;
    const source = Buffer.from(configs.get(attempt.approved.blob) ?? []).toString("utf8");
    const config = parseLenientJson(source);
    if (!outcome || !isJsonObject(config)) return [];
    const effective = { ...config, ...overridesOf(attempt) };
    const run = trialRun({ outcome, config: effective, logged: logged.runs.get(runId) ?? null });
    return [{ ...attempt, text: source, outcome, run }];
  });
  return { trials, warnings: logged.warnings };
}

function endedAttempts(history: RoundHistory) {
  const { approved: approval } = history;
  return [...latestAttempts(history).values()].flatMap(({ trial, attempt, outcome }) => {
    const approved = configOf(history, trial);
    const id = parseTrialId(trial);
    if (!approval || !approved || !id || !outcome) return [];
    const { variant, seed } = id;
    // An attempt that went on with another one's training logged under that one's run.
    const logged = outcome.run_id;
    return [
      {
        round: history.round,
        trial,
        variant,
        seed,
        attempt,
        runId: logged,
        approved,
        trainer: approval.trainer,
      },
    ];
  });
}

/** What no configuration holds and comparisons must agree in, by run id. */
export function knownConditions(trials: readonly TrainedTrial[]): ReadonlyMap<string, KnownConditions> {
  return new Map(
    trials.map(({ run, outcome }) => {
      const { fork_commit, pair_data } = outcome.conditions;
      return [run.id, { fork_commit, pair_data }];
    }),
  );
}

/** What the command line set over the file. */
function overridesOf({ seed, trainer }: { seed: number; trainer: TrainerConditions }): JsonObject {
  const { steps, eval_freq, log_freq } = trainer;
  return { seed, steps, eval_freq, log_freq };
}

/** Runs as W&B has them. That it cannot be reached is worth a warning, and no more: the outcomes carry curves of their own. */
async function readLogged(
  house: House,
  runIds: readonly string[],
): Promise<{ runs: ReadonlyMap<string, Run>; warnings: readonly Text[] }> {
  if (!house.cloud) return { runs: new Map(), warnings: [text("warning.no-wandb-key")] };
  try {
    const { runs, warnings } = await house.cloud.read({ kind: "ids", runIds });
    return { runs: new Map(runs.map((run) => [run.id, run])), warnings };
  } catch (thrown) {
    if (!(thrown instanceof AutoloopError) || !thrown.code.startsWith("runs.")) throw thrown;
    return { runs: new Map(), warnings: [text("warning.wandb-unread", { why: thrown.what })] };
  }
}
