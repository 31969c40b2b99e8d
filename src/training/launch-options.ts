import type { Outcome } from "../rounds/outcome.ts";
import type { LoggedCurve } from "../wire/trainer-curves.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { CONTENTION, type ContentionLimits } from "./contention.ts";
import type { SlurmSettings } from "./executors/slurm-settings.ts";
import { REMOTE_TIMING, type RemoteTiming } from "./executors/timing.ts";
import type { GpuLimitsByHours } from "./gpu-limits.ts";
import { IDLE_RULE, type IdleRule } from "./idle.ts";
import type { Clock, Environment, RunCommand, Spawn } from "./ports.ts";
import type { ProcessTable } from "./process-table.ts";
import { STOP_LADDERS, type StopLadders, type StopRequest } from "./stop.ts";
import type { Guard } from "./supervisor.ts";
import type { TrainerTap } from "./tap/trainer-tap.ts";
import type { WandbSettings } from "./trainer-command.ts";
import type { TrialJob } from "./trial-job.ts";
import type { Watch } from "./watch.ts";

/** Paths are absolute. */
export interface LaunchSettings {
  /** Of this repository on this machine: configurations, logs, outputs, outcomes. Outside every checkout. */
  readonly stateDir: string;
  /** Of the whole machine: shared by all users and repositories. */
  readonly leaseDir: string;
  /** Where outcomes are put to be carried away; null: they only stay in the state folder. */
  readonly outcomesDir: string | null;
  readonly trainer: {
    readonly command: readonly string[];
    readonly cwd: string;
    /** What the loop itself writes into repositories, as globs from their root; the trainer is the same whatever it is. */
    readonly ownPaths: readonly string[];
    /** Names of further variables that the trainer may see. */
    readonly env: readonly string[];
    /** Look at the trainer's environment and data before anything is taken. */
    readonly preflight: boolean;
  };
  /** With less free where `stateDir` lies no trial begins. */
  readonly minFreeBytes: number;
  readonly wandb: WandbSettings;
  readonly gpus: GpuLimitsByHours & {
    readonly reserved: readonly string[];
    readonly cpuSlots: number;
  };
  /**
   * Given: trials are handed to Slurm instead of devices of this machine, at most `gpus.maxConcurrency` at once. Its nodes have to
   * see `stateDir` and `trainer.cwd` under the same paths.
   */
  readonly slurm?: SlurmSettings | undefined;
  readonly supervision: SupervisionSettings;
}

export interface SupervisionSettings {
  readonly idle: IdleRule;
  readonly ladders: StopLadders;
  /** Stop as soon as a value is not finite. Without it the attempt runs on and is `invalid` at its end. */
  readonly stopOnNonFinite: boolean;
  /** Stop when our own log finds the disk full: the trainer's checkpoints lie on the same one. Without it only the log ends. */
  readonly stopOnFullDisk: boolean;
  /** A trainer that is silent for so long is stopped as `stalled`; null = never. */
  readonly stallMs: number | null;
  /** Looks for foreign processes on the GPU; null: never. */
  readonly contention: ContentionLimits | null;
  /** How often a machine without idle devices is looked at again. */
  readonly pollMs: number;
  /** How long the memory of a trial that ended may stay in use before its GPU is given up. */
  readonly settleMs: number;
  /** Size at which a log is rotated, in bytes. */
  readonly logCapBytes: number;
  /** How long a log may lag behind its trainer: what came meanwhile is written together. */
  readonly logDelayMs: number;
  /** Of trials that somebody else's queue trains. */
  readonly remote: RemoteTiming;
}

export const SUPERVISION: SupervisionSettings = {
  idle: IDLE_RULE,
  ladders: STOP_LADDERS,
  stopOnNonFinite: true,
  stopOnFullDisk: true,
  stallMs: 30 * 60_000,
  contention: CONTENTION,
  pollMs: 5_000,
  settleMs: 30_000,
  logCapBytes: 20_000_000,
  logDelayMs: 1_000,
  remote: REMOTE_TIMING,
};

export interface LaunchPorts {
  readonly clock: Clock;
  readonly run: RunCommand;
  readonly spawn: Spawn;
  readonly processes: ProcessTable;
  /** The environment of this process; the trainer sees an allow-list of it. */
  readonly environment: Environment;
  /** Trainers log through it instead of directly, also with `wandb.mode` offline: the tap then keeps what it hears. */
  readonly tap?: TrainerTap | undefined;
}

export interface TrialProgress {
  readonly trial: string;
  readonly attempt: number;
  readonly step: number;
  readonly steps: number;
  /** Mean since the last report of the trainer; may be NaN. */
  readonly loss: number | null;
  /** Last eval L1, null before the first eval; may be NaN. */
  readonly evalL1: number | null;
}

/** Where an attempt's history is found: of one that goes on, the run and the folder of the attempt before. */
export interface RunPlace {
  readonly runId: string;
  readonly outputDir: string;
}

/** What an attempt found when it began: what it may be compared by, and whether it goes on with an earlier one. */
export type BegunWith = Pick<AttemptRecord, "conditions" | "resumed">;

/** What the caller hears while it runs, and what else may look after a trial. */
export interface LaunchHooks {
  readonly onProgress?: (progress: TrialProgress) => void;
  /** A line of a trainer's output, led by its trial and safe to print in a workflow log. */
  readonly onLine?: (line: string) => void;
  /** Why something is not done or not as usual. */
  readonly onNote?: (note: string) => void;
  /** As each attempt ends; the outcome is on disk by then. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Further watches and guards of one attempt. */
  readonly watchesOf?: (job: TrialJob, begun: BegunWith) => readonly Watch[];
  readonly guardsOf?: (job: TrialJob, run: RunPlace) => readonly Guard[];
  /** A request that ends a job before it begins; asked again and again while it waits, and when the signal comes. `used`: device-hours of this launch. */
  readonly stopOf?: (job: TrialJob, launch: { readonly used: number }) => StopRequest | null;
  /** Curves that the trainer left in its output folder, by canonical key; they complete those of the log. */
  readonly curvesIn?: (outputDir: string) => Promise<Readonly<Record<string, LoggedCurve>>>;
}
