import { lstat, readFile } from "node:fs/promises";
import { readTrainerLog } from "../wire/trainer-log.ts";
import { isMissing } from "./atomic-file.ts";
import { type AttemptRecord, gridOf, openAttempts } from "./attempt-record.ts";

/** How far an attempt is that has not ended. */
export interface AttemptProgress {
  readonly trial: string;
  readonly attempt: number;
  readonly device: string;
  /** null: its log shows none yet. */
  readonly step: number | null;
  readonly evalL1: number | null;
}

/** Of the attempts of this machine, by their trainers' own logs; none where nothing was ever trained. */
export async function attemptProgress(stateDir: string): Promise<readonly AttemptProgress[]> {
  const records = await openAttempts(stateDir);
  return Promise.all(
    records.map(async (record) => ({
      trial: record.trial,
      attempt: record.attempt,
      device: record.device,
      ...lastIn(await readLog(record.log), record),
    })),
  );
}

/** Logs are a few hundred kilobytes; what is larger, or no plain file, is not worth the wait of somebody who asks. */
const LONGEST = 8 << 20;

async function readLog(path: string): Promise<string> {
  try {
    const found = await lstat(path);
    return found.isFile() && found.size <= LONGEST ? await readFile(path, "utf8") : "";
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

function lastIn(log: string, record: AttemptRecord): Pick<AttemptProgress, "step" | "evalL1"> {
  const events = readTrainerLog(log, gridOf(record));
  const last = events.findLast((event) => event.kind === "step" || event.kind === "eval");
  const measured = events.findLast((event) => event.kind === "eval");
  return {
    step: last?.step ?? null,
    evalL1: measured && Number.isFinite(measured.avgL1) ? measured.avgL1 : null,
  };
}
