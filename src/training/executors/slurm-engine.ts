import { declineAttempt } from "../decline.ts";
import { BEGUN_BEFORE, type Engine, type EngineOptions, type Ran } from "../engine.ts";
import { reapAttempt } from "../orphans.ts";
import type { QueueDevice } from "../queue-lanes.ts";
import { refusal, refusalIn } from "../refusal.ts";
import { trainedHere } from "../still-trained.ts";
import type { TrialJob } from "../trial-job.ts";
import { settleLeftovers } from "./leftovers.ts";
import { type HandOverOptions, type RemoteOptions, runRemoteAttempt, type Turn } from "./remote-attempt.ts";
import { slurmExecutor } from "./slurm.ts";
import { asksForGpu, type SlurmSettings } from "./slurm-settings.ts";

/** A place among the jobs that we may have in Slurm's queue; how many of them run is Slurm's decision. */
interface Slot extends QueueDevice {
  readonly turn: Turn;
}

/** @throws AutoloopError `training.no-slurm`. */
export async function slurmEngine(slurm: SlurmSettings, options: EngineOptions): Promise<Engine<Slot>> {
  const { jobs, others, settings, ports, hooks, reaping } = options;
  const timing = settings.supervision.remote;
  const executor = slurmExecutor({ ...ports, settings: slurm, pollMs: timing.pollMs });
  await executor.check();
  if (ports.tap) hooks.onNote?.("Trials in Slurm log directly: the live tap can only be reached from here.");
  const remote: RemoteOptions = { ...options, executor, timing, gpu: asksForGpu(slurm) };
  const train = async (
    job: TrialJob,
    { begun, turn, onBegun }: Pick<HandOverOptions, "begun" | "turn" | "onBegun">,
  ): Promise<Ran> => {
    try {
      const outcome = await runRemoteAttempt(job, { ...remote, begun, turn, onBegun });
      if (outcome) return { outcome, why: null };
      const stop = hooks.stopOf?.(job, { used: 0 });
      if (stop) return { outcome: await declineAttempt(job, stop, remote), why: null };
      return { outcome, why: "the launch was stopped before Slurm began it" };
    } catch (error) {
      const why = refusalIn(error);
      if (why === null) throw error;
      return { outcome: await declineAttempt(job, refusal(why), remote), why };
    }
  };
  const slot = slots();
  return {
    settle: (deliver) => settleLeftovers({ ...remote, jobs, others, deliver }),
    claim: async ({ max }) => Array.from({ length: max }, slot),
    run: async (job, held, told) => {
      const why = await trainedHere({ stateDir: settings.stateDir, job });
      if (why === null) return train(job, { ...held, begun: null, onBegun: told.begun });
      held.turn.pass();
      return { outcome: await declineAttempt(job, refusal(why), remote), why };
    },
    resume: async (job, begun, held, told) =>
      begun.remote
        ? train(job, { ...held, begun, onBegun: told.begun })
        : { outcome: await reapAttempt(begun, reaping), why: BEGUN_BEFORE },
  };
}

/** Each slot's turn comes when the one before has submitted its first job, or had none to submit. */
function slots(): () => Slot {
  let mine = Promise.resolve();
  return () => {
    let pass: () => void = () => undefined;
    const turn: Turn = { mine, pass: () => pass() };
    mine = new Promise((resolve) => {
      pass = resolve;
    });
    return {
      turn,
      settle: async () => {
        turn.pass();
        return true;
      },
      release: async () => turn.pass(),
    };
  };
}
