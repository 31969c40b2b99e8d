/** `<state_dir>/attempts/<trial>-<attempt>.json`: what the next start must know if this one is killed. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AutoloopError } from "../errors.ts";
import { Conditions } from "../rounds/outcome.ts";
import type { LogGrid } from "../wire/trainer-log.ts";
import { isMissing, writeAtomically } from "./atomic-file.ts";
import type { RunPlace } from "./launch-options.ts";
import { type AttemptId, attemptName } from "./outcome-files.ts";
import { ProcessIdentity } from "./process-table.ts";

export const AttemptRecord = z.strictObject({
  schema: z.literal("autoloop/attempt@1"),
  /** starting: the trainer may live already without its pid being written down. */
  state: z.enum(["starting", "running", "ended"]),
  round: z.string(),
  dispatch: z.string(),
  trial: z.string(),
  attempt: z.int().positive(),
  /** As the trainer logs it. */
  run_id: z.string(),
  /** As the ledger claimed it: another one only when it goes on with an earlier attempt. */
  claimed_run_id: z.string().nullable().default(null),
  /** Of the configuration as approved. */
  config_sha256: z.string().nullable().default(null),
  /** The checkpoint that it goes on from. */
  resumed: z
    .strictObject({
      attempt: z.int().positive(),
      step: z.int().positive(),
      /** Absolute: the `train_config.json` that the trainer is given. */
      checkpoint: z.string(),
      /** Nothing is left to train: exit 0 without a step is then no failure. */
      complete: z.boolean(),
    })
    .nullable()
    .default(null),
  started: z.iso.datetime(),
  device: z.string(),
  output_dir: z.string(),
  log: z.string(),
  log_freq: z.int(),
  conditions: Conditions,
  launcher: ProcessIdentity,
  trainer: ProcessIdentity.nullable(),
  /** Given when somebody else's queue trains it: then no process of this machine belongs to it. */
  remote: z
    .strictObject({
      executor: z.literal("slurm"),
      name: z.string(),
      folder: z.string(),
      /** null: it was about to be handed over. */
      job: z.string().nullable(),
      gpu: z.boolean(),
    })
    .optional(),
});
export type AttemptRecord = z.infer<typeof AttemptRecord>;

/** How the step lines of its log are to be counted. */
export function gridOf({ log_freq, resumed }: Pick<AttemptRecord, "log_freq" | "resumed">): LogGrid {
  return { logFreq: log_freq, initialStep: resumed?.step ?? 0 };
}

export function runPlaceOf({ run_id, output_dir }: AttemptRecord): RunPlace {
  return { runId: run_id, outputDir: output_dir };
}

export async function writeAttempt(stateDir: string, record: AttemptRecord): Promise<void> {
  await writeAtomically(
    join(folderOf(stateDir), `${attemptName(record)}.json`),
    `${JSON.stringify(record)}\n`,
  );
}

/** For an attempt that never was: it was taken out of a queue before it began. */
export async function forgetAttempt(stateDir: string, id: AttemptId): Promise<void> {
  await rm(join(folderOf(stateDir), `${attemptName(id)}.json`), { force: true });
}

export async function readAttempt(stateDir: string, id: AttemptId): Promise<AttemptRecord | null> {
  return readRecord(join(folderOf(stateDir), `${attemptName(id)}.json`));
}

/** Attempts that were begun and never brought to an end, by this or another process. */
export async function openAttempts(stateDir: string): Promise<AttemptRecord[]> {
  return (await allAttempts(stateDir)).filter((record) => record.state !== "ended");
}

/** The same of one trial. Reads nothing of the others: it is asked whenever a trial is about to begin. */
export async function openAttemptsOf(stateDir: string, trial: string): Promise<AttemptRecord[]> {
  return (await attemptsOf(stateDir, trial)).filter((record) => record.state !== "ended");
}

/** Those of one trial, whatever became of them. */
export async function attemptsOf(stateDir: string, trial: string): Promise<AttemptRecord[]> {
  const records = await readAttempts(stateDir, (file) => file.startsWith(`${trial}-`));
  return records.filter((record) => record.trial === trial);
}

export async function allAttempts(stateDir: string): Promise<AttemptRecord[]> {
  return readAttempts(stateDir, () => true);
}

async function readAttempts(stateDir: string, wanted: (file: string) => boolean): Promise<AttemptRecord[]> {
  const folder = folderOf(stateDir);
  const files = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const records = await Promise.all(
    files
      .filter((file) => /^[^.].*\.json$/.test(file) && wanted(file))
      .map((file) => readRecord(join(folder, file))),
  );
  return records.filter((record) => record !== null);
}

/** An unreadable record may hide a running trainer, so it is not passed over. */
async function readRecord(path: string): Promise<AttemptRecord | null> {
  try {
    return AttemptRecord.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error)) return null;
    throw new AutoloopError("training.attempt-record", {
      what: `${path} is not the record of an attempt.`,
      next: "Make sure that its trainer does not run any more, then delete the file.",
      cause: error,
    });
  }
}

function folderOf(stateDir: string): string {
  return join(stateDir, "attempts");
}
