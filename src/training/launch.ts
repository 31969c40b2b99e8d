/** The training half of a round: every job that was claimed for this box, each attempt exactly once. */
import { setMaxListeners } from "node:events";
import { AutoloopError, messageOf } from "../errors.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { openAttempts, readAttempt } from "./attempt-record.ts";
import { type Engine, type EngineOptions, localEngine, type Ran } from "./engine.ts";
import { checkExtraVariables } from "./environment.ts";
import { slurmEngine } from "./executors/slurm-engine.ts";
import { limitsAt } from "./gpu-limits.ts";
import { jobRunner } from "./job-runner.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "./launch-options.ts";
import { secretRemover } from "./neutral-text.ts";
import { type ReapOptions, reapOrphans } from "./orphans.ts";
import { attemptName, hasOutcome, unsentOutcomes, writeOutcome } from "./outcome-files.ts";
import { preflight } from "./preflight/preflight.ts";
import { runQueue } from "./queue.ts";
import type { QueueResult } from "./queue-jobs.ts";
import type { QueueDevice } from "./queue-lanes.ts";
import { refusal, trainOrRefuse } from "./refusal.ts";
import { keepReserve, writeInReserve } from "./reserve.ts";
import type { TrialJob } from "./trial-job.ts";

export interface LaunchOptions {
  readonly jobs: readonly TrialJob[];
  /** Open claims that this launch is not asked for: should an earlier one have left them to Slurm, they are looked after like its own. */
  readonly others?: readonly TrialJob[];
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
  readonly hooks?: LaunchHooks;
  /** Aborted: every trainer is signalled at once, nothing new starts. Reason: a StopRequest, or anything for "cancelled". */
  readonly signal: AbortSignal;
}

export interface LaunchResult {
  /** Of this launch's attempts, refused ones among them, and of orphans that it ended, in the order in which they came. */
  readonly outcomes: readonly Outcome[];
  /** Jobs that were not trained by this launch, each with the reason. */
  readonly notRun: readonly { readonly trial: string; readonly attempt: number; readonly why: string }[];
  /** Why this machine trains nothing now, or nothing more; null: it does. */
  readonly refused: string | null;
}

/**
 * Ends what an earlier launch left behind, looks whether training can work at all, then trains. Outcomes that were never sent are put
 * into `outcomesDir` again. What cannot be trained here is refused; what else is not begun stays claimed.
 * @throws AutoloopError `training.attempt-record`, `settings.trainer-env`, `input.trial-job`; `training.lease-folder` where nothing can be
 * locked in the state folder.
 */
export async function launchTrials(options: LaunchOptions): Promise<LaunchResult> {
  const { hooks = {}, others = [], settings } = options;
  await checkLaunch(options);
  const engineOptions: EngineOptions = { ...options, hooks, others, reaping: reapOptions(options) };
  return trainOrRefuse(engineOptions, async (all) =>
    settings.slurm ? launchOn(await slurmEngine(settings.slurm, all), all) : launchOn(localEngine(all), all),
  );
}

async function launchOn<Held extends QueueDevice>(
  engine: Engine<Held>,
  options: EngineOptions,
): Promise<LaunchResult> {
  const { jobs, settings, ports, signal } = options;
  const outcomes: Outcome[] = [];
  const deliver = delivery(options, outcomes);
  await deliverEarlier(options, deliver);

  const runner = jobRunner({ ...options, engine, deliver });
  // Every trainer listens to it, so more than Node's usual ten are no leak.
  setMaxListeners(0, signal);
  const begun = new Set((await openAttempts(settings.stateDir)).map(attemptName));
  const settled = engine.settle(deliver);
  // It is awaited in any case, but perhaps late.
  settled.catch(() => undefined);
  const { refused, barred } = await preflight({ ...options, jobs: await toBegin(jobs, settings) });
  for (const job of jobs) {
    const why = barred.get(attemptName(job));
    if (why !== undefined) await runner.decline(job, runner.stopOf(job) ?? refusal(why));
  }
  const queue = await runQueue({
    jobs: jobs.filter((job) => !barred.has(attemptName(job))),
    priorityOf: (job) => job.priority,
    maxConcurrency: () => limitsAt(settings.gpus, ports.clock.now()).maxConcurrency,
    claim: engine.claim,
    run: async (job, held: Held, free) => ({ job, ...(await runner.run(job, held, free)) }),
    // What was begun has to be found again before it can be stopped, and is brought to its end whatever the hour is.
    isWithdrawn: (job) => !begun.has(attemptName(job)) && runner.stopOf(job) !== null,
    withdraw: async (job) => ({ job, ...(await runner.decline(job, runner.stopOf(job))) }),
    clock: ports.clock,
    pollMs: settings.supervision.pollMs,
    signal,
  }).finally(() => settled);
  return { outcomes, notRun: notTrained(queue, { jobs, barred }), refused };
}

type Deliver = (outcome: Outcome) => Promise<void>;

/** Puts an outcome where it is carried away from, and remembers it. */
function delivery({ settings, hooks }: EngineOptions, outcomes: Outcome[]): Deliver {
  const { stateDir, outcomesDir } = settings;
  return async (outcome) => {
    // It may lie on the same disk.
    if (outcomesDir !== null) await writeInReserve(stateDir, () => writeOutcome(outcomesDir, outcome));
    outcomes.push(outcome);
    hooks.onOutcome?.(outcome);
  };
}

/** Those of attempts that an earlier launch left running, and those that it could not send. */
async function deliverEarlier({ settings, hooks, reaping }: EngineOptions, deliver: Deliver): Promise<void> {
  const { stateDir, outcomesDir } = settings;
  for (const orphan of await reapOrphans(reaping)) await deliver(orphan);
  if (outcomesDir === null) return;
  for (const unsent of await unsentOutcomes(stateDir, hooks.onNote ?? (() => undefined)))
    await writeOutcome(outcomesDir, unsent);
}

function notTrained(
  queue: QueueResult<TrialJob, Ran & { readonly job: TrialJob }>,
  { jobs, barred }: { jobs: readonly TrialJob[]; barred: ReadonlyMap<string, string> },
): LaunchResult["notRun"] {
  return [
    ...queue.results.flatMap(({ job, why }) => (why === null ? [] : [notRun(job, why)])),
    ...queue.broken.map(({ job, error }) => notRun(job, messageOf(error))),
    ...queue.unstarted.map((job) => notRun(job, "the launch was stopped before a device was free")),
    ...jobs.flatMap((job) => {
      const why = barred.get(attemptName(job));
      return why === undefined ? [] : [notRun(job, why)];
    }),
  ];
}

/** Attempts that nobody began yet. The others are followed, ended or reported, whatever the machine is like by now. */
async function toBegin(
  jobs: readonly TrialJob[],
  { stateDir }: LaunchSettings,
): Promise<readonly TrialJob[]> {
  const begun = await Promise.all(
    jobs.map(async (job) => (await hasOutcome(stateDir, job)) || (await readAttempt(stateDir, job)) !== null),
  );
  return jobs.filter((_, index) => !begun[index]);
}

function reapOptions({ settings, ports, hooks }: LaunchOptions): ReapOptions {
  return {
    stateDir: settings.stateDir,
    ladder: settings.supervision.ladders.gentle,
    processes: ports.processes,
    clock: ports.clock,
    clean: secretRemover(ports.environment),
    onNote: hooks?.onNote,
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
  await keepReserve(settings.stateDir);
}

function notRun(job: TrialJob, why: string): LaunchResult["notRun"][number] {
  return { trial: job.trial, attempt: job.attempt, why };
}
