/** Outcomes on the box: `<state_dir>/outcomes/<trial>-<attempt>.json`, with a `.sent` file beside it once they are delivered. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import { Outcome } from "../rounds/outcome.ts";
import { isMissing, writeAtomically } from "./atomic-file.ts";
import { writeInReserve } from "./reserve.ts";

export type AttemptId = Pick<Outcome, "trial" | "attempt">;

/** `0002b-s42-1`: one attempt as part of a file name. */
export function attemptName({ trial, attempt }: AttemptId): string {
  return `${trial}-${attempt}`;
}

function outcomeFile(folder: string, id: AttemptId): string {
  return join(folder, `${attemptName(id)}.json`);
}

/** Writes it once for good, into the state folder or into the folder that the workflow uploads. */
export async function writeOutcome(folder: string, outcome: Outcome): Promise<void> {
  await writeAtomically(outcomeFile(folder, outcome), `${JSON.stringify(Outcome.parse(outcome))}\n`);
}

/** Into the state folder, also where something has filled its disk. */
export async function keepOutcome(stateDir: string, outcome: Outcome): Promise<void> {
  await writeInReserve(stateDir, () => writeOutcome(outcomesOf(stateDir), outcome));
}

export async function hasOutcome(stateDir: string, id: AttemptId): Promise<boolean> {
  return exists(outcomeFile(outcomesOf(stateDir), id));
}

/** unreadable: there is a file, and it is no outcome. */
export async function readOutcome(
  stateDir: string,
  id: AttemptId,
): Promise<Outcome | "missing" | "unreadable"> {
  try {
    return Outcome.parse(JSON.parse(await readFile(outcomeFile(outcomesOf(stateDir), id), "utf8")));
  } catch (error) {
    return isMissing(error) ? "missing" : "unreadable";
  }
}

/** Oldest name first. A file that is no outcome is told about and left where it is. */
export async function unsentOutcomes(stateDir: string, onNote: (note: string) => void): Promise<Outcome[]> {
  const folder = outcomesOf(stateDir);
  const files = new Set(await list(folder));
  const outcomes: Outcome[] = [];
  for (const file of [...files].filter((name) => name.endsWith(".json")).toSorted()) {
    if (files.has(file.replace(/\.json$/, ".sent"))) continue;
    try {
      outcomes.push(Outcome.parse(JSON.parse(await readFile(join(folder, file), "utf8"))));
    } catch (error) {
      onNote(`${join(folder, file)} is no outcome and is not sent: ${messageOf(error)}`);
    }
  }
  return outcomes;
}

/** To be called when the outcome has arrived, not when it was handed over. */
export async function markSent(stateDir: string, id: AttemptId): Promise<void> {
  await writeAtomically(join(outcomesOf(stateDir), `${attemptName(id)}.sent`), "");
}

function outcomesOf(stateDir: string): string {
  return join(stateDir, "outcomes");
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
