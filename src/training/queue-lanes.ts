/** A lane is a device that works through waiting jobs until there are none. */
import type { HeldDevice } from "./held-device.ts";
import type { QueueJobs } from "./queue-jobs.ts";

export type QueueDevice = Pick<HeldDevice, "settle" | "release">;

export interface QueueLanesOptions<Job, Held extends QueueDevice, Result> {
  /** Jobs at once; may change while it runs. */
  readonly maxConcurrency: () => number;
  /**
   * Called once for each job that gets a device. Has to end soon after the signal. `free`: the device is not needed any more, so the
   * next job may have it while this one is still being written down.
   */
  readonly run: (job: Job, held: Held, free: () => void) => Promise<Result>;
}

export interface QueueLanes<Held> {
  open(held: Held): void;
  count(): number;
  /** Aborts when a lane ends from now on. */
  nextEnd(): AbortSignal;
  /** All lanes and all jobs have ended. Never rejects. */
  end(): Promise<void>;
  /** What `settle` or `release` threw. */
  failures(): readonly unknown[];
}

export function queueLanes<Job, Held extends QueueDevice, Result>(
  jobs: QueueJobs<Job, Result>,
  { run, maxConcurrency }: QueueLanesOptions<Job, Held, Result>,
): QueueLanes<Held> {
  const lanes = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let laneEnded = new AbortController();

  /** Settles when the device is free. */
  const begin = (job: Job, held: Held): Promise<void> =>
    new Promise((free) => {
      void jobs.note(job, run(job, held, free)).finally(free);
    });
  const staysOpen = async (held: Held): Promise<boolean> =>
    jobs.waiting() > 0 && lanes.size <= maxConcurrency() && (await held.settle());
  const work = async (held: Held): Promise<void> => {
    try {
      let job = jobs.next();
      while (job !== undefined) {
        await begin(job, held);
        job = (await staysOpen(held)) ? jobs.next() : undefined;
      }
    } finally {
      await held.release();
    }
  };
  return {
    open: (held) => {
      const lane: Promise<void> = work(held)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          lanes.delete(lane);
          laneEnded.abort();
        });
      lanes.add(lane);
    },
    count: () => lanes.size,
    nextEnd: () => {
      laneEnded = new AbortController();
      return laneEnded.signal;
    },
    end: async () => {
      await Promise.all(lanes);
      await jobs.settled();
    },
    failures: () => failures,
  };
}
