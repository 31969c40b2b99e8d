/** The jobs of a queue: who waits, and what became of the others. */

export interface QueueJobsOptions<Job, Result> {
  readonly jobs: readonly Job[];
  /** Lower priority starts first; equal ones in the given order. */
  readonly priorityOf: (job: Job) => number;
  /** Jobs that are not to wait any longer; asked whenever devices are asked for. */
  readonly isWithdrawn?: (job: Job) => boolean;
  /** Called instead of running it, without a device. */
  readonly withdraw?: (job: Job) => Promise<Result>;
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

export interface QueueJobs<Job, Result> {
  waiting(): number;
  /** Takes the next one off; none after the signal. */
  next(): Job | undefined;
  /** Notes what comes of one. Never rejects. */
  note(job: Job, result: Promise<Result>): Promise<void>;
  /** Whatever was noted has ended. */
  settled(): Promise<unknown>;
  /** Sees to those that are not to wait any longer, also after the signal. */
  withdraw(): Promise<void>;
  result(): QueueResult<Job, Result>;
}

export function queueJobs<Job, Result>(options: QueueJobsOptions<Job, Result>): QueueJobs<Job, Result> {
  const { isWithdrawn, withdraw, signal } = options;
  const waiting = options.jobs.toSorted((a, b) => options.priorityOf(a) - options.priorityOf(b));
  const results: Result[] = [];
  const broken: { job: Job; error: unknown }[] = [];
  const pending = new Set<Promise<void>>();
  const note = (job: Job, result: Promise<Result>): Promise<void> => {
    const ending = result
      .then(
        (each) => void results.push(each),
        (error: unknown) => void broken.push({ job, error }),
      )
      .finally(() => pending.delete(ending));
    pending.add(ending);
    return ending;
  };
  return {
    waiting: () => waiting.length,
    next: () => (signal.aborted ? undefined : waiting.shift()),
    note,
    settled: () => Promise.all(pending),
    withdraw: async () => {
      if (!isWithdrawn || !withdraw) return;
      for (const job of waiting.filter(isWithdrawn)) {
        // A lane may have taken it while the one before was seen to.
        const at = waiting.indexOf(job);
        if (at === -1) continue;
        waiting.splice(at, 1);
        await note(job, withdraw(job));
      }
    },
    result: () => ({ results, broken, unstarted: waiting }),
  };
}
