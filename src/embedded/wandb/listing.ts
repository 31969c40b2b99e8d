import { tableOf } from "./history.ts";
import { type Lookup, matches, NO_SUCH_FIELD } from "./mongo-filter.ts";
import { isRecord, parseNumbers, parseObject } from "./number-json.ts";
import { type StoredRun, stateAt } from "./run.ts";

/** Filter, order and page of a list of runs. Cursors are offsets, so a list that grows meanwhile shifts under its reader. */
export interface Listing {
  readonly filters?: string | null | undefined;
  readonly order?: string | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export interface Page<Item> {
  readonly items: readonly { readonly item: Item; readonly cursor: string }[];
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
  readonly total: number;
}

export interface Viewpoint {
  readonly now: number;
  readonly username: string;
}

const PAGE_SIZE = 50;

/** Throws an Error on filters, an order or a cursor that make no sense. */
export function listRuns(
  runs: readonly StoredRun[],
  listing: Listing,
  viewpoint: Viewpoint,
): Page<StoredRun> {
  const found = filterRuns(runs, listing.filters, viewpoint);
  return pageOf(sortRuns(found, listing.order || "+created_at", viewpoint), listing);
}

export function filterRuns(
  runs: readonly StoredRun[],
  filters: string | null | undefined,
  viewpoint: Viewpoint,
): readonly StoredRun[] {
  const filter = filters ? parseNumbers(filters) : null;
  return filter === null ? runs : runs.filter((run) => matches(filter, lookupOf(run, viewpoint)));
}

export function pageOf<Item>(
  items: readonly Item[],
  { first, after }: Pick<Listing, "first" | "after">,
): Page<Item> {
  const start = after ? offsetOf(after) + 1 : 0;
  const end = start + (first ?? PAGE_SIZE);
  const shown = items.slice(start, end).map((item, index) => ({ item, cursor: cursorOf(start + index) }));
  return {
    items: shown,
    endCursor: shown.at(-1)?.cursor ?? null,
    hasNextPage: end < items.length,
    total: items.length,
  };
}

function cursorOf(offset: number): string {
  return Buffer.from(`arrayconnection:${offset}`).toString("base64");
}

function offsetOf(cursor: string): number {
  const offset = /^arrayconnection:(\d+)$/.exec(Buffer.from(cursor, "base64").toString())?.[1];
  if (offset === undefined) throw new Error(`invalid cursor: ${cursor}`);
  return Number(offset);
}

const SORTABLE = /^(created_at|heartbeat_at|(config|summary_metrics)\..+)$/;

/** Runs without the value come last in either direction; ties keep their order. */
function sortRuns(runs: readonly StoredRun[], order: string, viewpoint: Viewpoint): readonly StoredRun[] {
  const direction = order.startsWith("-") ? -1 : 1;
  const column = order.replace(/^[+-]/, "");
  if (!SORTABLE.test(column)) throw new Error(`invalid order: ${order}`);
  const path = { created_at: "createdAt", heartbeat_at: "heartbeatAt" }[column] ?? column;
  const keyed = runs.map((run) => ({ run, key: lookupOf(run, viewpoint)(path) }));
  return keyed
    .sort((a, b) => {
      const absent = Number(a.key === undefined) - Number(b.key === undefined);
      return absent !== 0 ? absent : direction * compareKeys(a.key, b.key);
    })
    .map(({ run }) => run);
}

function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

function lookupOf(run: StoredRun, { now, username }: Viewpoint): Lookup {
  return (path) => {
    const [head = "", ...rest] = path.split(".");
    switch (head) {
      case "config":
        return configValue(run, rest);
      case "summary_metrics":
        return descend(parseObject(run.summary), rest);
      case "keys_info":
        return tableOf(run.history).columns.get(rest.slice(1).join("."))?.count;
      default:
        return plainField(path, run, { now, username });
    }
  };
}

function plainField(path: string, run: StoredRun, { now, username }: Viewpoint): unknown {
  const fields: Readonly<Record<string, unknown>> = {
    name: run.name,
    displayName: run.displayName,
    state: stateAt(run, now),
    group: run.group,
    jobType: run.jobType,
    tags: run.tags,
    username,
    host: run.host,
    sweep: run.sweepName,
    createdAt: new Date(run.createdAt).toISOString(),
    heartbeatAt: new Date(run.heartbeatAt).toISOString(),
    duration: (run.heartbeatAt - run.createdAt) / 1000,
  };
  return path in fields ? fields[path] : NO_SUCH_FIELD;
}

/** `config.lr`, `config.lr.value` and `config.opt.value.name` alike: the wrapper may be written or left out. */
function configValue(run: StoredRun, [key = "", ...rest]: readonly string[]): unknown {
  const entry = parseObject(run.config)[key];
  const value = isRecord(entry) && "value" in entry ? entry["value"] : entry;
  return descend(value, rest[0] === "value" ? rest.slice(1) : rest);
}

/** A key may hold dots itself: the longest literal key wins. */
function descend(value: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return value;
  if (!isRecord(value)) return undefined;
  for (let length = path.length; length > 0; length -= 1) {
    const key = path.slice(0, length).join(".");
    if (key in value) return descend(value[key], path.slice(length));
  }
  return undefined;
}
