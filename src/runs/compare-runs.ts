import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { AutoloopError, messageOf } from "../errors.ts";
import { canonicalise, canonicalKey, metricOf } from "../judgement/metrics.ts";
import type { Run } from "../judgement/run.ts";
import type { MetricSummary } from "../judgement/summary.ts";
import { type Text, text } from "../judgement/texts.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import { isFault, readShape, type SummaryEntry } from "./compare-shape.ts";
import { missingRuns } from "./select-local.ts";
import type { RunSelection, RunSource } from "./source.ts";

export interface CompareRunsOptions {
  /** Paths of `compare_runs*.json` or `summary_*.json` files. */
  readonly files: readonly string[];
}

/** Runs of which only somebody's summaries are left. They are labelled by people; labels are no run ids. */
export function compareRuns({ files }: CompareRunsOptions): RunSource {
  return {
    read: async (selection) => {
      if (files.length === 0) throw noFile();
      const read = await Promise.all(files.map(readSummaryFile));
      const runs = uniqueIds(
        read.flatMap((file) => file.runs.map((run) => ({ run, file: basename(file.path) }))),
      );
      const { chosen, warnings } = select(runs, selection);
      return {
        runs: chosen,
        warnings: [...warnings, ...read.flatMap((file) => file.warnings)],
        source: files.map((file) => basename(file)).join(", "),
      };
    },
  };
}

interface SummaryFile {
  readonly path: string;
  readonly runs: readonly Run[];
  readonly warnings: readonly Text[];
}

/** @throws AutoloopError `runs.bad-file` naming file and place. */
async function readSummaryFile(path: string): Promise<SummaryFile> {
  const json = await readFile(path, "utf8")
    .then(parseLenientJson)
    .catch((cause: unknown) => {
      throw badFile(path, cause instanceof AutoloopError ? cause.what : messageOf(cause), cause);
    });
  const shape = readShape(json, labelOf(path));
  if (isFault(shape)) throw badFile(path, `${shape.place} ${shape.why}`);
  if (shape.length === 0) throw badFile(path, "it holds no run");
  const dropped = new Set<string>();
  const runs = shape.map((entry) => toRun(entry, (key) => dropped.add(key)));
  const warnings =
    dropped.size > 0 ? [text("warning.best-is-minimum", { file: basename(path), keys: [...dropped] })] : [];
  return { path, runs, warnings };
}

/** `4ebq745l` of `summary_4ebq745l.json`. */
function labelOf(path: string): string {
  return basename(path)
    .replace(/\.json$/i, "")
    .replace(/^summary_/, "");
}

function toRun({ label, rows, summary }: SummaryEntry, onDropped: (key: string) => void): Run {
  const entries = summary.map(
    ([key, metric]) => [key, withoutFalseBest(key, { metric, onDropped })] as const,
  );
  return {
    id: label,
    label,
    name: null,
    url: null,
    state: "unknown",
    rows,
    steps: null,
    config: null,
    data: { kind: "summary", summary: canonicalise(entries) },
  };
}

/** These files give the minimum as the best of every key; that is the best only where lower is better. */
function withoutFalseBest(
  key: string,
  { metric, onDropped }: { metric: MetricSummary; onDropped: (key: string) => void },
): MetricSummary {
  const canonical = canonicalKey(key);
  if (metricOf(canonical)?.direction === "lower" || (metric.best === null && metric.best_step === null))
    return metric;
  onDropped(canonical);
  return { ...metric, best: null, best_step: null };
}

/** A label that another file has used already gets its file's name. */
function uniqueIds(labelled: readonly { run: Run; file: string }[]): Run[] {
  const seen = new Set<string>();
  return labelled.map(({ run, file }) => {
    const id = seen.has(run.id) ? `${run.id} (${file})` : run.id;
    seen.add(id);
    return id === run.id ? run : { ...run, id };
  });
}

function select(
  runs: readonly Run[],
  selection: RunSelection,
): { chosen: readonly Run[]; warnings: readonly Text[] } {
  if (selection.kind === "ids") {
    const chosen = runs.filter((run) => selection.runIds.includes(run.id));
    return { chosen, warnings: missingRuns(selection.runIds, new Set(chosen.map((run) => run.id))) };
  }
  const { kind: _, limit, ...filters } = selection;
  const parts = Object.entries(filters).flatMap(([part, value]) => (value === undefined ? [] : [part]));
  if (limit !== undefined && limit < runs.length) parts.push("limit");
  return { chosen: runs, warnings: parts.length > 0 ? [text("warning.selection-ignored", { parts })] : [] };
}

function badFile(path: string, why: string, cause?: unknown): AutoloopError {
  return new AutoloopError("runs.bad-file", {
    what: `${path} is not a summary of runs: ${why.replace(/\.$/, "")}.`,
    next: `Expected {"label": {"steps": 41, "summary": {"train/loss": {"first": 1, "last": 0.5, …}}}}.`,
    cause,
  });
}

function noFile(): AutoloopError {
  return new AutoloopError("runs.no-file", {
    what: "There is no compare_runs file.",
    next: "Name one with --file, or set paths.compare in the settings.",
  });
}
