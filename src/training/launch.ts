/** The training half of a round: every job that was claimed for this box, each attempt exactly once. */
import { setMaxListeners } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { AutoloopError, messageOf } from "../errors.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { isMissing } from "./atomic-file.ts";
import { readAttempt } from "./attempt-record.ts";
import { BEGUN_BEFORE, type Engine, type EngineOptions, localEngine, type Ran } from "./engine.ts";
import { checkExtraVariables } from "./environment.ts";
import { slurmEngine } from "./executors/slurm-engine.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "./launch-options.ts";
import { secretRemover } from "./neutral-text.ts";
import { deviceMeter, leaveUnbegun } from "./not-begun.ts";
import { lockAttempt, type ReapOptions, reapOrphans } from "./orphans.ts";
import { attemptName, hasOutcome, unsentOutcomes, writeOutcome } from "./outcome-files.ts";
import { type QueueDevice, runQueue } from "./queue.ts";
import type { TrialJob } from "./trial-job.ts";

export interface LaunchOptions {
  readonly jobs: readonly TrialJob[];
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
  readonly hooks?: LaunchHooks;
  /** Aborted: every trainer is signalled at once, nothing new starts. Reason: a StopRequest, or anything for "cancelled". */
  readonly signal: AbortSignal;
}

export interface LaunchResult {
  /** Of this launch's attempts and of orphans that it ended, in the order in which they came. */
  readonly outcomes: readonly Outcome[];
  /** Jobs that have no outcome of this launch, each with the reason. */
  readonly notRun: readonly { readonly trial: string; readonly attempt: number; readonly why: string }[];
}

/**
 * Ends what an earlier launch left behind, then trains. Outcomes that were never sent are put into `outcomesDir` again.
 * @throws AutoloopError `training.no-gpu`, `training.no-trainer`, `training.lease-folder`, `training.attempt-record`,
 * `training.no-slurm`, `settings.trainer-env`, `input.trial-job`.
 */
export async function launchTrials(options: LaunchOptions): Promise<LaunchResult> {
  const { hooks = {}, settings } = options;
  await checkLaunch(options);
  const engineOptions: EngineOptions = { ...options, hooks, reaping: reapOptions(options) };
  return settings.slurm
    ? launchOn(await slurmEngine(settings.slurm, engineOptions), engineOptions)
    : launchOn(localEngine(engineOptions), engineOptions);
}

async function launchOn<Held extends QueueDevice>(
  engine: Engine<Held>,
  options: EngineOptions,
): Promise<LaunchResult> {
  const { jobs, settings, ports, hooks, signal, reaping } = options;
  const note = hooks.onNote ?? (() => undefined);
  const outcomes: Outcome[] = [];
  const deliver = async (outcome: Outcome): Promise<void> => {
    if (settings.outcomesDir !== null) await writeOutcome(settings.outcomesDir, outcome);
    outcomes.push(outcome);
    hooks.onOutcome?.(outcome);
  };

  for (const orphan of await reapOrphans(reaping)) await deliver(orphan);
  if (settings.outcomesDir !== null) {
    for (const unsent of await unsentOutcomes(settings.stateDir, note))
      await writeOutcome(settings.outcomesDir, unsent);
  }

  const meter = deviceMeter(ports.clock);
  // What was begun before is brought to its end, whatever the hour is.
  const begun = await begunBefore(jobs, settings.stateDir);
  // Every trainer listens to it, so more than Node's usual ten are no leak.
  setMaxListeners(0, signal);
  const settled = engine.settle(deliver);
  // It is awaited in any case, but perhaps late.
  settled.catch(() => undefined);
  const queue = await runQueue({
    jobs,
    priorityOf: (job) => job.priority,
    maxConcurrency: settings.gpus.maxConcurrency,
    claim: engine.claim,
    refusal: (job) => (begun.has(job) ? null : (hooks.refusalOf?.(job, { used: meter.hours() }) ?? null)),
    run: async (job, held) => {
      const stop = meter.start();
      const ran = await runOnce(job, { engine, held, settings, reaping }).finally(stop);
      if (ran.outcome) await deliver(ran.outcome);
      return { job, ...ran };
    },
    clock: ports.clock,
    pollMs: settings.supervision.pollMs,
    signal,
  }).finally(() => settled);
  for (const { job, why } of queue.refused) {
    const outcome = await leaveUnbegun(job, { why, reaping });
    if (outcome) await deliver(outcome);
  }
  return {
    outcomes,
    notRun: [
      ...queue.results.flatMap(({ job, why }) => (why === null ? [] : [notRun(job, why)])),
      ...queue.refused.map(({ job, why }) => notRun(job, why)),
      ...queue.broken.map(({ job, error }) => notRun(job, messageOf(error))),
      ...queue.unstarted.map((job) => notRun(job, "the launch was stopped before a device was free")),
    ],
  };
}

async function begunBefore(jobs: readonly TrialJob[], stateDir: string): Promise<ReadonlySet<TrialJob>> {
  const records = await Promise.all(
    jobs.map(async (job) => ({ job, record: await readAttempt(stateDir, job) })),
  );
  return new Set(records.flatMap(({ job, record }) => (record ? [job] : [])));
}

/** Under the attempt's lock, and anew only if nobody ever began this attempt. */
async function runOnce<Held extends QueueDevice>(
  job: TrialJob,
  options: Pick<EngineOptions, "settings" | "reaping"> & { engine: Engine<Held>; held: Held },
): Promise<Ran> {
  const { settings, reaping, engine, held } = options;
  const lock = await lockAttempt(job, reaping);
  if (lock === null) return { outcome: null, why: "another process runs this attempt" };
  try {
    if (await hasOutcome(settings.stateDir, job)) {
      return { outcome: null, why: "this attempt has an outcome already" };
    }
    const begun = await readAttempt(settings.stateDir, job);
    if (begun?.state === "ended") return { outcome: null, why: BEGUN_BEFORE };
    return begun ? await engine.resume(job, begun, held) : await engine.run(job, held);
  } finally {
    await lock.release();
  }
}

function reapOptions({ settings, ports }: LaunchOptions): ReapOptions {
  return {
    stateDir: settings.stateDir,
    ladder: settings.supervision.ladders.gentle,
    processes: ports.processes,
    clock: ports.clock,
    clean: secretRemover(ports.environment),
  };
}

const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._=+-]{0,149}$/;

async function checkLaunch({ jobs, settings }: LaunchOptions): Promise<void> {
  checkExtraVariables(settings.trainer.env);
  for (const job of jobs) {
    if (parseTrialId(job.trial) && SAFE_NAME.test(job.variant)) continue;
    throw new AutoloopError("input.trial-job", {
      what: `${attemptName(job)} (${job.variant}) cannot be part of a file name.`,
      next: "Rename the variant to letters, digits, dots, dashes and underscores, and propose it again.",
    });
  }
  if (!(await isFolder(settings.trainer.cwd))) {
    throw new AutoloopError("training.no-trainer", {
      what: `${settings.trainer.cwd} is not a folder.`,
      next: "Set `trainer.cwd` to the trainer's clone on this machine.",
    });
  }
  await mkdir(settings.stateDir, { recursive: true, mode: 0o700 });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function notRun(job: TrialJob, why: string): LaunchResult["notRun"][number] {
  return { trial: job.trial, attempt: job.attempt, why };
}
