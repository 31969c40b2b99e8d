import * as z from "zod";
import { type HistoryTable, type Members, membersOf, tableOf } from "./history.ts";
import { type Random, sampled } from "./random.ts";
import type { Lines } from "./run.ts";

/**
 * How history is read, with the real server's traps: a spec's keys are ANDed; its `maxStep` is inclusive, that of
 * `history` exclusive; what exceeds `samples` is thinned out at random; the order of keys in a row means nothing.
 */
const DEFAULT_SAMPLES = 500;

const Spec = z.looseObject({
  keys: z.array(z.string()).nullish(),
  minStep: z.number().nullish(),
  maxStep: z.number().nullish(),
  samples: z.int().positive().nullish(),
});

/**
 * The rows of one spec, each as JSON text. `_step` is among the columns only when it is asked for. Throws on a spec that
 * is not JSON.
 */
export function sampledHistory(lines: Lines, spec: string, random: Random): readonly string[] {
  const { keys, minStep, maxStep, samples } = Spec.parse(JSON.parse(spec));
  const table = tableOf(lines);
  const wanted = keys ? [...new Set(keys)] : [...table.columns.keys()];
  const named = wanted.flatMap((key) => {
    const column = table.columns.get(key);
    return column ? [{ key, column }] : [];
  });
  if (named.length < wanted.length) return [];
  // Most columns have no holes.
  const holed = named.filter(({ column }) => column.count < table.steps.length);
  const rows = rowsWithin(table, {
    from: minStep ?? 0,
    before: (maxStep ?? Number.POSITIVE_INFINITY) + 1,
  }).filter((row) => holed.every(({ column }) => column.values[row] !== undefined));
  const members = named.map(({ key, column }) => membersOf(key, column));
  return sampled(rows, samples ?? DEFAULT_SAMPLES, random).map((row) =>
    rowText(members, row, Math.floor(random() * members.length)),
  );
}

/** From the column at `first` on and around: enough to catch a reader that relies on the order of keys. */
function rowText(members: readonly Members[], row: number, first: number): string {
  let text = "{";
  for (let place = 0; place < members.length; place += 1) {
    const column = members[(first + place) % members.length];
    const start = column?.starts[row] ?? 0;
    // Every text begins with its comma.
    if (column) text += column.text.slice(place === 0 ? start + 1 : start, column.starts[row + 1]);
  }
  return `${text}}`;
}

export interface LineWindow {
  /** Inclusive. */
  readonly minStep?: number | null | undefined;
  /** Exclusive. */
  readonly maxStep?: number | null | undefined;
  readonly samples?: number | null | undefined;
}

/** Whole rows as JSON texts. */
export function historyLines(lines: Lines, window: LineWindow, random: Random): readonly string[] {
  const table = tableOf(lines);
  const rows = rowsWithin(table, {
    from: window.minStep ?? Number.NEGATIVE_INFINITY,
    before: window.maxStep ?? Number.POSITIVE_INFINITY,
  });
  return sampled(rows, window.samples ?? DEFAULT_SAMPLES, random).map((row) => table.lines[row] ?? "{}");
}

function rowsWithin(
  { steps }: HistoryTable,
  { from, before }: { from: number; before: number },
): readonly number[] {
  const rows: number[] = [];
  steps.forEach((step, row) => {
    if (step >= from && step < before) rows.push(row);
  });
  return rows;
}
