import { lstat, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { AutoloopError } from "../errors.ts";
import type { FileChanges } from "./forge.ts";
import { type RepositoryView, refuseLinks } from "./view.ts";
import { isInside } from "./writable.ts";

const IGNORED = new Set([".git", "node_modules", "outputs", "wandb", ".venv", "__pycache__"]);

/** A view of a checked-out repository as it lies in a folder. Links are listed and not followed, so loops end. */
export async function viewOfFolder(root: string): Promise<RepositoryView> {
  await refuseMissing(root);
  const entries = await readdir(root, { withFileTypes: true, recursive: false });
  const files: string[] = [];
  const links = new Set<string>();
  const walk = async (folder: string, children: typeof entries): Promise<void> => {
    const folders: string[] = [];
    for (const child of children) {
      const path = join(folder, child.name);
      const name = relative(root, path).split(sep).join("/");
      if (child.isSymbolicLink()) links.add(name);
      if (child.isFile() || child.isSymbolicLink()) files.push(name);
      if (child.isDirectory() && !IGNORED.has(child.name)) folders.push(path);
    }
    await Promise.all(folders.map(async (path) => walk(path, await readdir(path, { withFileTypes: true }))));
  };
  await walk(root, entries);
  return {
    paths: files.sort(),
    links,
    read: async (paths) => {
      const known = new Set(files);
      const wanted = [...paths].filter((path) => known.has(path));
      refuseLinks(wanted.filter((path) => links.has(path)));
      return new Map(
        await Promise.all(
          wanted.map(async (path): Promise<[string, Uint8Array]> => [path, await readFile(join(root, path))]),
        ),
      );
    },
  };
}

/** @throws AutoloopError `arguments.no-folder`. */
export async function refuseMissing(root: string): Promise<void> {
  const found = await lstat(root).catch(() => null);
  if (!found?.isDirectory()) {
    throw new AutoloopError("arguments.no-folder", {
      what: `${root} is not a folder.`,
      next: "Give the folder of a repository with --repo.",
    });
  }
}

/** Writes files below `root`, all or nothing as far as a file system allows: every file is complete before the first takes its name. */
export async function writeFolder({ root, files }: { root: string; files: FileChanges }): Promise<void> {
  await Promise.all([...files.keys()].map((path) => refuseLinkOnTheWay(root, path)));
  const staged = await Promise.all(
    [...files].map(async ([path, content]) => {
      const target = join(root, path);
      if (content === null) return { target, temporary: null };
      await mkdir(dirname(target), { recursive: true });
      const temporary = `${target}.autoloop-${process.pid}`;
      const file = await open(temporary, "wx", 0o644);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      return { target, temporary };
    }),
  );
  for (const { target, temporary } of staged)
    await (temporary ? rename(temporary, target) : rm(target, { force: true }));
}

/** No link in the target or any folder above it, and nothing outside the root. */
async function refuseLinkOnTheWay(root: string, path: string): Promise<void> {
  const parts = path.split("/");
  if (!isInside(path)) {
    throw new AutoloopError("input.path", {
      what: `"${path}" is not a path inside the repository.`,
      next: "Correct the settings.",
    });
  }
  for (let depth = 1; depth <= parts.length; depth++) {
    const step = parts.slice(0, depth).join("/");
    const found = await lstat(join(root, step)).catch(() => null);
    if (found?.isSymbolicLink()) refuseLinks([step]);
    if (!found) return;
  }
}
