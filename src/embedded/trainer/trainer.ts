import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { override, parseArguments } from "./arguments.ts";
import { type Checkpoint, loadCheckpoint } from "./checkpoint.ts";
import { readConfig, type TrainerConfig } from "./config.ts";
import { decodeConfig } from "./decode-config.ts";
import { type Faults, readFaults } from "./faults.ts";
import type { TrainerHost } from "./host.ts";
import { createInterrupt, type Interrupt, KeyboardInterrupt } from "./interrupt.ts";
import { checkBeforeStart, checkPairInfo, checkSourceWeight } from "./launch-checks.ts";
import { createLearner } from "./learner.ts";
import { readLearnerSettings, type Split, splitEpisodes } from "./learner-settings.ts";
import { int, isMap, type Literal, type LiteralMap, parseLiteral } from "./literal.ts";
import { createLog, type Log, localTime } from "./log.ts";
import { PythonError, traceback } from "./python-error.ts";
import { bigNumber, fixed } from "./python-number.ts";
import { pformat } from "./python-repr.ts";
import { FRAMES } from "./robot.ts";
import { train } from "./training-loop.ts";
import { startWandbRun, type WandbRun } from "./wandb-run.ts";
import { WEIGHTS } from "./weights.ts";
import { TARGET_EPISODES } from "./world.ts";

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
    const launch = prepare(host);
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

interface Launch {
  readonly config: TrainerConfig;
  readonly decoded: LiteralMap;
  /** As configured, for people. */
  readonly outputName: string;
  /** Absolute. */
  readonly outputDir: string;
  readonly checkpoint: Checkpoint | null;
}

function prepare(host: TrainerHost): Launch {
  const given = parseArguments(host.argv);
  let raw: Literal = given.configPath === null ? new Map() : readConfigFile(host, given.configPath);
  for (const { path, value } of given.overrides) raw = override(raw, path, value);
  const decoded = withCheckpointPath(decodeConfig(raw), given.configPath);
  const config = readConfig(decoded);
  if (!config) {
    throw new PythonError(
      "ValueError",
      "Policy is not configured. Please specify a pretrained policy with `--policy.path`.",
    );
  }
  checkBeforeStart(config, { ...given, isFolder: (path) => isFolder(resolve(host.cwd, path)) });
  if (config.policy.device?.startsWith("cuda")) {
    host.stderr(`WARNING:root:Device '${config.policy.device}' is not available. Switching to 'cpu'.\n`);
  }
  const outputName = config.outputDir ?? datedOutput(host.clock.now(), config.jobName);
  return {
    config,
    decoded,
    outputName,
    outputDir: resolve(host.cwd, outputName),
    checkpoint: config.resume && given.configPath !== null ? resumeFrom(host, given.configPath) : null,
  };
}

/** A resumed run carries the folder it goes on from in its configuration. */
function withCheckpointPath(decoded: LiteralMap, configPath: string | null): LiteralMap {
  if (decoded.get("resume") !== true || configPath === null) return decoded;
  const model = configPath.endsWith(".json") ? dirname(configPath) : configPath;
  return new Map(decoded).set("checkpoint_path", dirname(model));
}

function readConfigFile(host: TrainerHost, path: string): Literal {
  const file = configFileAt(resolve(host.cwd, path));
  if (!existsSync(file)) {
    throw new PythonError(
      "huggingface_hub.errors.LocalEntryNotFoundError",
      "An error happened while trying to locate the file on the Hub and we cannot find the requested files in the local cache. Please check your connection and try again or make sure your Internet connection is on.",
    );
  }
  return parseLiteral(readFileSync(file, "utf8"));
}

/** A folder stands for the `train_config.json` in it. */
function configFileAt(path: string): string {
  return isFolder(path) ? join(path, "train_config.json") : path;
}

function resumeFrom(host: TrainerHost, path: string): Checkpoint {
  host.stdout("Loading weights from local directory\n");
  return loadCheckpoint(configFileAt(resolve(host.cwd, path)));
}

function datedOutput(now: number, jobName: string): string {
  const [date = "", time = ""] = localTime(now).split(" ");
  return `outputs/train/${date}/${time.replace(/:/g, "-")}_${jobName}`;
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

function describeSetup(log: Log, { launch, split }: { launch: Launch; split: Split }): void {
  const { config } = launch;
  const episodes = split.train.length;
  const frames = episodes * FRAMES;
  const { validation } = split;
  log.info(
    "lerobot_train.py:540",
    `Creating dataset (train episodes only): ${split.firstTrain.length} train, ${validation} val`,
  );
  log.info(
    "lerobot_train.py:548",
    `Dataset meta: total_frames=${TARGET_EPISODES * FRAMES} total_episodes=${TARGET_EPISODES} fps=10 cameras=[]`,
  );
  if (config.evalFreq > 0) {
    log.info(
      "lerobot_train.py:620",
      `Offline eval enabled (no env). Split episodes -> train: ${episodes}, val: ${validation}`,
    );
  }
  log.info("lerobot_train.py:723", "Creating policy");
  log.info("lerobot_train.py:775", "Creating optimizer and scheduler");
  log.info("lerobot_train.py:787", `Output dir: ${launch.outputName}`);
  log.info("lerobot_train.py:792", `cfg.steps=${config.steps} (${bigNumber(config.steps)})`);
  log.info("lerobot_train.py:793", `dataset.num_frames=${frames} (${bigNumber(frames)})`);
  log.info("lerobot_train.py:794", `dataset.num_episodes=${episodes}`);
  log.info("lerobot_train.py:797", `Effective batch size: ${config.batchSize} x 1 = ${config.batchSize}`);
  log.info("lerobot_train.py:798", `num_learnable_params=${WEIGHTS} (${bigNumber(WEIGHTS)})`);
  log.info("lerobot_train.py:799", `num_total_params=${WEIGHTS} (${bigNumber(WEIGHTS)})`);
  const batches = Math.ceil(frames / config.batchSize);
  log.info(
    "lerobot_train.py:829",
    `Train DataLoader: bs=${config.batchSize} workers=${config.numWorkers} shuffle=True sampler=None len=${batches}`,
  );
}

function describeSampling(
  log: Log,
  { ot, batchSize, numWorkers }: TrainerConfig,
  what: "pairs" | "mix",
): void {
  if (!ot.enable) return;
  const python = (value: boolean) => (value ? "True" : "False");
  if (what === "pairs") {
    const pairs = Math.max(1, Math.trunc(batchSize * ot.batchRatio));
    log.info(
      "lerobot_train.py:892",
      `OT DataLoader: bs=${pairs} workers=${numWorkers} sharp=${fixed(ot.sharpness, 3)} no_window=${python(ot.noWindow)} topk_src=${ot.topkSrcEpisodes ?? "None"} pair_info=${ot.pairInfoPath}`,
    );
  } else {
    log.info(
      "lerobot_train.py:927",
      `WeightedMixedBC: bs=${batchSize} workers=${numWorkers} bc_src_weight=${fixed(ot.bcSrcWeight ?? 0, 3)} normalize=${python(ot.normalizeBcWeights)} drop_last_frames=0`,
    );
  }
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

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
