/** Guards of a running trainer that need a clock or a look at the machine. */
import type { Device } from "./gpus.ts";
import { readGpus } from "./nvidia-smi.ts";
import type { Clock, RunCommand } from "./ports.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Guard } from "./supervisor.ts";

/** Stops a trainer that has not written anything for `silenceMs`: `failed`, reason `stalled`. */
export function guardAgainstStall({ clock, silenceMs }: { clock: Clock; silenceMs: number }): Guard {
  return async ({ ended, lastOutput }) => {
    while (!ended.aborted) {
      const left = lastOutput() + silenceMs - clock.now();
      if (left <= 0) {
        return {
          outcome: "failed",
          reason: "stalled",
          evidence: { silent_seconds: silenceMs / 1000 },
          urgent: false,
        };
      }
      await clock.sleep(left, ended);
    }
    return null;
  };
}

export interface ContentionOptions {
  readonly device: Device;
  readonly run: RunCommand;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  /** Readings are this far apart; it ends with the first one that shows our trainer. */
  readonly everyMs: number;
}

/**
 * Leases bind only those who ask for them. When a foreign process computes on our GPU soon after the start, both would be
 * slow or out of memory, and ours gives way: `interrupted`, to be run again. Judged only once our own trainer is visible
 * on the GPU, because in a container the listed pids may be those of another namespace.
 */
export function guardAgainstContention(options: ContentionOptions): Guard {
  const { device, run, processes, clock, everyMs } = options;
  return async ({ pid, ended }) => {
    while (device.kind === "gpu" && pid !== null && !ended.aborted) {
      await clock.sleep(everyMs, ended);
      if (ended.aborted) return null;
      const table = await readGpus(run);
      const seen =
        table.kind === "read" ? (table.gpus.find((gpu) => gpu.uuid === device.id)?.pids ?? []) : [];
      const ours = new Set(await processes.membersOf(pid));
      if (!seen.some((one) => ours.has(one))) continue;
      const foreign = seen.find((one) => !ours.has(one));
      if (foreign === undefined) return null;
      return {
        outcome: "interrupted",
        reason: "contention",
        evidence: { device: device.id, foreign_pid: foreign },
        urgent: false,
      };
    }
    return null;
  };
}

export interface EndOptions {
  readonly clock: Clock;
  /** Milliseconds until the trainer has to end; null: nothing ends it. Asked again and again: clocks and summer time may jump. */
  readonly msLeft: () => number | null;
  /** Slug of the outcome. */
  readonly reason: string;
}

const LONGEST_NAP_MS = 60_000;

/** Stops a trainer when its time is up: `interrupted`, to go on from its last checkpoint another time. */
export function guardAgainstEnd({ clock, msLeft, reason }: EndOptions): Guard {
  return async ({ ended }) => {
    while (!ended.aborted) {
      const left = msLeft();
      if (left === null) return null;
      if (left <= 0) return { outcome: "interrupted", reason, evidence: {}, urgent: false };
      await clock.sleep(Math.min(left, LONGEST_NAP_MS), ended);
    }
    return null;
  };
}
