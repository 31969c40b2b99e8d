import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A reader sees the old content or the new one, never a part; after a crash too. Makes the folder when it is missing. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = await writeDraft({ folder, content, mode: 0o600 });
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** A complete, synced file under a name nobody looks for: to be renamed or linked to where it belongs. */
export async function writeDraft(draft: {
  folder: string;
  content: string | Uint8Array;
  mode: number;
}): Promise<string> {
  const path = join(draft.folder, `.${randomUUID()}.tmp`);
  const file = await open(path, "wx", draft.mode);
  try {
    // The umask must not take reading away from the others that the mode means.
    await file.chmod(draft.mode);
    await file.writeFile(draft.content);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether an error says that a file is not there. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, ["ENOENT"]);
}

export function hasCode(error: unknown, codes: readonly string[]): boolean {
  return (
    error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code)
  );
}
