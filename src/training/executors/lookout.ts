import { type AttemptRecord, runPlaceOf } from "../attempt-record.ts";
import { guardAgainstStall } from "../guards.ts";
import type { TrialJob } from "../trial-job.ts";
import { watchDeviceFallback, watchNonFinite } from "../watch.ts";
import type { FollowJobOptions } from "./follow.ts";
import type { RemoteOptions } from "./remote-attempt.ts";

/** What looks after a job: its own launch and a later one that finds it again look alike. */
export function lookout(
  job: TrialJob,
  given: Pick<RemoteOptions, "gpu" | "settings" | "ports" | "hooks"> & {
    readonly record: AttemptRecord;
  },
): Pick<FollowJobOptions, "watches" | "guards" | "stopWaiting"> {
  const { gpu, settings, ports, hooks, record } = given;
  const { stallMs, stopOnNonFinite } = settings.supervision;
  return {
    watches: [
      ...(stopOnNonFinite ? [watchNonFinite] : []),
      ...(gpu ? [watchDeviceFallback] : []),
      ...(hooks.watchesOf?.(job, record) ?? []),
    ],
    guards: [
      ...(stallMs === null ? [] : [guardAgainstStall({ clock: ports.clock, silenceMs: stallMs })]),
      ...(hooks.guardsOf?.(job, runPlaceOf(record)) ?? []),
    ],
    // How long it has been waiting in the queue is no use of a device.
    stopWaiting: () => hooks.stopOf?.(job, { used: 0 }) ?? null,
  };
}
