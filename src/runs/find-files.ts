import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AutoloopError, messageOf } from "../errors.ts";

/** Deeper than any output folder: a link into a large tree must not lead away for long. */
const MAX_DEPTH = 12;
const SKIPPED = new Set([".git", "node_modules", "checkpoints"]);

export interface LocalRunFiles {
  readonly wandb: readonly string[];
  /** `wandb-summary.json` files of run folders. */
  readonly summaries: readonly string[];
  /** Folders below the root that could not be searched. */
  readonly unsearched: readonly { readonly folder: string; readonly reason: string }[];
}

/**
 * All `.wandb` files under `root`, e.g. `outputs/train/<date>/<run>/wandb/run-…/run-<id>.wandb`. Links are followed,
 * every folder once: `latest-run` points at a sibling, and a link may point at its own parent.
 * @throws AutoloopError `runs.no-folder` when the root cannot be read.
 */
export async function findRunFiles(root: string): Promise<LocalRunFiles> {
  const visited = new Set<string>();
  const wandb: string[] = [];
  const summaries: string[] = [];
  const unsearched: { folder: string; reason: string }[] = [];

  async function walk(folder: string, depth: number): Promise<void> {
    const real = await realpath(folder);
    if (visited.has(real)) return;
    if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} levels deep`);
    visited.add(real);
    const entries = await readdir(real, { withFileTypes: true });
    // Real folders before links, so that a run is found at its own place and not through `latest-run`.
    entries.sort(
      (a, b) => Number(a.isSymbolicLink()) - Number(b.isSymbolicLink()) || compare(a.name, b.name),
    );
    for (const entry of entries) {
      const path = join(real, entry.name);
      if (entry.isFile()) note(path);
      else if (!SKIPPED.has(entry.name) && (entry.isDirectory() || (await leadsToFolder(path))))
        await walkBelow(path, depth + 1);
    }
  }

  /** What is lost to one folder is said; the others are searched. */
  async function walkBelow(folder: string, depth: number): Promise<void> {
    try {
      await walk(folder, depth);
    } catch (error) {
      unsearched.push({ folder, reason: messageOf(error) });
    }
  }

  function note(path: string): void {
    if (path.endsWith(".wandb")) wandb.push(path);
    else if (basename(path) === "wandb-summary.json" && runIdOf(runFolderOf(path)) !== null)
      summaries.push(path);
  }

  try {
    await walk(root, 0);
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new AutoloopError("runs.no-folder", {
      what: missing
        ? `There is no folder ${root}.`
        : `The folder ${root} cannot be read: ${messageOf(cause)}.`,
      next: "Name the trainer's output folder (settings: paths.outputs, or --dir).",
      cause,
    });
  }
  return { wandb, summaries, unsearched };
}

/** `…/run-20250101_120000-<id>` of `…/run-20250101_120000-<id>/files/wandb-summary.json`. */
export function runFolderOf(summaryPath: string): string {
  return dirname(dirname(summaryPath));
}

/** The run id in the name of a `.wandb` file or of a run folder; null = the name has another form. */
export function runIdOf(path: string): string | null {
  return /^(?:offline-)?run-(?:\d{8}_\d{6}-)?(.+?)(?:\.wandb)?$/.exec(basename(path))?.[1] ?? null;
}

async function leadsToFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // a dangling link
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
