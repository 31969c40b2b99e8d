import * as z from "zod";
import { type HistoryTable, tableOf } from "./history.ts";
import { type Random, rotated, sampled } from "./random.ts";
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

/** The rows of one spec. `_step` is among the columns only when it is asked for. Throws on a spec that is not JSON. */
export function sampledHistory(lines: Lines, spec: string, random: Random): readonly object[] {
  const { keys, minStep, maxStep, samples } = Spec.parse(JSON.parse(spec));
  const table = tableOf(lines);
  const wanted = keys ? [...new Set(keys)] : [...table.columns.keys()];
  const columns = wanted.map((key) => table.columns.get(key)?.values);
  const rows = rowsWithin(table, {
    from: minStep ?? 0,
    before: (maxStep ?? Number.POSITIVE_INFINITY) + 1,
  }).filter((row) => columns.every((values) => values?.[row] !== undefined));
  const named = wanted.map((key, index) => [key, columns[index]] as const);
  return sampled(rows, samples ?? DEFAULT_SAMPLES, random).map((row) => {
    const answer: Record<string, unknown> = {};
    for (const [key, values] of rotated(named, random)) answer[key] = values?.[row];
    return answer;
  });
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
