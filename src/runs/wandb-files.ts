import { groupBy } from "../collections.ts";
import { AutoloopError } from "../errors.ts";
import { type Text, text } from "../judgement/texts.ts";
import { findRunFiles, type LocalRunFiles, runFolderOf, runIdOf } from "./find-files.ts";
import { keyFilter } from "./keys.ts";
import { readLocalSummary } from "./local-summary.ts";
import { fileRunId, type LocalRun, mergeSegments } from "./merge-segments.ts";
import { selectLocal } from "./select-local.ts";
import type { RunSource } from "./source.ts";
import { readWandbFile, type WandbFile } from "./wandb-file.ts";

export interface WandbFilesOptions {
  /** Folders that are searched, and single `.wandb` files. A named file must be readable; a found one is skipped with a warning. */
  readonly folders?: readonly string[];
  readonly files?: readonly string[];
  /** Folders without a single run are an error that says what was looked for. */
  readonly wanted?: boolean;
  /** Keys to read besides the catalogue's. */
  readonly extraKeys?: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Runs from the `.wandb` files that the trainer leaves on its own disk. */
export function wandbFiles({
  folders = [],
  files = [],
  wanted = false,
  extraKeys = [],
  now,
}: WandbFilesOptions): RunSource {
  const wants = keyFilter(extraKeys);
  const source = [...folders, ...files].join(", ");
  return {
    read: async (selection) => {
      const scans = await Promise.all(folders.map(findRunFiles));
      if (wanted && files.length === 0 && scans.every(isEmpty)) throw noRunFiles(source);
      const named = await readAll(files, wants);
      const found = await readAllReadable(
        scans.flatMap((scan) => scan.wandb).filter((path) => !files.includes(path)),
        wants,
      );
      const segments = groupBy([...named, ...found.files], fileRunId);
      const curves = [...segments.values()].map((group) => mergeSegments(group, now()));
      const runs = await withSummaries({
        runs: curves,
        summaries: scans.flatMap((scan) => scan.summaries),
        wants,
        now: now(),
      });
      const { chosen, warnings } = selectLocal(runs, selection);
      return {
        runs: chosen.map(({ run }) => run),
        warnings: [
          ...unsearchedFolders(scans.flatMap((scan) => scan.unsearched)),
          ...found.warnings,
          ...warnings,
          ...chosen.flatMap((run) => run.warnings),
          ...untrained(chosen),
        ],
        source,
      };
    },
  };
}

function isEmpty({ wandb, summaries }: LocalRunFiles): boolean {
  return wandb.length + summaries.length === 0;
}

function noRunFiles(source: string): AutoloopError {
  return new AutoloopError("runs.no-files", {
    what: `There is no .wandb file and no wandb-summary.json of a run in ${source} or below it.`,
    next: "Name the trainer's output folder (settings: paths.outputs, or --dir).",
  });
}

/** One after the other: reading is bound by disk and processor, and memory stays that of one file. */
async function readAll(paths: readonly string[], wants: (key: string) => boolean): Promise<WandbFile[]> {
  const read: WandbFile[] = [];
  for (const path of paths) read.push(await readWandbFile({ path, wants }));
  return read;
}

async function readAllReadable(paths: readonly string[], wants: (key: string) => boolean) {
  const files: WandbFile[] = [];
  const warnings: Text[] = [];
  for (const path of paths) {
    try {
      files.push(await readWandbFile({ path, wants }));
    } catch (error) {
      if (!(error instanceof AutoloopError)) throw error;
      warnings.push(text("warning.file-unreadable", { file: path, reason: error.what }));
    }
  }
  return { files, warnings };
}

/** One warning per reason: a link into a deep tree has thousands of folders. */
function unsearchedFolders(unsearched: LocalRunFiles["unsearched"]): Text[] {
  return [...groupBy(unsearched, ({ reason }) => reason)].map(([reason, lost]) =>
    text("warning.folder-unsearched", { folder: lost[0]?.folder ?? "", count: lost.length, reason }),
  );
}

interface WithSummaries {
  readonly runs: readonly LocalRun[];
  readonly summaries: readonly string[];
  readonly wants: (key: string) => boolean;
  readonly now: number;
}

/** A run without a single history row is replaced by its summary file, if it has one. */
async function withSummaries({ runs, summaries, wants, now }: WithSummaries): Promise<readonly LocalRun[]> {
  const readable = new Set(runs.filter(({ run }) => run.rows !== 0).map(({ run }) => run.id));
  const needed = summaries.filter((path) => !readable.has(runIdOf(runFolderOf(path)) ?? ""));
  const read = await Promise.all(needed.map((path) => readLocalSummary({ path, wants, now })));
  const byId = new Map(read.flatMap((found) => (found ? [[found.run.id, found] as const] : [])));
  return [...runs.filter(({ run }) => !byId.has(run.id)), ...byId.values()];
}

/** Runs that died before their first row: state, config or an id never mean "trained" (wandb facts 5). */
function untrained(chosen: readonly LocalRun[]): Text[] {
  const ids = chosen.filter(({ run }) => run.rows === 0).map(({ run }) => run.id);
  return ids.length > 0 ? [text("warning.no-history", { runs: ids })] : [];
}
