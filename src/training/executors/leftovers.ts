/** Jobs of earlier launches that this launch was not asked for. Their launcher is gone, they are not. */
import { messageOf } from "../../errors.ts";
import type { Outcome } from "../../rounds/outcome.ts";
import { type AttemptRecord, gridOf, openAttempts } from "../attempt-record.ts";
import { underLock } from "../orphans.ts";
import { attemptName } from "../outcome-files.ts";
import type { StopRequest } from "../stop.ts";
import type { TrialJob } from "../trial-job.ts";
import { watchNonFinite } from "../watch.ts";
import { followJob } from "./follow.ts";
import { lookout } from "./lookout.ts";
import { forget, type RemoteOptions, withdrawn } from "./remote-attempt.ts";
import { concludeAttempt } from "./remote-outcome.ts";

export interface LeftoverOptions extends RemoteOptions {
  readonly jobs: readonly TrialJob[];
  /** As the ledger claims them: one of these is looked after like a job of our own. */
  readonly others: readonly TrialJob[];
  readonly deliver: (outcome: Outcome) => Promise<void>;
}

const SUPERSEDED: StopRequest = {
  outcome: "interrupted",
  reason: "launcher-lost",
  evidence: { superseded: true },
  urgent: false,
};

/**
 * Brings home what is over, follows what runs to its end, and ends what a later attempt of the same trial replaces. Cancelling the
 * launch leaves these jobs alone: it is not them that are cancelled.
 */
export async function settleLeftovers(options: LeftoverOptions): Promise<void> {
  const { jobs, settings, hooks, deliver } = options;
  const asked = new Set(jobs.map(attemptName));
  const open = await openAttempts(settings.stateDir);
  const leftovers = open.filter((record) => record.remote && !asked.has(attemptName(record)));
  await Promise.all(
    leftovers.map(async (record) => {
      try {
        const outcome = await settleUnlessFollowed(record, options);
        if (outcome) await deliver(outcome);
      } catch (error) {
        hooks.onNote?.(`${attemptName(record)}: ${messageOf(error)}`);
      }
    }),
  );
}

async function settleUnlessFollowed(
  record: AttemptRecord,
  options: LeftoverOptions,
): Promise<Outcome | null> {
  const { settings, ports, hooks } = options;
  const locking = { ...ports, stateDir: settings.stateDir, onNote: hooks.onNote };
  return underLock(record, locking, () => settle(record, options));
}

async function settle(record: AttemptRecord, options: LeftoverOptions): Promise<Outcome | null> {
  const { executor, timing, settings, ports, hooks, jobs, signal } = options;
  const { remote } = record;
  if (!remote) return null;
  const place = { name: remote.name, folder: remote.folder };
  const ticket = remote.job === null ? await executor.find(place) : { ...place, job: remote.job };
  if (ticket === null) {
    // The launcher died before it handed the task over.
    await forget(settings.stateDir, record, place);
    return null;
  }
  const note = (text: string): void => hooks.onNote?.(`${attemptName(record)}: ${text}`);
  const job = options.others.find((other) => attemptName(other) === attemptName(record)) ?? null;
  const superseded = jobs.some(({ trial, attempt }) => trial === record.trial && attempt > record.attempt);
  note(
    `job ${ticket.job} of Slurm is left from an earlier launch and is ${superseded ? "ended" : "followed"}`,
  );
  const followed = await followJob({
    executor,
    ticket,
    timing,
    log: record.log,
    grid: gridOf(record),
    ...(superseded || !job
      ? { watches: settings.supervision.stopOnNonFinite ? [watchNonFinite] : [], guards: [] }
      : lookout(job, { ...options, gpu: remote.gpu, record })),
    ladders: settings.supervision.ladders,
    clock: ports.clock,
    signal: superseded ? AbortSignal.abort(SUPERSEDED) : new AbortController().signal,
    ...(superseded ? {} : { leave: signal }),
    onEvent: () => undefined,
    onLine: () => undefined,
    onNote: note,
  });
  if (followed.kind === "ended") return concludeAttempt(record, followed, options);
  return followed.kind === "withdrawn" ? withdrawn(followed, { ...options, job, record, place }) : null;
}
