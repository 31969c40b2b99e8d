import { type Hours, isWithin } from "../rounds/hours.ts";

export interface GpuLimits {
  /** Trials at once. */
  readonly maxConcurrency: number;
  /** That many idle GPUs stay free for people. */
  readonly leaveFree: number;
}

export interface GpuLimitsByHours extends GpuLimits {
  /** Other limits within these hours. */
  readonly night?: (GpuLimits & { readonly hours: Hours }) | undefined;
}

/** The limits that hold now. */
export function limitsAt({ night, ...day }: GpuLimitsByHours, now: number): GpuLimits {
  return night && isWithin(night.hours, new Date(now)) ? night : day;
}
