import { mkdir, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AutoloopError } from "../errors.ts";
import { hasCode, isMissing } from "./atomic-file.ts";

/** Room for eight outcomes of the largest size. */
const BYTES = 8_000_000;
/** A launch that trains nothing needs no more for its locks and records. */
const LITTLE = 1_000_000;

/**
 * Makes the state folder where it is missing, and keeps a file in it that is there only to be removed: what fills the disk is mostly a
 * checkpoint, and the outcome that tells so must still find room.
 */
export async function keepReserve(stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = reserveOf(stateDir);
  const { bavail, bsize } = await statfs(stateDir);
  const free = bavail * bsize;
  if (await isThere(path)) {
    // The disk is full: from now on the room is needed.
    if (free < LITTLE) await rm(path, { force: true });
  } else if (free >= 2 * BYTES) {
    await writeFile(path, Buffer.alloc(BYTES), { mode: 0o600 });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Writes what must not be lost: on a full disk once more, in the room of the reserve. */
export async function writeInReserve<Written>(
  stateDir: string,
  write: () => Promise<Written>,
): Promise<Written> {
  try {
    return await write();
  } catch (error) {
    if (!isFull(error)) throw error;
    await rm(reserveOf(stateDir), { force: true });
    return write();
  }
}

/** Also where a sentence for people was put around it. */
function isFull(error: unknown): boolean {
  const cause = error instanceof AutoloopError ? error.cause : error;
  return hasCode(cause, ["ENOSPC", "EDQUOT"]);
}

function reserveOf(stateDir: string): string {
  return join(stateDir, "reserve");
}
