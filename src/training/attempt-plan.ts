/** What every attempt begins with, wherever it is trained. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "../rounds/names.ts";
import type { Conditions } from "../rounds/outcome.ts";
import type { TrainerEvent } from "../wire/trainer-log.ts";
import { writeAtomically } from "./atomic-file.ts";
import { type AttemptRecord, writeAttempt } from "./attempt-record.ts";
import { readConditions } from "./conditions.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "./launch-options.ts";
import { type Logging, loggingOf } from "./logging.ts";
import { attemptName } from "./outcome-files.ts";
import { type Continuation, findContinuation } from "./resume.ts";
import type { TrainerTap } from "./tap/trainer-tap.ts";
import { attemptStem } from "./trainer-command.ts";
import type { TrialJob } from "./trial-job.ts";

export interface AttemptPlan {
  readonly record: AttemptRecord;
  readonly configFile: string;
  /** How the trainer logs. */
  readonly logging: Logging;
}

export interface AttemptPlanOptions {
  readonly job: TrialJob;
  /** GPU uuid, `cpu`, or what else the outcome is to say. */
  readonly device: string;
  readonly remote?: AttemptRecord["remote"];
  /** null: the trainer logs directly. */
  readonly tap: TrainerTap | null;
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
  readonly hooks: LaunchHooks;
}

/**
 * Everything that can be refused before a process exists, and the record last: from then on it has to have an outcome. Where the job
 * goes on with an earlier attempt and this box can do that, folder and run are those of that attempt.
 */
export async function prepareAttempt(options: AttemptPlanOptions): Promise<AttemptPlan> {
  const { job, device, remote, settings, ports } = options;
  const { stateDir, trainer } = settings;
  const started = new Date(ports.clock.now()).toISOString();
  const stem = attemptStem(job);
  const conditions = await readConditions({ ...trainer, run: ports.run, job });
  const before = await continuation(options, conditions);
  const outputDir = before?.outputDir ?? join(stateDir, "outputs", "train", started.slice(0, 10), stem);
  await mkdir(dirname(outputDir), { recursive: true, mode: 0o700 });
  const configFile = configFileOf(stateDir, job);
  await writeAtomically(configFile, job.configBytes);
  const record: AttemptRecord = {
    schema: "autoloop/attempt@1",
    state: "starting",
    round: job.round,
    dispatch: job.dispatch,
    trial: job.trial,
    attempt: job.attempt,
    run_id: before?.runId ?? job.runId,
    claimed_run_id: job.runId,
    config_sha256: sha256(job.configBytes),
    resumed: before?.resumed ?? null,
    started,
    device,
    output_dir: outputDir,
    log: join(stateDir, "logs", `${job.trial}-a${job.attempt}.log`),
    log_freq: job.logFreq,
    conditions,
    launcher: await ports.processes.self(),
    trainer: null,
    ...(remote ? { remote } : {}),
  };
  await writeAttempt(stateDir, record);
  return { record, configFile, logging: loggingOf(options, before !== null) };
}

async function continuation(
  options: AttemptPlanOptions,
  conditions: Conditions,
): Promise<Continuation | null> {
  const { job, settings, hooks } = options;
  if (job.resume === null) return null;
  const { stateDir } = settings;
  const { wandb } = loggingOf(options, true);
  const found = await findContinuation({ job, resume: job.resume, stateDir, wandb, conditions });
  const note = (text: string): void => hooks.onNote?.(`${attemptName(job)}: ${text}`);
  if (typeof found === "string") note(`it begins anew, because ${found}`);
  else note(`it goes on with attempt ${found.resumed.attempt} from step ${found.resumed.step}`);
  return typeof found === "string" ? null : found;
}

/** Where the verified configuration of an attempt lies. */
export function configFileOf(stateDir: string, job: TrialJob): string {
  return join(stateDir, "configs", `${attemptStem(job)}.json`);
}

/** Events of one attempt → reports of its progress. */
export function progressReporter(job: TrialJob, hooks: LaunchHooks): (event: TrainerEvent) => void {
  let loss: number | null = null;
  let evalL1: number | null = null;
  return (event) => {
    if (event.kind !== "step" && event.kind !== "eval") return;
    if (event.kind === "step") loss = event.loss;
    else evalL1 = event.avgL1;
    const { trial, attempt, steps } = job;
    hooks.onProgress?.({ trial, attempt, step: event.step, steps, loss, evalL1 });
  };
}
