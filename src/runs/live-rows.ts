/** Rows of a training that goes on, a few metrics of them: what a watch has to know before the run is over. */
import { canonicalise, canonicalKey } from "../judgement/metrics.ts";
import type { LoggedPoints } from "./join-steps.ts";

export interface LiveRow {
  readonly step: number;
  /** By canonical key; values may be NaN or infinite. */
  readonly values: ReadonlyMap<string, number>;
}

/** Rows behind a step, by rising step; none when nothing can be seen yet. */
export type ReadLiveRows = (after: number) => Promise<readonly LiveRow[]>;

/** The canonical keys and the older names that the same metrics had (trainer facts 11). */
export function withAliases(keys: readonly string[]): readonly string[] {
  const aliases = keys
    .map((key) => key.replace(/^train\/ot_/, "train/ot_ot_"))
    .filter((alias) => !keys.includes(alias) && keys.includes(canonicalKey(alias)));
  return [...keys, ...aliases];
}

export function rowsBehind(after: number, points: readonly LoggedPoints[]): readonly LiveRow[] {
  const rows = new Map<number, [string, number][]>();
  for (const { key, steps, values } of points) {
    steps.forEach((step, index) => {
      if (step <= after) return;
      const row = rows.get(step) ?? [];
      row.push([key, values[index] ?? Number.NaN]);
      rows.set(step, row);
    });
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([step, entries]) => ({ step, values: canonicalise(entries) }));
}
