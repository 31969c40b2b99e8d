import { AutoloopError } from "../errors.ts";
import { outcomeName } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { KnownConditions } from "../judgement/conditions.ts";
import type { Run } from "../judgement/run.ts";
import { type Text, text } from "../judgement/texts.ts";
import type { ApprovedConfig, OutcomeEvent } from "../rounds/events.ts";
import { type Attempt, configOf, type RoundHistory } from "../rounds/history.ts";
import type { TrainerConditions } from "../rounds/manifest.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { trialRun } from "../rounds/trial-run.ts";
import { resultsOf } from "../rounds/trials.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import type { World } from "./world.ts";

/** The latest attempt of a trial to so many steps that has ended, with all that can be known of it. */
export interface TrainedTrial {
  readonly round: string;
  readonly trial: string;
  readonly variant: string;
  readonly seed: number;
  readonly attempt: number;
  /** Steps in all that the attempt was to reach. */
  readonly steps: number;
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

/** What trials are read with. */
type Reading = Pick<House, "cloud"> & {
  readonly ledger: Pick<House["ledger"], "readOutcomes">;
  readonly forge: { readonly reader: Pick<House["forge"]["reader"], "blobs"> };
};

/** Everything that was trained, with curves from W&B in one request where it answers, else as the box sent them. */
export async function readTrials(
  house: Reading,
  world: Pick<World, "history" | "ledger">,
): Promise<TrainedTrials> {
  const ended = [...world.history.rounds.values()].flatMap(endedAttempts);
  if (ended.length === 0) return { trials: [], warnings: [] };
  const [logged, outcomes, configs] = await Promise.all([
    readLogged(house, [...new Set(ended.map(({ runId }) => runId))]),
    house.ledger.readOutcomes(world.ledger, ended.flatMap(namesOf)),
    house.forge.reader.blobs(ended.map(({ approved }) => approved.blob)),
  ]);
  const trials = ended.flatMap(({ runId, until, earlier, ...attempt }): TrainedTrial[] => {
    const outcome = outcomes.get(outcomeName(attempt)) ?? null;
    const source = Buffer.from(configs.get(attempt.approved.blob) ?? []).toString("utf8");
    const config = parseLenientJson(source);
    if (!outcome || !isJsonObject(config)) return [];
    const run = trialRun({
      // Trained further it is another result of the same run.
      id: attempt.steps === attempt.trainer.steps ? outcome.run_id : `${outcome.run_id}@${attempt.steps}`,
      outcome,
      config: { ...config, ...overridesOf(attempt) },
      logged: logged.runs.get(runId) ?? null,
      earlier:
        earlier === null ? null : (outcomes.get(outcomeName({ ...attempt, attempt: earlier })) ?? null),
      until,
    });
    return [{ ...attempt, text: source, outcome, run }];
  });
  return { trials, warnings: logged.warnings };
}

function namesOf({ trial, attempt, earlier }: ReturnType<typeof endedAttempts>[number]): readonly string[] {
  return [attempt, earlier]
    .filter((number) => number !== null)
    .map((number) => outcomeName({ trial, attempt: number }));
}

function endedAttempts(history: RoundHistory) {
  const { approved: approval } = history;
  return resultsOf(history).flatMap(({ trial, attempt, steps, resume, outcome }) => {
    const approved = configOf(history, trial);
    const id = parseTrialId(trial);
    if (!approval || !approved || !id || !outcome) return [];
    const { variant, seed } = id;
    const { trainer } = approval;
    return [
      {
        ...{ round: history.round, trial, variant, seed, attempt, approved, trainer },
        steps: steps ?? trainer.steps,
        // An attempt that went on with another one's training logged under that one's run.
        runId: outcome.run_id,
        until: history.attempts.some((later) => goesOn(later, outcome)) ? outcome.steps : null,
        earlier: resume?.attempt ?? null,
      },
    ];
  });
}

/** A later attempt that logs, or will log, under the same id. */
function goesOn({ trial, attempt, resume }: Attempt, earlier: OutcomeEvent): boolean {
  return trial === earlier.trial && attempt > earlier.attempt && resume?.run_id === earlier.run_id;
}

/** What no configuration holds and comparisons must agree in, by run id. */
export function knownConditions(trials: readonly TrainedTrial[]): ReadonlyMap<string, KnownConditions> {
  return new Map(
    trials.map(({ run, outcome }) => {
      const { fork_commit, pair_data } = outcome.conditions;
      return [run.id, { fork_commit, pair_data, resumed_at: outcome.resumed_from?.step ?? 0 }];
    }),
  );
}

/** What the command line set over the file. */
function overridesOf({ seed, steps, trainer }: Pick<TrainedTrial, "seed" | "steps" | "trainer">): JsonObject {
  const { eval_freq, log_freq } = trainer;
  return { seed, steps, eval_freq, log_freq };
}

/** Runs as W&B has them. That it cannot be reached is worth a warning, and no more: the outcomes carry curves of their own. */
async function readLogged(
  house: Pick<House, "cloud">,
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
