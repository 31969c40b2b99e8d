import { saveCheckpoint } from "./checkpoint.ts";
import type { TrainerConfig } from "./config.ts";
import type { Faults } from "./faults.ts";
import type { Clock } from "./host.ts";
import type { Interrupt } from "./interrupt.ts";
import { checkSaveFrequency } from "./launch-checks.ts";
import type { Learner, LearnerSettings } from "./learner.ts";
import type { LiteralMap } from "./literal.ts";
import type { Log } from "./log.ts";
import { createMeters, type MeterReading, stepLine } from "./meters.ts";
import { PythonError } from "./python-error.ts";
import { fixed, floatRepr } from "./python-number.ts";
import { FRAMES } from "./robot.ts";
import type { LoggedValue, WandbRun } from "./wandb-run.ts";

export interface Training {
  readonly config: TrainerConfig;
  readonly settings: LearnerSettings;
  /** As saved beside the weights. */
  readonly savedConfig: LiteralMap;
  readonly outputDir: string;
  readonly learner: Learner;
  readonly startStep: number;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly log: Log;
  readonly run: WandbRun;
  readonly interrupt: Interrupt;
}

const LOOP = "lerobot_train.py";
/** How long the loop computes before it lets signals and answers in, in milliseconds. */
const BREATH = 10;

/** Trains up to `config.steps`; in the real trainer's order: update, log, checkpoint, evaluation. */
export async function train(training: Training): Promise<void> {
  const { config, settings, learner, clock, log, run, interrupt, faults } = training;
  const meters = createMeters({
    batchSize: config.batchSize,
    frames: settings.episodes.length * FRAMES,
    episodes: settings.episodes.length,
  });
  const warnings = createSolverWarnings(learner, log);
  let breath = clock.monotonic();
  for (let step = training.startStep + 1; step <= config.steps; step++) {
    await injectFaults(training, step);
    const begin = clock.monotonic();
    learner.draw();
    const drawn = clock.monotonic();
    learner.update();
    const { loss, gradientNorm } = learner.reading;
    meters.add({
      loss,
      gradientNorm,
      learningRate: settings.optimizer.learningRate,
      updateSeconds: (clock.monotonic() - drawn) / 1000,
      dataSeconds: (drawn - begin) / 1000,
    });
    warnings.check();
    reportNonFinite(training);
    checkSaveFrequency(config);
    if (config.logFreq > 0 && step % config.logFreq === 0) logStep(training, meters.read(step));
    if (config.saveCheckpoint && (step % config.saveFreq === 0 || step === config.steps))
      save(training, step);
    if (config.evalFreq > 0 && step % config.evalFreq === 0) evaluate(training, step);
    if (faults.stepMilliseconds > 0) await interrupt.guard(clock.sleep(faults.stepMilliseconds));
    else if (clock.monotonic() - breath > BREATH) {
      await clock.breathe();
      breath = clock.monotonic();
    }
    if (run.stopRequested()) interrupt.request();
    interrupt.check();
  }
  log.info(`${LOOP}:1263`, "End of training");
}

async function injectFaults({ faults, learner, interrupt, clock }: Training, step: number): Promise<void> {
  if (step === faults.nanAt) learner.poison();
  if (step === faults.failAt)
    throw new PythonError("RuntimeError", `TINY_FAIL_AT asked for a failure at step ${step}`);
  if (step === faults.outOfMemoryAt) {
    throw new PythonError(
      "torch.OutOfMemoryError",
      "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.65 GiB of which 1.12 GiB is free.",
    );
  }
  while (faults.hangAt !== null && step >= faults.hangAt) await interrupt.guard(clock.sleep(1000));
}

function logStep({ log, run, learner, settings }: Training, reading: MeterReading): void {
  log.info(`${LOOP}:1113`, stepLine(reading));
  const float = (key: string, value: number): LoggedValue => ({ key: `train/${key}`, value, isInt: false });
  const count = (key: string, value: number): LoggedValue => ({ key: `train/${key}`, value, isInt: true });
  const { alignment } = learner;
  run.log(reading.steps, [
    float("loss", reading.loss),
    float("grad_norm", reading.gradientNorm),
    float("lr", reading.learningRate),
    float("update_s", reading.updateSeconds),
    float("dataloading_s", reading.dataSeconds),
    count("steps", reading.steps),
    count("samples", reading.samples),
    float("episodes", reading.episodes),
    float("epochs", reading.epochs),
    float("l1_loss", learner.reading.l1),
    ...(settings.klWeight === null ? [] : [float("kld_loss", learner.reading.kld)]),
    ...(alignment
      ? [
          float("ot_loss", alignment.reading.loss),
          float("ot_pi_sum", alignment.reading.mass),
          float("ot_pi_diag", alignment.reading.diagonal),
          ...alignment.meanCosts().map(({ name, mean }) => float(`ot_cost/${name}`, mean)),
        ]
      : []),
  ]);
}

function save({ log, config, settings, savedConfig, outputDir, learner }: Training, step: number): void {
  log.info(`${LOOP}:1126`, `Checkpoint policy after step ${step}`);
  saveCheckpoint(outputDir, {
    step,
    steps: config.steps,
    config: savedConfig,
    state: learner.state(),
    optimizer: settings.optimizer,
  });
}

function evaluate({ log, run, learner }: Training, step: number): void {
  log.info(`${LOOP}:1202`, `Offline eval (no env) at step ${step} on hold-out episodes`);
  const { averageL1, batches } = learner.evaluate();
  const shown = fixed(averageL1, 4);
  log.info(`${LOOP}:1225`, `Offline eval: avg_loss=${shown}, avg_l1=${shown} over ${batches} batches`);
  run.log(step, [
    { key: "eval/offline_eval/avg_loss", value: averageL1, isInt: false },
    { key: "eval/offline_eval/avg_l1", value: averageL1, isInt: false },
    { key: "eval/offline_eval/n_batches", value: batches, isInt: true },
  ]);
}

/** Non-finite values never stop the trainer: two lines per step, and on it goes (trainer facts 9). */
function reportNonFinite({ log, learner }: Training): void {
  const { loss, gradientNorm } = learner.reading;
  const type = learner.alignment ? "dtype=torch.float64, " : "";
  if (!Number.isFinite(loss)) {
    log.error(
      `${LOOP}:231`,
      `Non-finite loss detected: tensor(${floatRepr(loss)}, ${type}grad_fn=<AddBackward0>)`,
    );
  }
  if (!Number.isFinite(gradientNorm)) {
    log.error(`${LOOP}:248`, `Non-finite grad_norm detected: tensor(${floatRepr(gradientNorm)})`);
  }
}

const SOLVER = "/rehearsal/site-packages/ot/unbalanced/_sinkhorn.py";

/** What the solver prints once per process, after its first bad step (trainer facts 1.2). */
function createSolverWarnings({ alignment }: Learner, log: Log): { check(): void } {
  let hasWarned = false;
  return {
    check() {
      if (hasWarned || !alignment || alignment.reading.kind === "regular") return;
      hasWarned = true;
      const problems =
        alignment.reading.kind === "broken" ? ["divide by zero", "overflow"] : ["divide by zero"];
      for (const problem of problems) {
        log.raw(`${SOLVER}:757: RuntimeWarning: ${problem} encountered in divide\n  u = (a / Kv) ** fi_1\n`);
      }
      log.raw(
        `${SOLVER}:770: UserWarning: Numerical errors at iteration 0\n  warnings.warn("Numerical errors at iteration %s" % i)\n`,
      );
    },
  };
}
