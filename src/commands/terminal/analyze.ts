import { join } from "node:path";
import { AutoloopError } from "../../errors.ts";
import { matchPaths } from "../../forge/view.ts";
import { openCloud } from "../../house/wandb.ts";
import type { FolderHouse } from "../../house.ts";
import { isJsonObject } from "../../json.ts";
import type { RunState } from "../../judgement/run.ts";
import { analysisDocument } from "../../report/documents.ts";
import { renderAnalysis } from "../../report/terminal.ts";
import { compareRuns } from "../../runs/compare-runs.ts";
import { type Candidate, firstWithRuns, NO_KEY, type SourceName } from "../../runs/fallback.ts";
import type { RunSelection } from "../../runs/source.ts";
import { wandbFiles } from "../../runs/wandb-files.ts";
import { readKeyLists } from "../../runs/wandb-keys.ts";
import type { Settings } from "../../settings.ts";
import { analyze } from "../analyze.ts";
import { selectedRuns } from "../foreign-runs.ts";
import { type CommonOptions, openHere, show, surroundingsOf, type Terminal } from "./terminal.ts";

export interface AnalyzeArguments extends CommonOptions {
  readonly source?: SourceName;
  readonly file?: readonly string[];
  readonly dir?: string;
  readonly entity?: string;
  readonly project?: string;
  readonly runIds?: readonly string[];
  readonly tag?: readonly string[];
  readonly group?: string;
  readonly state?: readonly string[];
  readonly filter?: unknown;
  readonly limit?: number;
  readonly topic: string;
  readonly append?: boolean;
}

export async function runAnalyze(terminal: Terminal, options: AnalyzeArguments): Promise<void> {
  refuseUnreadFiles(options);
  const house = await openHere(terminal, options);
  const order = options.source ? [options.source] : house.settings.source.order;
  const extraKeys = await readKeyLists(pathsOf(house, house.settings.paths.wandb_keys));
  const candidates = await Promise.all(
    order.map((name) => candidate({ name, house, terminal, options, extraKeys })),
  );
  const { analysis, written } = await analyze(house, {
    source: firstWithRuns(candidates),
    selection: selectionOf(options, house.settings),
    topic: options.topic,
    append: options.append === true,
  });
  show(terminal, options, {
    document: analysisDocument(analysis, house.voice),
    text: renderAnalysis(analysis, house.voice, terminal.screen),
  });
  if (options.append) terminal.say(appendedLine(house, written));
}

function appendedLine(house: FolderHouse, written: readonly string[]): string {
  const path = `${house.settings.paths.reports}/${house.settings.paths.report}`;
  return written.length > 0
    ? `${house.voice.plain("append.written", { files: written.join(", ") })}\n`
    : `${house.voice.plain("append.unchanged", { file: path })}\n`;
}

function isWandbFile(path: string): boolean {
  return path.endsWith(".wandb");
}

const READS: Readonly<
  Record<SourceName, { readonly file: (path: string) => boolean; readonly what: string }>
> = {
  wandb: { file: () => false, what: "no files" },
  files: { file: isWandbFile, what: ".wandb files" },
  compare: { file: (path) => !isWandbFile(path), what: "summary files" },
};

/** What somebody names and the one source passes over would go unnoticed. */
function refuseUnreadFiles({ source, file = [], dir }: AnalyzeArguments): void {
  if (source === undefined) return;
  const unread = [
    ...file.filter((path) => !READS[source].file(path)).map((path) => `--file ${path}`),
    ...(dir === undefined || source === "files" ? [] : [`--dir ${dir}`]),
  ];
  if (unread.length === 0) return;
  throw new AutoloopError("arguments.file", {
    what: `--source ${source} reads ${READS[source].what}: ${unread.join(", ")} would be ignored.`,
    next: "Leave --source out, or name the source that reads it: files for .wandb files and --dir, compare for summary files.",
  });
}

interface Wanted {
  readonly name: SourceName;
  readonly house: FolderHouse;
  readonly terminal: Terminal;
  readonly options: AnalyzeArguments;
  readonly extraKeys: readonly string[];
}

async function candidate({ name, house, terminal, options, extraKeys }: Wanted): Promise<Candidate> {
  switch (name) {
    case "wandb": {
      const { source } = house.settings;
      const settings = {
        ...house.settings,
        source: {
          ...source,
          entity: options.entity ?? source.entity,
          project: options.project ?? source.project,
        },
      };
      const cloud = await openCloud(settings, surroundingsOf(terminal), { extraKeys });
      if (cloud) return { name, source: cloud };
      if (options.source === "wandb") throw noKey();
      return NO_KEY;
    }
    case "files": {
      const files = (options.file ?? []).filter(isWandbFile);
      const folders = options.dir
        ? [options.dir]
        : files.length > 0
          ? []
          : [join(house.root, house.settings.paths.outputs)];
      const now = () => terminal.now().getTime();
      return { name, source: wandbFiles({ folders, files, wanted: true, extraKeys, now }) };
    }
    case "compare": {
      const named = (options.file ?? []).filter((path) => !isWandbFile(path));
      return {
        name,
        source: compareRuns({
          files: named.length > 0 ? named : pathsOf(house, house.settings.paths.compare),
        }),
      };
    }
  }
}

function pathsOf(house: FolderHouse, globs: readonly string[]): readonly string[] {
  return matchPaths(house.view, globs).map((path) => join(house.root, path));
}

function noKey(): AutoloopError {
  return new AutoloopError("runs.unauthorized", {
    what: "There is no W&B key.",
    next: "Set WANDB_API_KEY or run `wandb login`; without --source, local files are read instead.",
  });
}

const STATES: Readonly<Record<RunState, RunState>> = {
  finished: "finished",
  running: "running",
  failed: "failed",
  crashed: "crashed",
  killed: "killed",
  unknown: "unknown",
};

/** What the arguments ask for; without any, what the settings select. */
function selectionOf(
  { runIds, tag, group, state, filter, limit }: AnalyzeArguments,
  settings: Settings,
): RunSelection {
  if (runIds && runIds.length > 0) return { kind: "ids", runIds };
  const asked = [tag, group, state, filter, limit].some((argument) => argument !== undefined);
  const selected = asked ? null : selectedRuns(settings);
  if (selected) return selected;
  const raw = filter === undefined ? undefined : filter;
  if (raw !== undefined && !isJsonObject(raw)) {
    throw new AutoloopError("arguments.filter", {
      what: "--filter is not a JSON object.",
      next: `Write it as '{"tags": "baseline"}'.`,
    });
  }
  return {
    kind: "filter",
    tags: tag ? { all: tag } : undefined,
    group,
    states: state?.map(stateOf),
    filter: raw,
    limit,
  };
}

function stateOf(name: string): RunState {
  const state = Object.values(STATES).find((known) => known === name);
  if (state) return state;
  throw new AutoloopError("arguments.state", {
    what: `"${name}" is not a state of a run.`,
    next: `Use one of ${Object.keys(STATES).join(", ")}.`,
  });
}
