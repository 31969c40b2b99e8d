/** Jobs of Slurm that have reported their end, brought home by a launch that has no Slurm: folder and log tell all. */
import { messageOf } from "../../errors.ts";
import type { Outcome } from "../../rounds/outcome.ts";
import { type AttemptRecord, gridOf, openAttempts } from "../attempt-record.ts";
import { underLock } from "../orphans.ts";
import { type AttemptId, attemptName } from "../outcome-files.ts";
import { outputReader } from "../output-reader.ts";
import { readReport } from "./job-folder.ts";
import { followLog } from "./log-follower.ts";
import { type ConcludeOptions, concludeAttempt } from "./remote-outcome.ts";

/** Of every job that an earlier launch handed over and that this one is not asked for. `onLeft` hears of those that have not ended, as far as anybody can tell. */
export async function bringEndedHome(
  options: ConcludeOptions & {
    readonly jobs: readonly AttemptId[];
    readonly deliver: (outcome: Outcome) => Promise<void>;
    readonly onLeft: (record: AttemptRecord) => void;
  },
): Promise<void> {
  const { jobs, settings, hooks, deliver, onLeft } = options;
  const asked = new Set(jobs.map(attemptName));
  for (const record of await openAttempts(settings.stateDir)) {
    if (!record.remote || asked.has(attemptName(record))) continue;
    try {
      const outcome = await concludeUnlessFollowed(record, options);
      if (outcome) await deliver(outcome);
      else onLeft(record);
    } catch (error) {
      hooks.onNote?.(`${attemptName(record)}: ${messageOf(error)}`);
    }
  }
}

async function concludeUnlessFollowed(
  record: AttemptRecord,
  options: ConcludeOptions,
): Promise<Outcome | null> {
  const { settings, ports, hooks } = options;
  const locking = { ...ports, stateDir: settings.stateDir, onNote: hooks.onNote };
  return underLock(record, locking, () => concludeIfEnded(record, options));
}

/** To be called with the attempt's lock. null: its job has not reported its end. */
export async function concludeIfEnded(
  record: AttemptRecord,
  options: ConcludeOptions,
): Promise<Outcome | null> {
  const { remote, log: path } = record;
  const report = remote && (await readReport(remote.folder));
  if (!report?.ended) return null;
  const ignore = (): void => undefined;
  const reader = outputReader({ grid: gridOf(record), watches: [], onEvent: ignore, onLine: ignore });
  const log = followLog({
    path,
    clock: options.ports.clock,
    onLine: (line) => reader.onLine(line, { request: ignore }),
  });
  await log.close();
  const state = { kind: "silent", why: "it was not asked" } as const;
  return concludeAttempt(record, { kind: "ended", report, state, stop: null, ...reader.read() }, options);
}
