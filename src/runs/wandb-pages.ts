import { isJsonObject, type JsonObject } from "../json.ts";
import { wandbJson } from "../wire/wandb-json.ts";
import { flatten } from "../wire/wandb-numbers.ts";
import { pointsOfRows } from "../wire/wandb-rows.ts";
import { type FetchedRun, readConfig } from "./fetched-run.ts";
import { projectIn, projectVariables, readData, type WandbProject } from "./wandb-project.ts";
import { PAGE_QUERY } from "./wandb-queries.ts";
import { type ListedRun, PageAnswer } from "./wandb-schemas.ts";

const PAGE_ROWS = 5000;
/** Rows per step are unknown beforehand: ask for this many times the expected. */
const HEADROOM = 2;
/** Where so few steps are too much, less would not help: the server is down. */
const NARROWEST = 50;
const NO_END = Number.MAX_SAFE_INTEGER;

type Row = Readonly<Record<string, unknown>>;

export interface PageOptions {
  readonly run: ListedRun;
  readonly wants: (key: string) => boolean;
  readonly signal: AbortSignal;
}

/**
 * The last rung: whole rows, window of steps after window of steps, each halved until its rows are fewer than were
 * asked for. A window is in steps and not in rows, so it is sized by rows per step (wandb facts 8.2).
 * null = the run is gone.
 */
export async function fetchByPages(target: WandbProject, options: PageOptions): Promise<FetchedRun | null> {
  const { run, wants } = options;
  const end = run.lastStep === null || run.state === "running" ? NO_END : run.lastStep + 1;
  const rows: Row[] = [];
  let config: JsonObject | null = null;
  let width = firstWidth(run);
  for (let from = 0; from < end; ) {
    const page = await askPage(target, { ...options, from, to: windowEnd({ from, width, end, run }) });
    if (page === "gone") return null;
    if (page === "too-much") {
      width = Math.max(1, Math.floor(Math.min(width, run.lastStep ?? width) / 2));
      continue;
    }
    config = page.config ?? config;
    for (const row of page.rows) rows.push(row); // not push(...): a page may be longer than a call's arguments
    from = page.to;
  }
  const keys = new Set(rows.flatMap((row) => Object.keys(row).filter(wants)));
  const missingRows = Math.max(0, (run.lineCount ?? 0) - rows.length);
  return { id: run.id, config, ...pointsOfRows(rows, keys), missingRows };
}

function firstWidth({ lineCount, lastStep }: ListedRun): number {
  if (lastStep === null || lineCount === null || lineCount <= PAGE_ROWS) return NO_END;
  return Math.max(1, Math.ceil(((lastStep + 1) * PAGE_ROWS) / lineCount));
}

/** Behind the last step that is known, one window takes what came since. */
function windowEnd({
  from,
  width,
  end,
  run,
}: {
  from: number;
  width: number;
  end: number;
  run: ListedRun;
}): number {
  if (run.lastStep === null) return Math.min(end, from + width);
  return from > run.lastStep ? end : Math.min(run.lastStep + 1, from + width);
}

interface Page {
  readonly rows: readonly Row[];
  readonly config: JsonObject | null;
  readonly to: number;
}

async function askPage(
  target: WandbProject,
  { run, from, to, signal }: PageOptions & { from: number; to: number },
): Promise<Page | "too-much" | "gone"> {
  const pageSize = Math.max(
    PAGE_ROWS * HEADROOM,
    to - from > (run.lineCount ?? 0) ? (run.lineCount ?? 0) + 1000 : 0,
  );
  const variables = { ...projectVariables(target), run: run.id, minStep: from, maxStep: to, pageSize };
  const canHalve = Math.min(to, (run.lastStep ?? NARROWEST) + 1) - from > NARROWEST;
  const patience = canHalve ? "short" : "full";
  const reply = await target.http.ask(
    { operation: "HistoryPage", query: PAGE_QUERY, variables, patience },
    signal,
  );
  if (reply.kind === "too-much" && canHalve) return reply.kind;
  const project = projectIn(target, readData(PageAnswer, reply));
  if (!project.run) return "gone";
  const lines = project.run.history ?? [];
  if (lines.length >= pageSize && to - from > 1) return "too-much";
  return { rows: lines.flatMap(readLine), config: readConfig(project.run.config), to };
}

function readLine(line: string | null): Row[] {
  const row = line === null ? null : wandbJson(line);
  if (!isJsonObject(row)) return [];
  return [Object.fromEntries(Object.entries(row).flatMap(([key, value]) => [...flatten(key, value)]))];
}
