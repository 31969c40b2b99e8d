/** Jobs onto devices: the next job starts the moment a device is free. Knows nothing of trials. */
import type { ClaimDevices } from "./device-pool.ts";
import type { HeldDevice } from "./held-device.ts";
import type { Clock } from "./ports.ts";

export type QueueDevice = Pick<HeldDevice, "settle" | "release">;

export interface QueueOptions<Job, Held extends QueueDevice, Result> {
  /** Lower priority starts first; equal ones in the given order. */
  readonly jobs: readonly Job[];
  readonly priorityOf: (job: Job) => number;
  /** Jobs at once; may change while it runs. */
  readonly maxConcurrency: () => number;
  readonly claim: ClaimDevices<Held>;
  /**
   * Called once for each job that gets a device. Has to end soon after the signal. `free`: the device is not needed any more, so the
   * next job may have it while this one is still being written down.
   */
  readonly run: (job: Job, held: Held, free: () => void) => Promise<Result>;
  /** Jobs that are not to wait any longer; asked whenever devices are asked for. */
  readonly isWithdrawn?: (job: Job) => boolean;
  /** Called instead of `run`, without a device. */
  readonly withdraw?: (job: Job) => Promise<Result>;
  readonly clock: Clock;
  /** How often devices are asked for again while jobs wait. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

export interface QueueResult<Job, Result> {
  /** In the order in which they ended. */
  readonly results: readonly Result[];
  /** Jobs whose `run` or `withdraw` threw. */
  readonly broken: readonly { readonly job: Job; readonly error: unknown }[];
  /** Jobs that never got a device, because the signal came first. */
  readonly unstarted: readonly Job[];
}

/**
 * A lane is a device that works through waiting jobs until there are none; lanes are opened as long as jobs wait, devices
 * are idle and fewer than `maxConcurrency` are open, and one ends with its job where that has sunk below. Throws what `claim`, `settle` or `release` throw, after the open lanes have ended.
 */
export async function runQueue<Job, Held extends QueueDevice, Result>(
  options: QueueOptions<Job, Held, Result>,
): Promise<QueueResult<Job, Result>> {
  const { maxConcurrency, claim, clock, pollMs, signal } = options;
  const waiting = options.jobs.toSorted((a, b) => options.priorityOf(a) - options.priorityOf(b));
  const results: Result[] = [];
  const broken: { job: Job; error: unknown }[] = [];
  const lanes = new Set<Promise<void>>();
  const endings = new Set<Promise<unknown>>();
  const laneErrors: unknown[] = [];
  let laneEnded = new AbortController();

  const work = async (held: Held): Promise<void> => {
    try {
      for (let job = next(); job !== undefined; job = (await staysOpen(held)) ? next() : undefined) {
        await begin(job, held);
        if (waiting.length === 0) return;
      }
    } finally {
      await held.release();
    }
  };
  /** Settles when the device is free. */
  const begin = (job: Job, held: Held): Promise<void> =>
    new Promise((free) => {
      const ending = options
        .run(job, held, free)
        .then(
          (result) => void results.push(result),
          (error: unknown) => void broken.push({ job, error }),
        )
        .finally(() => {
          endings.delete(ending);
          free();
        });
      endings.add(ending);
    });
  const staysOpen = async (held: Held): Promise<boolean> =>
    lanes.size <= maxConcurrency() && (await held.settle());
  const next = (): Job | undefined => (signal.aborted ? undefined : waiting.shift());

  const withdraw = async (): Promise<void> => {
    const { isWithdrawn, withdraw: instead } = options;
    if (!isWithdrawn || !instead) return;
    for (const job of waiting.filter(isWithdrawn)) {
      // A lane may have taken it while the one before was seen to.
      const at = waiting.indexOf(job);
      if (at === -1) continue;
      waiting.splice(at, 1);
      await instead(job).then(
        (result) => void results.push(result),
        (error: unknown) => void broken.push({ job, error }),
      );
    }
  };

  const open = (held: Held): void => {
    const lane: Promise<void> = work(held)
      .catch((error: unknown) => void laneErrors.push(error))
      .finally(() => {
        lanes.delete(lane);
        laneEnded.abort();
      });
    lanes.add(lane);
  };

  try {
    while (waiting.length > 0 && !signal.aborted) {
      laneEnded = new AbortController();
      await withdraw();
      const max = Math.min(maxConcurrency() - lanes.size, waiting.length);
      for (const held of max > 0 ? await claim({ max, signal }) : []) open(held);
      if (waiting.length > 0) await clock.sleep(pollMs, AbortSignal.any([laneEnded.signal, signal]));
    }
  } finally {
    await Promise.all(lanes);
    await Promise.all(endings);
  }
  if (laneErrors.length > 0) throw laneErrors[0];
  return { results, broken, unstarted: waiting };
}
