/** Others on a GPU that we train on: leases bind only those who ask for them. */
import type { Device } from "./gpus.ts";
import type { GpuReading, GpuTable } from "./nvidia-smi.ts";
import type { Clock } from "./ports.ts";
import type { ProcessTable } from "./process-table.ts";
import type { StopRequest } from "./stop.ts";
import type { Guard } from "./supervisor.ts";

export interface ContentionLimits {
  /** Who came to the GPU this soon after our start and stays makes ours give way. */
  readonly startMs: number;
  /** Readings after that are this far apart. */
  readonly everyMs: number;
  /** MiB. Who came later is only warned about, unless less than this is free twice in a row. */
  readonly leastFree: number;
}

export const CONTENTION: ContentionLimits = { startMs: 20_000, everyMs: 10_000, leastFree: 500 };

/** So many looks in the time after the start: one alone may have met somebody's five-second script. */
const EARLY_LOOKS = 4;
const LONGEST_START = 3;

export interface ContentionOptions {
  readonly device: Device;
  readonly look: () => Promise<GpuTable>;
  readonly processes: Pick<ProcessTable, "isMember">;
  readonly clock: Clock;
  readonly limits: ContentionLimits;
  readonly onNote: (note: string) => void;
}

/**
 * Soon after the start both would be slow or out of memory, and ours gives way: `interrupted`, to be run again. Judged only when our
 * own trainer is visible on the GPU, because in a container the listed pids may be those of another namespace.
 */
export function guardAgainstContention(options: ContentionOptions): Guard {
  const { device, look, processes, clock, limits, onNote } = options;
  return async ({ pid, ended }) => {
    const begun = clock.steady();
    const judge = contentionJudge(limits, onNote);
    let early = true;
    let before: GpuTable | null = null;
    while (device.kind === "gpu" && pid !== null && !ended.aborted) {
      // Where our own trainer never shows, as in a container, the start does not last for ever.
      const often = early && clock.steady() - begun < LONGEST_START * limits.startMs;
      await clock.sleep(often ? limits.startMs / EARLY_LOOKS : limits.everyMs, ended);
      if (ended.aborted) return null;
      const table = await look();
      const gpu = table.kind === "read" ? table.gpus.find(({ uuid }) => uuid === device.id) : undefined;
      // A reading that was shared and not renewed is no second one.
      if (!gpu || table === before) continue;
      before = table;
      const mine = await Promise.all(gpu.pids.map((one) => processes.isMember({ group: pid, pid: one })));
      const foreign = gpu.pids.filter((_, index) => !mine[index]);
      const visible = mine.includes(true);
      const stop = judge({ gpu, foreign, visible, early });
      if (stop) return stop;
      early &&= !visible || clock.steady() - begun < limits.startMs;
    }
    return null;
  };
}

interface Look {
  readonly gpu: GpuReading;
  readonly foreign: readonly number[];
  /** Our own trainer is among its processes. */
  readonly visible: boolean;
  readonly early: boolean;
}

/** One look after the other → a reason to stop. */
function contentionJudge(
  { leastFree }: ContentionLimits,
  onNote: (note: string) => void,
): (look: Look) => StopRequest | null {
  /** When each foreign process was first seen; those that have gone are forgotten. */
  let present = new Map<number, "early" | "late">();
  let short = 0;
  return ({ gpu, foreign, visible, early }) => {
    const known = present;
    present = new Map(foreign.map((pid) => [pid, known.get(pid) ?? (early ? "early" : "late")]));
    if (!visible) return null;
    const stayed = foreign.find((pid) => known.get(pid) === "early");
    if (stayed !== undefined) return contention({ device: gpu.uuid, foreign_pid: stayed });
    for (const [pid, since] of present) {
      if (since === "late" && !known.has(pid))
        onNote(`process ${pid} computes on ${gpu.uuid} too; the trial goes on while memory lasts`);
    }
    const free = freeMemory(gpu);
    short = foreign.length > 0 && free !== null && free < leastFree ? short + 1 : 0;
    if (short < 2 || free === null) return null;
    const [foreign_pid = 0] = foreign;
    return contention({ device: gpu.uuid, foreign_pid, free_mib: free, least_free_mib: leastFree });
  };
}

function freeMemory({ memoryTotal, memoryUsed }: GpuReading): number | null {
  return typeof memoryTotal === "number" && typeof memoryUsed === "number" ? memoryTotal - memoryUsed : null;
}

function contention(evidence: StopRequest["evidence"]): StopRequest {
  return { outcome: "interrupted", reason: "contention", evidence, urgent: false };
}
