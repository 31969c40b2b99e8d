/** Jobs onto devices: the next job starts the moment a device is free. Knows nothing of trials. */
import type { ClaimDevices } from "./device-pool.ts";
import type { HeldDevice } from "./held-device.ts";
import type { Clock } from "./ports.ts";

export type QueueDevice = Pick<HeldDevice, "settle" | "release">;

export interface QueueOptions<Job, Held extends QueueDevice, Result> {
  /** Lower priority starts first; equal ones in the given order. */
  readonly jobs: readonly Job[];
  readonly priorityOf: (job: Job) => number;
  readonly maxConcurrency: number;
  readonly claim: ClaimDevices<Held>;
  /** Asked before each job begins: why it may not any more; null: it may. One that was refused is not asked about again. */
  readonly refusal?: ((job: Job) => string | null) | undefined;
  /** Called once for each job that gets a device. Has to end soon after the signal. */
  readonly run: (job: Job, held: Held) => Promise<Result>;
  readonly clock: Clock;
  /** How often devices are asked for again while jobs wait. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

export interface QueueResult<Job, Result> {
  /** In the order in which they ended. */
  readonly results: readonly Result[];
  /** Jobs whose `run` threw. */
  readonly broken: readonly { readonly job: Job; readonly error: unknown }[];
  /** Jobs that were refused when their turn came. */
  readonly refused: readonly { readonly job: Job; readonly why: string }[];
  /** Jobs that never got a device, because the signal came first. */
  readonly unstarted: readonly Job[];
}

/**
 * A lane is a device that works through waiting jobs until there are none; lanes are opened as long as jobs wait, devices
 * are idle and fewer than `maxConcurrency` are open. Throws what `claim`, `settle` or `release` throw,
 * after the open lanes have ended.
 */
export async function runQueue<Job, Held extends QueueDevice, Result>(
  options: QueueOptions<Job, Held, Result>,
): Promise<QueueResult<Job, Result>> {
  const { maxConcurrency, claim, clock, pollMs, signal, refusal = () => null } = options;
  const waiting = options.jobs.toSorted((a, b) => options.priorityOf(a) - options.priorityOf(b));
  const results: Result[] = [];
  const broken: { job: Job; error: unknown }[] = [];
  const refused: { job: Job; why: string }[] = [];
  const lanes = new Set<Promise<void>>();
  const laneErrors: unknown[] = [];
  let laneEnded = new AbortController();

  const work = async (held: Held): Promise<void> => {
    try {
      for (let job = next(); job !== undefined; job = (await held.settle()) ? next() : undefined) {
        try {
          results.push(await options.run(job, held));
        } catch (error) {
          broken.push({ job, error });
        }
        sift();
        if (waiting.length === 0) return;
      }
    } finally {
      await held.release();
    }
  };
  const sift = (): void => {
    for (const job of [...waiting]) {
      const why = refusal(job);
      if (why === null) continue;
      waiting.splice(waiting.indexOf(job), 1);
      refused.push({ job, why });
    }
  };
  const next = (): Job | undefined => {
    sift();
    return signal.aborted ? undefined : waiting.shift();
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
    for (sift(); waiting.length > 0 && !signal.aborted; sift()) {
      laneEnded = new AbortController();
      const max = Math.min(maxConcurrency - lanes.size, waiting.length);
      for (const held of max > 0 ? await claim({ max, signal }) : []) open(held);
      if (waiting.length > 0) await clock.sleep(pollMs, AbortSignal.any([laneEnded.signal, signal]));
    }
  } finally {
    await Promise.all(lanes);
  }
  if (laneErrors.length > 0) throw laneErrors[0];
  return { results, broken, refused, unstarted: waiting };
}
