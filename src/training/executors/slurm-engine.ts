import { BEGUN_BEFORE, type Engine, type EngineOptions } from "../engine.ts";
import { reapAttempt } from "../orphans.ts";
import type { QueueDevice } from "../queue.ts";
import { settleLeftovers } from "./leftovers.ts";
import { type RemoteOptions, runRemoteAttempt } from "./remote-attempt.ts";
import { slurmExecutor } from "./slurm.ts";
import { asksForGpu, type SlurmSettings } from "./slurm-settings.ts";

/** A place in Slurm's queue: how many of them are running is Slurm's decision. */
const SLOT: QueueDevice = { settle: async () => true, release: async () => undefined };

/** @throws AutoloopError `training.no-slurm`. */
export async function slurmEngine(
  slurm: SlurmSettings,
  options: EngineOptions,
): Promise<Engine<QueueDevice>> {
  const { jobs, settings, ports, reaping } = options;
  const timing = settings.supervision.remote;
  const executor = slurmExecutor({ ...ports, settings: slurm, pollMs: timing.pollMs });
  await executor.check();
  const remote: RemoteOptions = { ...options, executor, timing, gpu: asksForGpu(slurm) };
  const withdrawn = "the launch was stopped before Slurm began it";
  return {
    settle: () => settleLeftovers(jobs, remote),
    claim: async ({ max }) => Array.from({ length: max }, () => SLOT),
    run: async (job) => {
      const outcome = await runRemoteAttempt(job, null, remote);
      return { outcome, why: outcome ? null : withdrawn };
    },
    resume: async (job, begun) => {
      if (!begun.remote) return { outcome: await reapAttempt(begun, reaping), why: BEGUN_BEFORE };
      const outcome = await runRemoteAttempt(job, begun, remote);
      return { outcome, why: outcome ? null : withdrawn };
    },
  };
}
