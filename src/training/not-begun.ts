/** Attempts that were claimed for this launch and may not begin any more. */
import { type Outcome, UNKNOWN_CONDITIONS } from "../rounds/outcome.ts";
import { NOT_BEGUN } from "../rounds/trials.ts";
import { readAttempt } from "./attempt-record.ts";
import { lockAttempt, type ReapOptions } from "./orphans.ts";
import { hasOutcome, outcomesOf, writeOutcome } from "./outcome-files.ts";
import type { TrialJob } from "./trial-job.ts";

/**
 * Says of an attempt that it never was, for good: whoever finds its claim afterwards does not begin it. Null: another process
 * has it, or had it before.
 */
export async function leaveUnbegun(
  job: TrialJob,
  { why, reaping }: { why: string; reaping: ReapOptions },
): Promise<Outcome | null> {
  const { stateDir, clock } = reaping;
  const lock = await lockAttempt(job, reaping);
  if (lock === null) return null;
  try {
    if ((await hasOutcome(stateDir, job)) || (await readAttempt(stateDir, job))) return null;
    const outcome = unbegun(job, { why, at: new Date(clock.now()).toISOString() });
    await writeOutcome(outcomesOf(stateDir), outcome);
    return outcome;
  } finally {
    await lock.release();
  }
}

function unbegun(job: TrialJob, { why, at }: { why: string; at: string }): Outcome {
  const { round, dispatch, trial, attempt, runId } = job;
  return {
    schema: "autoloop/outcome@1",
    resumed_from: null,
    ...{ round, dispatch, trial, attempt, run_id: runId, run_url: null },
    outcome: "interrupted",
    reason: NOT_BEGUN,
    evidence: { held_up_by: why },
    ...{ exit: null, signal: null, started: at, ended: at, device: "none", device_seconds: 0, steps: null },
    ...{ log_tail: [], curves: {}, conditions: UNKNOWN_CONDITIONS },
  };
}

/** Device-hours of a launch: of what ended and of what runs. */
export interface DeviceMeter {
  /** Returns what is to be called at the end. */
  readonly start: () => () => void;
  readonly hours: () => number;
}

export function deviceMeter({ now }: { now: () => number }): DeviceMeter {
  const running = new Set<{ readonly since: number }>();
  let endedMs = 0;
  return {
    start: () => {
      const own = { since: now() };
      running.add(own);
      return () => {
        if (running.delete(own)) endedMs += now() - own.since;
      };
    },
    hours: () => [...running].reduce((sum, { since }) => sum + now() - since, endedMs) / 3_600_000,
  };
}
