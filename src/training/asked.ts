/**
 * `<state_dir>/asked/<trial>-<attempt>`: what launches on this machine were asked to train. Where a launcher was killed, this tells the
 * attempts that it never began from those that were asked of another machine.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, writeAtomically } from "./atomic-file.ts";
import { type AttemptId, attemptName } from "./outcome-files.ts";

export async function noteAsked(stateDir: string, attempts: readonly AttemptId[]): Promise<void> {
  await Promise.all(
    attempts.map((attempt) => writeAtomically(askedFile(stateDir, attemptName(attempt)), "")),
  );
}

/** Names of attempts. */
export async function askedBefore(stateDir: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(stateDir, "asked"))).filter((name) => !name.startsWith("."));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export async function forgetAsked(stateDir: string, name: string): Promise<void> {
  await rm(askedFile(stateDir, name), { force: true });
}

function askedFile(stateDir: string, name: string): string {
  return join(stateDir, "asked", name);
}
