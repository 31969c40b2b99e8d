import { AutoloopError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { type Text, text } from "../judgement/texts.ts";
import { missingRuns } from "./select-local.ts";
import type { RunSelection } from "./source.ts";
import { idFilter, wandbFilter } from "./wandb-filter.ts";
import { projectIn, projectVariables, readData, type WandbProject } from "./wandb-project.ts";
import { RUNS_QUERY } from "./wandb-queries.ts";
import { type ListedRun, RunNode, RunsAnswer } from "./wandb-schemas.ts";

const PAGE_SIZE = 100;

export interface Listing {
  /** Oldest first, every run once. */
  readonly runs: readonly ListedRun[];
  readonly warnings: readonly Text[];
}

interface Listed {
  readonly runs: ReadonlyMap<string, ListedRun>;
  /** What the server counts for the same filter, when the last page came. */
  readonly counted: number | null;
  readonly unreadable: number;
  /** A name came twice, or the count changed between two pages: runs came or went. */
  readonly moved: boolean;
}

/** The selected runs of a project, without their histories. */
export async function listRuns(target: WandbProject, selection: RunSelection): Promise<Listing> {
  if (selection.kind === "ids") return listIds(target, selection.runIds);
  const filter = wandbFilter(selection);
  if (selection.limit !== undefined) return listNewest(target, filter, selection.limit);
  return listAll(target, filter);
}

async function listIds(target: WandbProject, ids: readonly string[]): Promise<Listing> {
  const wanted = [...new Set(ids)];
  const runs = new Map<string, ListedRun>();
  let unreadable = 0;
  for (let at = 0; at < wanted.length; at += PAGE_SIZE) {
    const listed = await readPages(target, {
      filter: idFilter(wanted.slice(at, at + PAGE_SIZE)),
      order: "+created_at",
    });
    for (const [id, run] of listed.runs) runs.set(id, run);
    unreadable += listed.unreadable;
  }
  if (runs.size === 0 && unreadable === 0) throw noRun(target, wanted);
  return {
    runs: [...runs.values()].sort(byCreation),
    warnings: [...missingRuns(wanted, new Set(runs.keys())), ...unreadableRuns(unreadable)],
  };
}

/** Newest first, until there are enough: runs that appear meanwhile only repeat some, and names are counted once. */
async function listNewest(target: WandbProject, filter: JsonObject, limit: number): Promise<Listing> {
  const listed = await readPages(target, { filter, order: "-created_at", limit });
  const newest = [...listed.runs.values()].sort(byCreation).slice(-limit);
  return { runs: newest, warnings: unreadableRuns(listed.unreadable) };
}

/**
 * Cursors are offsets: while runs are created, or leave a filter on their state, pages repeat and omit runs with equal
 * totals (wandb facts 5). So names are counted once and compared with the server's count, and where they differ the
 * listing is made once more; the union of both is the answer.
 */
async function listAll(target: WandbProject, filter: JsonObject): Promise<Listing> {
  const first = await readPages(target, { filter, order: "+created_at" });
  const again = isComplete(first) ? null : await readPages(target, { filter, order: "+created_at" });
  const runs = new Map([...first.runs, ...(again?.runs ?? [])]);
  const last = again ?? first;
  const moved =
    again && !isComplete(again)
      ? [text("warning.listing-moved", { listed: runs.size, counted: again.counted })]
      : [];
  return {
    runs: [...runs.values()].sort(byCreation),
    warnings: [...moved, ...unreadableRuns(last.unreadable)],
  };
}

function isComplete({ runs, counted, unreadable, moved }: Listed): boolean {
  return !moved && (counted === null || runs.size + unreadable === counted);
}

interface PageRequest {
  readonly filter: JsonObject;
  readonly order: string;
  readonly limit?: number;
}

async function readPages(target: WandbProject, { filter, order, limit }: PageRequest): Promise<Listed> {
  const runs = new Map<string, ListedRun>();
  let counted: number | null = null;
  let unreadable = 0;
  let moved = false;
  let after: string | null = null;
  for (;;) {
    const page = await readPage(target, {
      filter,
      order,
      after,
      first: Math.min(limit ?? PAGE_SIZE, PAGE_SIZE),
    });
    for (const node of page.nodes) {
      const parsed = RunNode.safeParse(node);
      if (!parsed.success) {
        unreadable++;
        continue;
      }
      moved ||= runs.has(parsed.data.id);
      runs.set(parsed.data.id, parsed.data);
    }
    moved ||= after !== null && page.counted !== counted;
    counted = page.counted;
    const enough = limit !== undefined && runs.size >= limit;
    if (enough || !page.next || page.next === after) return { runs, counted, unreadable, moved };
    after = page.next;
  }
}

async function readPage(
  target: WandbProject,
  { filter, order, after, first }: { filter: JsonObject; order: string; after: string | null; first: number },
) {
  const variables = { ...projectVariables(target), filters: JSON.stringify(filter), order, first, after };
  const reply = await target.http.ask({ operation: "Runs", query: RUNS_QUERY, variables });
  const project = projectIn(target, readData(RunsAnswer, reply));
  const { edges = [], pageInfo } = project.runs ?? {};
  return {
    nodes: edges.map((edge) => edge.node),
    counted: project.runCount,
    next: pageInfo?.hasNextPage && edges.length > 0 ? pageInfo.endCursor : null,
  };
}

function byCreation(a: ListedRun, b: ListedRun): number {
  return compare(a.createdAt ?? "", b.createdAt ?? "") || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function noRun({ entity, project }: WandbProject, ids: readonly string[]): AutoloopError {
  return new AutoloopError("runs.no-run", {
    what: `${entity}/${project} has no run ${ids.join(", ") || "(no id was given)"}.`,
    next: "A run's id is the last part of its address (…/runs/<id>), not its name.",
  });
}

function unreadableRuns(count: number): Text[] {
  return count > 0 ? [text("warning.unreadable-runs", { count })] : [];
}
