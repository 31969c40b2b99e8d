import type { Amount, GpuReading } from "./nvidia-smi.ts";

/** When a GPU counts as idle: in every one of `samples` readings. Defaults: search facts 11. */
export interface IdleRule {
  readonly samples: number;
  readonly intervalMs: number;
  /** MiB; a display server alone holds up to 200. */
  readonly memoryFloor: number;
  /** Share of the total; the larger of both limits holds. */
  readonly memoryShare: number;
  /** Percent. */
  readonly utilization: number;
}

export const IDLE_RULE: IdleRule = {
  samples: 3,
  intervalMs: 5_000,
  memoryFloor: 500,
  memoryShare: 0.03,
  utilization: 5,
};

export type GpuVerdict =
  | { readonly state: "idle" }
  /** Not now. */
  | { readonly state: "busy"; readonly why: string }
  /** Not with this device, until a person changed something. */
  | { readonly state: "skipped"; readonly why: string };

/**
 * What one reading says. Memory decides, because processes of other containers are invisible; what cannot be read counts
 * as in use. A load that the device does not report (`absent`) is left out of the judgement.
 */
export function judgeGpu(gpu: GpuReading, rule: IdleRule): GpuVerdict {
  const unfit = whyUnfit(gpu);
  if (unfit !== null) return { state: "skipped", why: unfit };
  const busy = whyBusy(gpu, rule);
  return busy === null ? { state: "idle" } : { state: "busy", why: busy };
}

function whyUnfit(gpu: GpuReading): string | null {
  if (gpu.mig) return "it is split into MIG instances, whose load cannot be read";
  if (gpu.computeMode === "Prohibited") return "its compute mode is Prohibited";
  if (typeof gpu.eccErrors === "number" && gpu.eccErrors > 0) {
    return `it counts ${gpu.eccErrors} uncorrected memory errors; reset or replace it`;
  }
  return null;
}

function whyBusy(gpu: GpuReading, rule: IdleRule): string | null {
  if (gpu.pids.length > 0) return `process ${gpu.pids.join(", ")} computes on it`;
  if (typeof gpu.memoryUsed !== "number") return "its used memory cannot be read";
  const limit = memoryLimit(gpu.memoryTotal, rule);
  if (gpu.memoryUsed >= limit)
    return `${gpu.memoryUsed} MiB of its memory are in use, idle is below ${limit}`;
  if (gpu.utilization === "unreadable") return "its load cannot be read";
  if (typeof gpu.utilization === "number" && gpu.utilization >= rule.utilization) {
    return `its load is ${gpu.utilization} %, idle is below ${rule.utilization} %`;
  }
  return null;
}

function memoryLimit(total: Amount, rule: IdleRule): number {
  return Math.max(rule.memoryFloor, typeof total === "number" ? Math.round(total * rule.memoryShare) : 0);
}
