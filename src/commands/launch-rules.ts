import type { Rules } from "../rounds/budget.ts";
import { parseHours } from "../rounds/hours.ts";
import type { Settings } from "../settings.ts";
import type { GpuLimitsByHours } from "../training/gpu-limits.ts";

/** Hours and budget as the rounds understand them. */
export function launchRules({ budget, window, timezone }: Settings): Rules {
  return {
    limits: {
      deviceHoursPerNight: budget.gpu_hours_per_night,
      deviceHoursInAll: budget.gpu_hours,
      roundsPerNight: budget.rounds_per_night,
    },
    hours: window.hours === undefined ? null : parseHours(window.hours, timezone),
    hoursApplyTo: window.applies_to,
    atEnd: window.at_end,
    timeZone: timezone,
  };
}

/** The limits of the GPUs at other hours; what is not said there is as by day. */
export function nightOf({ gpus, timezone }: Settings): GpuLimitsByHours["night"] {
  const { night, max_concurrency, leave_free } = gpus;
  const hours = night === undefined ? null : parseHours(night.hours, timezone);
  if (!night || !hours) return undefined;
  return {
    hours,
    maxConcurrency: night.max_concurrency ?? max_concurrency,
    leaveFree: night.leave_free ?? leave_free,
  };
}
