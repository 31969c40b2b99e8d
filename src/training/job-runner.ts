/** From one job of a launch to its outcome, which is handed out. */
import type { Outcome } from "../rounds/outcome.ts";
import { type AttemptRecord, readAttempt } from "./attempt-record.ts";
import { declineAttempt } from "./decline.ts";
import { deviceMeter } from "./device-meter.ts";
import { BEGUN_BEFORE, type Engine, type EngineOptions, type Ran } from "./engine.ts";
import { lackOfSpace } from "./free-space.ts";
import { lockAttempt } from "./orphans.ts";
import { hasOutcome } from "./outcome-files.ts";
import type { QueueDevice } from "./queue-lanes.ts";
import type { StopRequest } from "./stop.ts";
import type { TrialJob } from "./trial-job.ts";

export interface JobRunner<Held> {
  /** Why it may not begin any more; null: it may. */
  readonly stopOf: (job: TrialJob) => StopRequest | null;
  readonly run: (job: TrialJob, held: Held, free: () => void) => Promise<Ran>;
  /** Without a device: it does not begin. */
  readonly decline: (job: TrialJob, stop: StopRequest | null) => Promise<Ran>;
}

export interface JobRunnerOptions<Held extends QueueDevice>
  extends Pick<EngineOptions, "settings" | "ports" | "reaping" | "hooks"> {
  readonly engine: Engine<Held>;
  readonly deliver: (outcome: Outcome) => Promise<void>;
}

export function jobRunner<Held extends QueueDevice>(options: JobRunnerOptions<Held>): JobRunner<Held> {
  const { engine, deliver, ports, hooks } = options;
  const meter = deviceMeter(ports.clock);
  const stopOf = (job: TrialJob) => hooks.stopOf?.(job, { used: meter.hours() }) ?? null;
  const told = async (ran: Ran): Promise<Ran> => {
    if (ran.outcome) await deliver(ran.outcome);
    return ran;
  };
  return {
    stopOf,
    run: async (job, held, free) => {
      const stop = stopOf(job);
      let stopMeter = (): void => undefined;
      const begun = (): void => {
        stopMeter = meter.start();
      };
      const ran = await runOnce(job, {
        ...options,
        stop,
        begin: () => engine.run(job, held, { free, begun }),
        resume: (record) => engine.resume(job, record, held, { begun }),
      }).finally(() => stopMeter());
      return told(ran);
    },
    decline: async (job, stop) =>
      told(await runOnce(job, { ...options, stop, begin: nothing, resume: nothing })),
  };
}

/** Under the attempt's lock, and anew only if nobody ever began this attempt and nobody stopped it. */
async function runOnce(
  job: TrialJob,
  options: Pick<EngineOptions, "settings" | "ports" | "reaping"> & {
    /** Why it may not begin. */
    stop: StopRequest | null;
    begin: () => Promise<Ran>;
    resume: (begun: AttemptRecord) => Promise<Ran>;
  },
): Promise<Ran> {
  const { settings, reaping, stop } = options;
  const lock = await lockAttempt(job, reaping);
  if (lock === null) return { outcome: null, why: "another process runs this attempt" };
  try {
    if (await hasOutcome(settings.stateDir, job)) {
      return { outcome: null, why: "this attempt has an outcome already" };
    }
    const begun = await readAttempt(settings.stateDir, job);
    if (begun?.state === "ended") return { outcome: null, why: BEGUN_BEFORE };
    if (begun) return await options.resume(begun);
    if (stop) return { outcome: await declineAttempt(job, stop, options), why: null };
    // Another trial may have filled the disk since. This one is not begun, so it has not failed.
    const space = await lackOfSpace(settings.stateDir, settings.minFreeBytes);
    return space === null ? await options.begin() : { outcome: null, why: space };
  } finally {
    await lock.release();
  }
}

async function nothing(): Promise<Ran> {
  return { outcome: null, why: BEGUN_BEFORE };
}
