import { groupBy } from "../collections.ts";
import type { ListedRun } from "./wandb-schemas.ts";

/** One question about history: the rows that have all of these keys. */
export interface Spec {
  readonly keys: readonly string[];
  readonly samples: number;
}

/** As W&B wants it. `_step` is returned only when it is asked for. */
export function encodeSpec({ keys, samples }: Spec): string {
  return JSON.stringify({ keys: ["_step", ...keys], samples });
}

/** The wanted keys of a run; null = the server does not say which keys it has. */
function wantedKeys(run: ListedRun, wants: (key: string) => boolean): readonly string[] | null {
  if (run.lineCount === 0) return [];
  return run.keyCounts ? [...run.keyCounts.keys()].filter(wants).sort() : null;
}

/**
 * Specs for several runs at once. Keys that every run logged equally often were probably logged in the same rows and
 * share a spec, which saves most of the answer's size; `isExact` proves it afterwards.
 */
export function planSpecs(runs: readonly ListedRun[], wants: (key: string) => boolean): Spec[] {
  const keys = [...new Set(runs.flatMap((run) => wantedKeys(run, wants) ?? []))].sort();
  const together = groupBy(keys, (key) => runs.map((run) => run.keyCounts?.get(key) ?? 0).join());
  const samples = samplesFor(runs);
  return [...together.values()].map((group) => ({ keys: group, samples }));
}

/** More than any spec can have rows, so that fewer rows than samples prove that nothing was left out. */
export function samplesFor(runs: readonly ListedRun[]): number {
  const rows = runs.map((run) => Math.max(run.lineCount ?? 0, ...(run.keyCounts?.values() ?? []), 0));
  const growing = runs.some((run) => run.state === "running" || run.lineCount === null);
  return Math.max(0, ...rows) + (growing ? 1000 : 1);
}

export type Proof = "exact" | "split" | "more-samples" | "incomplete";

/**
 * Whether the rows of a spec are all there are (wandb facts 3.3).
 * A group of keys is exact when its rows are as many as each of its keys was logged: then no key has a row without the
 * others. One key is exact when there are fewer rows than samples, and not fewer than the server counted.
 */
export function isExact({ spec, rows, run }: { spec: Spec; rows: number; run: ListedRun }): Proof {
  const counts = spec.keys.map((key) => run.keyCounts?.get(key) ?? 0);
  if (counts.every((count) => count === rows)) return "exact";
  if (spec.keys.length > 1) return "split";
  if (rows >= spec.samples) return "more-samples";
  return rows >= (counts[0] ?? 0) ? "exact" : "incomplete";
}
