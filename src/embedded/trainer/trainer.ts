import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { TrainerConfig } from "./config.ts";
import { type Faults, readFaults } from "./faults.ts";
import type { TrainerHost } from "./host.ts";
import { createInterrupt, type Interrupt, KeyboardInterrupt } from "./interrupt.ts";
import { type Launch, prepareLaunch } from "./launch.ts";
import { checkPairInfo, checkSourceWeight } from "./launch-checks.ts";
import { createLearner } from "./learner.ts";
import { readLearnerSettings, type Split, splitEpisodes } from "./learner-settings.ts";
import { int, isMap, type LiteralMap } from "./literal.ts";
import { createLog, type Log } from "./log.ts";
import { PythonError, traceback } from "./python-error.ts";
import { pformat } from "./python-repr.ts";
import { describeSampling, describeSetup } from "./setup-lines.ts";
import { train } from "./training-loop.ts";
import { startWandbRun, type WandbRun } from "./wandb-run.ts";

/**
 * The tiny trainer: a real small training behind the command line, log lines, W&B traffic, checkpoints and exit codes of the
 * lerobot ACT+OT trainer. Returns the exit code: 0, 1, 2; after SIGINT it ends the process by that signal instead.
 */
export async function runTrainer(host: TrainerHost): Promise<number> {
  const log = createLog(host);
  const faults = readFaults(host.env);
  const interrupt = createInterrupt(host.signals, { ignore: faults.ignoreInterrupt });
  let run: WandbRun | null = null;
  const finish = async (exitCode: number) => {
    log.follow(null);
    const ending = await run?.finish(exitCode);
    if (ending === "incomplete") log.raw("wandb: WARNING The run did not reach the server completely.\n");
  };
  try {
    const launch = prepareLaunch(host);
    log.info("lerobot_train.py:515", pformat(launch.decoded));
    const { config, decoded, outputDir } = launch;
    run = await interrupt.guard(startWandbRun(host, { config, decoded, outputDir }));
    announce(log, { run, config });
    await work(host, { launch, log, faults, interrupt, run });
    await finish(0);
    return 0;
  } catch (error) {
    if (error instanceof KeyboardInterrupt) {
      log.raw(traceback("KeyboardInterrupt", ""));
      await finish(255);
      interrupt.release();
      host.signals.dieOfInterrupt();
      return 130;
    }
    if (!(error instanceof PythonError)) throw error;
    log.raw(error.exitCode === 2 ? error.message : traceback(error.type, error.message));
    await finish(error.exitCode);
    return error.exitCode;
  } finally {
    interrupt.release();
  }
}

function announce(log: Log, { run, config }: { run: WandbRun; config: TrainerConfig }): void {
  log.follow((line) => run.output(line));
  if (!config.wandb.enable) {
    log.info("lerobot_train.py:522", "Logs will be saved locally.");
    return;
  }
  log.info("wandb_utils.py:105", "Logs will be synced with wandb.");
  log.info("wandb_utils.py:106", `Track this run --> ${run.url ?? "None"}`);
}

async function work(
  host: TrainerHost,
  {
    launch,
    log,
    faults,
    interrupt,
    run,
  }: { launch: Launch; log: Log; faults: Faults; interrupt: Interrupt; run: WandbRun },
): Promise<void> {
  const { config, checkpoint, outputDir } = launch;
  const split = splitEpisodes(config);
  describeSetup(log, { launch, split });
  checkPairInfo(config, (path) => existsSync(resolve(host.cwd, path)));
  describeSampling(log, config, "pairs");
  checkSourceWeight(config);
  describeSampling(log, config, "mix");
  log.info("lerobot_train.py:1000", "Start offline training on a fixed dataset");
  const startStep = checkpoint?.step ?? 0;
  if (startStep >= config.steps) {
    log.info("lerobot_train.py:1263", "End of training");
    return;
  }
  log.info("lerobot_train.py:1011", "Raw batch snapshot (preprocess)");
  log.info("lerobot_train.py:1055", "Batch snapshot (post-preprocess)");
  const settings = readLearnerSettings(config, {
    split,
    seed: config.seed ?? host.randomId(),
    learningRates: checkpoint?.learningRates ?? null,
  });
  mkdirSync(outputDir, { recursive: true });
  await train({
    config,
    settings,
    savedConfig: savedConfigOf(launch, { split, runId: run.id }),
    outputDir,
    learner: createLearner(settings, checkpoint?.state),
    startStep,
    faults,
    clock: host.clock,
    log,
    run,
    interrupt,
  });
}

/** What is saved beside the weights: with the first split's episodes and the run id in it (trainer facts 7). */
function savedConfigOf({ decoded }: Launch, { split, runId }: { split: Split; runId: string }): LiteralMap {
  const saved = new Map(decoded);
  const dataset = decoded.get("dataset");
  const wandb = decoded.get("wandb");
  if (isMap(dataset)) saved.set("dataset", new Map(dataset).set("episodes", split.firstTrain.map(int)));
  if (isMap(wandb)) saved.set("wandb", new Map(wandb).set("run_id", runId));
  return saved;
}
