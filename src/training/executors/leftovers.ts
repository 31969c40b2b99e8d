/** Jobs of earlier launches that this launch was not asked for. They need no launcher to go on, so most are left alone. */
import { messageOf } from "../../errors.ts";
import type { Outcome } from "../../rounds/outcome.ts";
import { type AttemptRecord, openAttempts } from "../attempt-record.ts";
import { lockAttempt } from "../orphans.ts";
import { attemptName } from "../outcome-files.ts";
import type { StopRequest } from "../stop.ts";
import type { TrialJob } from "../trial-job.ts";
import type { Ticket } from "./executor.ts";
import { followJob } from "./follow.ts";
import { forget, type RemoteOptions } from "./remote-attempt.ts";
import { concludeAttempt } from "./remote-outcome.ts";
import { isOver } from "./state-watch.ts";

const SUPERSEDED: StopRequest = {
  outcome: "interrupted",
  reason: "launcher-lost",
  evidence: { superseded: true },
  urgent: false,
};

/** Brings home what is over, and ends what a later attempt of the same trial replaces. */
export async function settleLeftovers(
  jobs: readonly TrialJob[],
  options: RemoteOptions,
): Promise<readonly Outcome[]> {
  const { settings, ports, hooks } = options;
  const asked = new Set(jobs.map(attemptName));
  const outcomes: Outcome[] = [];
  for (const record of await openAttempts(settings.stateDir)) {
    if (!record.remote || asked.has(attemptName(record))) continue;
    const lock = await lockAttempt(record, { ...ports, stateDir: settings.stateDir });
    if (lock === null) continue;
    try {
      const outcome = await settle(record, { ...options, jobs });
      if (outcome) outcomes.push(outcome);
    } catch (error) {
      hooks.onNote?.(`${attemptName(record)}: ${messageOf(error)}`);
    } finally {
      await lock.release();
    }
  }
  return outcomes;
}

async function settle(
  record: AttemptRecord,
  options: RemoteOptions & { readonly jobs: readonly TrialJob[] },
): Promise<Outcome | null> {
  const { executor, timing, settings, ports, hooks, jobs } = options;
  const { remote } = record;
  if (!remote) return null;
  const place = { name: remote.name, folder: remote.folder };
  const ticket = remote.job === null ? await executor.find(place) : { ...place, job: remote.job };
  if (ticket === null) {
    // The launcher died before it handed the task over.
    await forget(settings.stateDir, record, place);
    return null;
  }
  const superseded = jobs.some(({ trial, attempt }) => trial === record.trial && attempt > record.attempt);
  if (!superseded && !(await mayBeOver(ticket, options))) {
    hooks.onNote?.(
      `${attemptName(record)}: job ${ticket.job} of Slurm is not over. Launch dispatch ${record.dispatch} to follow it, or end it with scancel.`,
    );
    return null;
  }
  const followed = await followJob({
    executor,
    ticket,
    timing,
    log: record.log,
    grid: { logFreq: record.log_freq },
    watches: [],
    guards: [],
    ladders: settings.supervision.ladders,
    clock: ports.clock,
    signal: superseded ? AbortSignal.abort(SUPERSEDED) : options.signal,
    onEvent: () => undefined,
    onLine: () => undefined,
    onNote: (note) => hooks.onNote?.(`${attemptName(record)}: ${note}`),
  });
  if (followed.kind === "ended") return concludeAttempt(record, followed, options);
  await forget(settings.stateDir, record, place);
  return null;
}

async function mayBeOver(ticket: Ticket, { executor }: RemoteOptions): Promise<boolean> {
  if ((await executor.collect(ticket)).ended) return true;
  const { state } = await executor.poll(ticket, { hurry: true });
  return isOver(state) || state.kind === "absent";
}
