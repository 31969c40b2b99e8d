/** Outcomes as the training job's artifact carries them: files that the training itself could have written. */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { AutoloopError, messageOf } from "../errors.ts";
import { outcomeName, parseOutcome } from "../forge/ledger-store.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { isMissing } from "../training/atomic-file.ts";

/** An outcome has at most 1 MB of JSON; indented by somebody it is still one. */
const MOST_BYTES = 4_000_000;
/** A matrix has 256 jobs, and a box may send what earlier ones could not. */
const MOST_FILES = 2_000;

/** A file that is no outcome costs itself, not the others: its attempt is then given up. */
export async function readCarriedOutcomes(
  folder: string,
  onNote: (note: string) => void,
): Promise<readonly Outcome[]> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith(".json")).sort();
  if (names.length > MOST_FILES) onNote(`${folder} has ${names.length} files: ${MOST_FILES} are read`);
  const outcomes: Outcome[] = [];
  for (const name of names.slice(0, MOST_FILES)) {
    try {
      const outcome = parseOutcome(await readRegularFile(join(folder, name)), name);
      // One file per attempt: a second one could only contradict the first.
      if (name === `${outcomeName(outcome)}.json`) outcomes.push(outcome);
      else onNote(`${name} is the outcome of ${outcomeName(outcome)} under another name: left alone`);
    } catch (thrown) {
      onNote(messageOf(thrown));
    }
  }
  return outcomes;
}

/** No folder: the training job sent nothing. One that cannot be read may hold outcomes, which must not be given up. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw new AutoloopError("input.outcomes", {
      what: `The outcomes in ${folder} cannot be read: ${messageOf(cause)}.`,
      next: "Correct that and start the job again; nothing was given up.",
      cause,
    });
  }
}

/** Never through a link, never from a pipe that nobody writes into, never more than fits. */
async function readRegularFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await readWhole(file, await file.stat(), path);
  } finally {
    await file.close();
  }
}

async function readWhole(file: FileHandle, found: Stats, path: string): Promise<string> {
  if (!found.isFile()) throw new Error(`${path} is no regular file.`);
  if (found.size > MOST_BYTES) throw new Error(`${path} has ${found.size} bytes, more than any outcome.`);
  return file.readFile("utf8");
}
