/** Where the queue's attempts are trained: by the supervisor on devices of this machine, or by somebody else's queue. */
import type { Outcome } from "../rounds/outcome.ts";
import { runAttempt } from "./attempt.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { sharedBeat } from "./beat.ts";
import { readConditions } from "./conditions.ts";
import { declineAttempt } from "./decline.ts";
import { type ClaimDevices, devicePool } from "./device-pool.ts";
import { bringEndedHome, concludeIfEnded } from "./executors/ended-job.ts";
import { rememberGit } from "./git-memory.ts";
import { limitsAt } from "./gpu-limits.ts";
import type { HeldDevice } from "./held-device.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "./launch-options.ts";
import { sharedReading } from "./nvidia-smi.ts";
import { type ReapOptions, reapAttempt } from "./orphans.ts";
import { attemptName } from "./outcome-files.ts";
import type { QueueDevice } from "./queue-lanes.ts";
import { refusal } from "./refusal.ts";
import { trainedAnywhere } from "./still-trained.ts";
import type { TrialJob } from "./trial-job.ts";

export interface Ran {
  readonly outcome: Outcome | null;
  /** Why it was not run; null when it was. */
  readonly why: string | null;
}

export interface Engine<Held extends QueueDevice> {
  /** Runs beside the queue: sees to what earlier launches left behind and hands out its outcomes. */
  readonly settle: (deliver: (outcome: Outcome) => Promise<void>) => Promise<void>;
  readonly claim: ClaimDevices<Held>;
  /** To be called with the attempt's lock, like the next one. */
  readonly run: (job: TrialJob, held: Held, told: RunTold) => Promise<Ran>;
  /** An attempt that was begun by an earlier launch and has no outcome. */
  readonly resume: (
    job: TrialJob,
    begun: AttemptRecord,
    held: Held,
    told: Pick<RunTold, "begun">,
  ) => Promise<Ran>;
}

export interface RunTold {
  /** The device may be looked at for the next job. */
  readonly free: () => void;
  /** From here on it holds a device: waiting for one costs nothing. */
  readonly begun: () => void;
}

export interface EngineOptions {
  readonly jobs: readonly TrialJob[];
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
  readonly hooks: LaunchHooks;
  readonly signal: AbortSignal;
  readonly reaping: ReapOptions;
  /** What earlier launches may have left in somebody else's queue, as the ledger claims it. */
  readonly others: readonly TrialJob[];
}

export const BEGUN_BEFORE = "this attempt was begun before and is not run twice";

export function localEngine(options: EngineOptions): Engine<HeldDevice> {
  const { settings, ports, hooks, reaping } = options;
  const { gpus, supervision } = settings;
  // A little less than the time between two looks of one trial, so that its next look is a new reading.
  const maxAgeMs = 0.8 * (supervision.contention?.everyMs ?? 0);
  const look = sharedReading({ ...ports, maxAgeMs });
  const atNextBeat = sharedBeat({ clock: ports.clock, everyMs: supervision.logDelayMs });
  const run = rememberGit({ ...ports, maxAgeMs: 2_000 });
  let settled: Promise<void> = Promise.resolve();
  return {
    settle: (deliver) => {
      const onLeft = (record: AttemptRecord): void =>
        hooks.onNote?.(`${attemptName(record)}: ${elsewhere(record)}`);
      settled = bringEndedHome({ ...options, deliver, onLeft });
      return settled;
    },
    claim: devicePool({
      ...ports,
      rule: supervision.idle,
      cpuSlots: gpus.cpuSlots,
      reserved: gpus.reserved,
      leaveFree: () => limitsAt(gpus, ports.clock.now()).leaveFree,
      leaseFolder: settings.leaseDir,
      settleMs: supervision.settleMs,
      onNote: hooks.onNote ?? (() => undefined),
    }),
    run: async (job, held, { free, begun }) => {
      begun();
      // What goes on with an attempt that Slurm had has to know how that ended.
      await settled;
      const why = await trainedAnywhere({ stateDir: settings.stateDir, job });
      if (why !== null) return { outcome: await declineAttempt(job, refusal(why), options), why };
      const freeAndLook = (): void => {
        free();
        // Only to know it sooner: whoever needs it asks again, and hears what went wrong.
        readConditions({ ...settings.trainer, run, job }).catch(() => undefined);
      };
      const outcome = await runAttempt({
        ...options,
        ports: { ...ports, run },
        job,
        held,
        free: freeAndLook,
        look,
        atNextBeat,
      });
      return { outcome, why: null };
    },
    resume: async (_, begun) => {
      if (!begun.remote) return { outcome: await reapAttempt(begun, reaping), why: BEGUN_BEFORE };
      const outcome = await concludeIfEnded(begun, options);
      return { outcome, why: outcome ? null : elsewhere(begun) };
    },
  };
}

function elsewhere({ remote }: AttemptRecord): string {
  return `it was handed to Slurm (${remote?.job ? `job ${remote.job}` : remote?.name}); set \`executor: slurm\` to follow it`;
}
