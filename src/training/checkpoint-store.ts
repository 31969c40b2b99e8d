/** Folders of checkpoints under `<state_dir>/outputs`: which attempt they belong to, how large they are, and how they go. */
import { randomUUID } from "node:crypto";
import { lstat, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { groupBy } from "../collections.ts";
import { hasCode, isMissing } from "./atomic-file.ts";
import { type AttemptRecord, allAttempts } from "./attempt-record.ts";

export interface StoredCheckpoints {
  /** Absolute: the folder `checkpoints` of an output folder, or what an interrupted removal left of one. */
  readonly path: string;
  readonly trial: string;
  /** Attempts that trained in this folder, one after the other. */
  readonly attempts: readonly number[];
  /** One of them is not over. */
  readonly running: boolean;
  /** On the disk. */
  readonly bytes: number;
}

const LEFT_OVER = ".checkpoints-removed-";

/**
 * Only what an attempt of this state folder wrote, found by its record; folders behind symbolic links are none of ours.
 * @throws AutoloopError `training.attempt-record` when a record cannot be read: it may be that of a running trainer.
 */
export async function storedCheckpoints(stateDir: string): Promise<readonly StoredCheckpoints[]> {
  const folders = groupBy(await allAttempts(stateDir), ({ output_dir }) => output_dir);
  const stored: StoredCheckpoints[] = [];
  for (const [folder, records] of [...folders].toSorted()) {
    for (const path of await checkpointFolders(folder, stateDir)) {
      stored.push({
        path,
        trial: records[0]?.trial ?? "",
        attempts: records.map(({ attempt }) => attempt).toSorted((a, b) => a - b),
        running: records.some(isOpen),
        bytes: await sizeOf(path),
      });
    }
  }
  return stored;
}

async function checkpointFolders(outputDir: string, stateDir: string): Promise<readonly string[]> {
  if (!(await isInside(outputDir, join(stateDir, "outputs")))) return [];
  const names = await readdir(outputDir, { withFileTypes: true });
  return names
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => name === "checkpoints" || name.startsWith(LEFT_OVER))
    .map(({ name }) => join(outputDir, name));
}

/**
 * Looks once more whether anybody trains there, then takes the whole folder away at once: a launch sees all of it or nothing. False: it
 * is in use by now.
 */
export async function removeCheckpoints({ path }: StoredCheckpoints, stateDir: string): Promise<boolean> {
  const folder = dirname(path);
  const users = (await allAttempts(stateDir)).filter(({ output_dir }) => output_dir === folder);
  if (users.some(isOpen) || !(await checkpointFolders(folder, stateDir)).includes(path)) return false;
  const moved = join(folder, `${LEFT_OVER}${randomUUID()}`);
  await rename(path, moved);
  await rm(moved, { recursive: true, force: true });
  return true;
}

function isOpen({ state }: AttemptRecord): boolean {
  return state !== "ended";
}

/** Below `root`, and no part of the way is a symbolic link. */
async function isInside(folder: string, root: string): Promise<boolean> {
  const way = relative(root, folder).split(sep);
  if (way.includes("..") || way[0] === "" || folder !== join(root, ...way)) return false;
  let place = root;
  for (const part of ["", ...way]) {
    place = join(place, part);
    if (!(await isFolder(place))) return false;
  }
  return true;
}

/** A symbolic link to a folder is none. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, ["ENOENT", "ENOTDIR"])) return false;
    throw error;
  }
}

/** What is written while we look may be gone the next moment. */
async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true }).catch(unlessMissing([]));
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return sizeOf(inner);
      return (await lstat(inner).catch(unlessMissing({ blocks: 0 }))).blocks * 512;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function unlessMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (isMissing(error)) return value;
    throw error;
  };
}
