/** The training half of a round: every job that was claimed for this box, each attempt exactly once. */
import { setMaxListeners } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { AutoloopError, messageOf } from "../errors.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { isMissing } from "./atomic-file.ts";
import { runAttempt } from "./attempt.ts";
import { readAttempt } from "./attempt-record.ts";
import { devicePool } from "./device-pool.ts";
import { checkExtraVariables } from "./environment.ts";
import type { HeldDevice } from "./held-device.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "./launch-options.ts";
import { secretRemover } from "./neutral-text.ts";
import { lockAttempt, type ReapOptions, reapAttempt, reapOrphans } from "./orphans.ts";
import { attemptName, hasOutcome, unsentOutcomes, writeOutcome } from "./outcome-files.ts";
import { runQueue } from "./queue.ts";
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
 * `settings.trainer-env`, `input.trial-job`.
 */
export async function launchTrials(options: LaunchOptions): Promise<LaunchResult> {
  const { jobs, settings, ports, hooks = {}, signal } = options;
  await checkLaunch(options);
  const note = hooks.onNote ?? (() => undefined);
  const outcomes: Outcome[] = [];
  const deliver = async (outcome: Outcome): Promise<void> => {
    if (settings.outcomesDir !== null) await writeOutcome(settings.outcomesDir, outcome);
    outcomes.push(outcome);
    hooks.onOutcome?.(outcome);
  };

  const reaping = reapOptions(options);
  for (const orphan of await reapOrphans(reaping)) await deliver(orphan);
  if (settings.outcomesDir !== null) {
    for (const unsent of await unsentOutcomes(settings.stateDir, note))
      await writeOutcome(settings.outcomesDir, unsent);
  }

  // Every trainer listens to it, so more than Node's usual ten are no leak.
  setMaxListeners(0, signal);
  const queue = await runQueue({
    jobs,
    priorityOf: (job) => job.priority,
    maxConcurrency: settings.gpus.maxConcurrency,
    claim: devicePool({
      ...ports,
      rule: settings.supervision.idle,
      cpuSlots: settings.gpus.cpuSlots,
      reserved: settings.gpus.reserved,
      leaveFree: settings.gpus.leaveFree,
      leaseFolder: settings.leaseDir,
      settleMs: settings.supervision.settleMs,
      onNote: note,
    }),
    run: async (job, held: HeldDevice) => {
      const ran = await runOnce(job, { held, reaping, ...options });
      if (ran.outcome) await deliver(ran.outcome);
      return ran;
    },
    clock: ports.clock,
    pollMs: settings.supervision.pollMs,
    signal,
  });
  return {
    outcomes,
    notRun: [
      ...queue.results.flatMap(({ job, why }) => (why === null ? [] : [notRun(job, why)])),
      ...queue.broken.map(({ job, error }) => notRun(job, messageOf(error))),
      ...queue.unstarted.map((job) => notRun(job, "the launch was stopped before a device was free")),
    ],
  };
}

interface Ran {
  readonly job: TrialJob;
  readonly outcome: Outcome | null;
  /** Why it was not run; null when it was. */
  readonly why: string | null;
}

/** Under the attempt's lock, and only if nobody ever began this attempt. */
async function runOnce(
  job: TrialJob,
  options: LaunchOptions & { held: HeldDevice; reaping: ReapOptions },
): Promise<Ran> {
  const { settings, ports, hooks = {}, held, signal, reaping } = options;
  const lock = await lockAttempt(job, reaping);
  if (lock === null) return { job, outcome: null, why: "another process runs this attempt" };
  try {
    if (await hasOutcome(settings.stateDir, job)) {
      return { job, outcome: null, why: "this attempt has an outcome already" };
    }
    const begun = await readAttempt(settings.stateDir, job);
    if (begun) {
      const outcome = begun.state === "ended" ? null : await reapAttempt(begun, reaping);
      return { job, outcome, why: "this attempt was begun before and is not run twice" };
    }
    return { job, outcome: await runAttempt({ job, held, settings, ports, hooks, signal }), why: null };
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
