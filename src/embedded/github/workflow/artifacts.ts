import { cp, lstat, mkdir, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { matchesPath } from "./path-filter.ts";

/** What upload-artifact and download-artifact say when they are done. */
export interface ArtifactResult {
  readonly ok: boolean;
  readonly level: "notice" | "warning" | "error";
  readonly message: string;
}

/** The files of one folder under one name. Names are unique in a run; nothing to upload is a warning. */
export async function uploadArtifact(order: {
  readonly store: string;
  readonly name: string;
  readonly workspace: string;
  readonly path: string;
}): Promise<ArtifactResult> {
  const from = resolve(order.workspace, order.path);
  const target = join(order.store, order.name);
  if (!(await hasFiles(from))) {
    return {
      ok: true,
      level: "warning",
      message: `No files were found with the provided path: ${order.path}. No artifacts will be uploaded.`,
    };
  }
  if (await exists(target)) {
    return {
      ok: false,
      level: "error",
      message: `Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run`,
    };
  }
  await mkdir(order.store, { recursive: true });
  const single = (await stat(from)).isFile();
  await cp(from, single ? join(target, order.path.split("/").at(-1) ?? "file") : target, { recursive: true });
  return { ok: true, level: "notice", message: `Artifact ${order.name} has been successfully uploaded` };
}

/** Every artifact of the run that matches, side by side or merged into one folder. None is not an error. */
export async function downloadArtifacts(order: {
  readonly store: string;
  readonly pattern: string;
  readonly merge: boolean;
  readonly workspace: string;
  readonly path: string;
}): Promise<ArtifactResult> {
  const names = (await readdir(order.store).catch((): string[] => [])).filter((name) =>
    matchesPath(order.pattern, name),
  );
  const target = resolve(order.workspace, order.path);
  for (const name of names.sort()) {
    await cp(join(order.store, name), order.merge ? target : join(target, name), { recursive: true });
  }
  return { ok: true, level: "notice", message: `Total of ${names.length} artifact(s) downloaded` };
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function hasFiles(path: string): Promise<boolean> {
  if (!(await exists(path))) return false;
  if ((await stat(path)).isFile()) return true;
  return (await readdir(path, { recursive: true, withFileTypes: true })).some((entry) => entry.isFile());
}
