import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, isMissing } from "./atomic-file.ts";

/** Room for eight outcomes of the largest size. */
const BYTES = 8_000_000;
/** A launch that trains nothing needs no more for its locks and records. */
const LITTLE = 1_000_000;

/**
 * Keeps a file in the state folder that is there only to be removed: what fills the disk is mostly a checkpoint, and the outcome that
 * tells so must still find room.
 */
export async function keepReserve(stateDir: string): Promise<void> {
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
export async function writeInReserve(stateDir: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isFull(error)) throw error;
    await rm(reserveOf(stateDir), { force: true });
    await write();
  }
}

function isFull(error: unknown): boolean {
  return hasCode(error, ["ENOSPC", "EDQUOT"]);
}

function reserveOf(stateDir: string): string {
  return join(stateDir, "reserve");
}
