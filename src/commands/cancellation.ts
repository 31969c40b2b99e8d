import { attemptName } from "../training/outcome-files.ts";
import { type StopRequest, stopRequestOf } from "../training/stop.ts";
import type { TrialJob } from "../training/trial-job.ts";
import type { LaunchOptions } from "./launch.ts";

/** Of the launch's own jobs: what others left in Slurm is not cancelled with it. */
export function cancellation(
  jobs: readonly TrialJob[],
  { signal, waiting }: Pick<LaunchOptions, "signal" | "waiting">,
): (job: TrialJob) => StopRequest | null {
  const own = new Set(waiting === "declined" ? jobs.map(attemptName) : []);
  return (job) => (signal.aborted && own.has(attemptName(job)) ? stopRequestOf(signal) : null);
}
