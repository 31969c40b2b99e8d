/** Trainings whose launcher was killed: nobody reads their log and nobody would stop them, so the next start ends them. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Outcome } from "../rounds/outcome.ts";
import { trainerLineReader } from "../wire/trainer-log.ts";
import { isMissing } from "./atomic-file.ts";
import { type AttemptRecord, gridOf, openAttempts, writeAttempt } from "./attempt-record.ts";
import { type Digest, digestBuilder } from "./digest.ts";
import { kept } from "./heart.ts";
import { acquireLease, type Lease } from "./leases.ts";
import { logTail } from "./log-tail.ts";
import { composeOutcome } from "./outcome-content.ts";
import { priorCurves } from "./outcome-curves.ts";
import { attemptName, hasOutcome, keepOutcome } from "./outcome-files.ts";
import type { Clock } from "./ports.ts";
import type { ProcessTable } from "./process-table.ts";
import { writeInReserve } from "./reserve.ts";
import { endGroup, type Rung } from "./stop.ts";

export interface ReapOptions {
  readonly stateDir: string;
  readonly ladder: readonly Rung[];
  readonly processes: ProcessTable;
  readonly clock: Clock;
  /** Removes secrets from log lines. */
  readonly clean: (text: string) => string;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Ends every orphan of this state folder; their outcomes are `interrupted`. Attempts of a living launcher are left alone. */
export async function reapOrphans(options: ReapOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const record of await openAttempts(options.stateDir)) {
    if (record.remote) continue;
    const outcome = await underLock(record, options, () => reapAttempt(record, options));
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

/** The second guard against training an attempt twice; null: a living process has it. The state folder may be that of several machines. */
export async function lockAttempt(
  attempt: Pick<AttemptRecord, "trial" | "attempt">,
  options: Pick<ReapOptions, "stateDir" | "processes" | "clock" | "onNote">,
): Promise<Lease | null> {
  const { stateDir, processes, clock, onNote } = options;
  const request = { folder: join(stateDir, "locks"), name: attemptName(attempt), processes, clock };
  const lock = await writeInReserve(stateDir, () => acquireLease(request));
  const onTrouble = (why: string): void => onNote?.(`The lock of ${request.name} cannot be renewed: ${why}.`);
  return lock && kept(lock, { clock, onTrouble });
}

/** Works while nobody else looks after the attempt; null: somebody does. */
export async function underLock<Result>(
  attempt: Parameters<typeof lockAttempt>[0],
  options: Parameters<typeof lockAttempt>[1],
  work: () => Promise<Result>,
): Promise<Result | null> {
  const lock = await lockAttempt(attempt, options);
  if (lock === null) return null;
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** To be called with the attempt's lock. Null when its outcome had been written before the launcher died. */
export async function reapAttempt(record: AttemptRecord, options: ReapOptions): Promise<Outcome | null> {
  const { stateDir, ladder, processes, clock } = options;
  const groups = await groupsOf(record, processes);
  for (const group of groups) await endGroup({ group, ladder, processes, clock });
  const known = await hasOutcome(stateDir, record);
  const outcome = known ? null : await orphanOutcome(record, { ...options, wasAlive: groups.length > 0 });
  if (outcome) await keepOutcome(stateDir, outcome);
  await writeAttempt(stateDir, { ...record, state: "ended" });
  return outcome;
}

/**
 * Its group by pid, as long as that is still the same process or its members outlived it; and by the output folder or checkpoint in
 * its arguments, in case the launcher died before it could write the pid down.
 */
async function groupsOf(record: AttemptRecord, processes: ProcessTable): Promise<number[]> {
  const suspects = await processes.withArgument(
    record.resumed ? `--config_path=${record.resumed.checkpoint}` : `--output_dir=${record.output_dir}`,
  );
  if (record.trainer && (await mayBe(record.trainer, processes))) suspects.push(record.trainer.pid);
  const groups: number[] = [];
  for (const pid of new Set(suspects)) {
    if ((await processes.membersOf(pid)).length > 0) groups.push(pid);
  }
  return groups;
}

/** The trainer itself, or no process at all under its number: then only its own group can still carry it. */
async function mayBe(
  trainer: NonNullable<AttemptRecord["trainer"]>,
  processes: ProcessTable,
): Promise<boolean> {
  const now = await processes.identify(trainer.pid);
  if (now.boot !== trainer.boot || now.namespace !== trainer.namespace) return false;
  return now.started === null || now.started === trainer.started;
}

async function orphanOutcome(
  record: AttemptRecord,
  { stateDir, clock, clean, wasAlive }: ReapOptions & { wasAlive: boolean },
): Promise<Outcome> {
  const log = await readLogs(record.log);
  const { digest, tail } = digestLog(log.text, record);
  const ended = wasAlive || log.written === null ? clock.now() : log.written;
  return composeOutcome({
    facts: record,
    // NaN weights are not to be gone on with, whoever was killed.
    judgement: digest.nonFinite
      ? { outcome: "invalid", reason: "non-finite", evidence: digest.nonFinite }
      : {
          outcome: "interrupted",
          reason: "launcher-lost",
          evidence: { trainer: wasAlive ? "was still running" : "was gone" },
        },
    exit: null,
    signal: null,
    ended: new Date(Math.max(ended, Date.parse(record.started))).toISOString(),
    device: record.device,
    digest,
    tail,
    written: {},
    prior: await priorCurves(stateDir, record),
    conditions: record.conditions,
    clean,
  });
}

function digestLog(text: string, record: AttemptRecord): { digest: Digest; tail: string[] } {
  const builder = digestBuilder();
  const tail = logTail();
  const read = trainerLineReader(gridOf(record));
  for (const line of text.split(/[\r\n]+/).filter((part) => part !== "")) {
    tail.add(line);
    const event = read(line);
    if (event) builder.add(event);
  }
  return { digest: builder.read(), tail: tail.read() };
}

/** The rotated part and the current one, and when the latter was last written. */
async function readLogs(path: string): Promise<{ text: string; written: number | null }> {
  const parts = await Promise.all([`${path}.1`, path].map(readIfThere));
  const written = await stat(path).then(
    (found) => found.mtimeMs,
    () => null,
  );
  return { text: parts.join(""), written };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}
