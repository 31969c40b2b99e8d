/** Jobs onto devices: the next job starts the moment a device is free. Knows nothing of trials. */
import type { ClaimDevices } from "./device-pool.ts";
import type { Clock } from "./ports.ts";
import { type QueueJobsOptions, type QueueResult, queueJobs } from "./queue-jobs.ts";
import { type QueueDevice, type QueueLanesOptions, queueLanes } from "./queue-lanes.ts";

export interface QueueOptions<Job, Held extends QueueDevice, Result>
  extends QueueJobsOptions<Job, Result>,
    QueueLanesOptions<Job, Held, Result> {
  readonly claim: ClaimDevices<Held>;
  readonly clock: Clock;
  /** How often devices are asked for again while jobs wait. */
  readonly pollMs: number;
}

/**
 * Lanes are opened as long as jobs wait, devices are idle and fewer than `maxConcurrency` are open, and one ends with its job where
 * that has sunk below. Throws what `claim`, `settle` or `release` throw, after the open lanes have ended.
 */
export async function runQueue<Job, Held extends QueueDevice, Result>(
  options: QueueOptions<Job, Held, Result>,
): Promise<QueueResult<Job, Result>> {
  const { maxConcurrency, claim, clock, pollMs, signal } = options;
  const jobs = queueJobs(options);
  const lanes = queueLanes(jobs, options);
  try {
    while (jobs.waiting() > 0 && !signal.aborted) {
      const laneEnded = lanes.nextEnd();
      await jobs.withdraw();
      const max = Math.min(maxConcurrency() - lanes.count(), jobs.waiting());
      for (const held of max > 0 ? await claim({ max, signal }) : []) lanes.open(held);
      if (jobs.waiting() > 0) await clock.sleep(pollMs, AbortSignal.any([laneEnded, signal]));
    }
  } finally {
    // What waits is told at once: who cancels a launch may not wait for the trainers to end.
    await Promise.all([signal.aborted ? jobs.withdraw() : null, lanes.end()]);
  }
  const [failure] = lanes.failures();
  if (lanes.failures().length > 0) throw failure;
  return jobs.result();
}
