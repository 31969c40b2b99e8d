/**
 * What the trainer logs: canonical keys, old names, and how each number came to be (trainer facts 11).
 * A key's place in the catalogue is its place in every table.
 */

/** Which way is better. `none`: neither, alone (a mass near 0 or 1, a loss that is 0 both when dead and when aligned). */
export type Direction = "lower" | "higher" | "none";

/**
 * window-mean: mean since the last log line; single-batch: the last batch only, so one value means little;
 * held-out: a pass over the held-out episode; gauge: a setting or a timing of the machine.
 */
export type Sampling = "window-mean" | "single-batch" | "held-out" | "gauge";

/**
 * From which points its level is read. pool: the mean of many single batches; window: the last stretch of training;
 * running-mean: of a few neighbours; last: one value tells.
 */
export type Reading = "pool" | "window" | "running-mean" | "last";

export interface Metric {
  readonly key: string;
  readonly direction: Direction;
  readonly sampling: Sampling;
  readonly reading: Reading;
}

export const L1 = "train/l1_loss";
export const LOSS = "train/loss";
export const GRAD_NORM = "train/grad_norm";
export const LEARNING_RATE = "train/lr";
export const OT_LOSS = "train/ot_loss";
export const PI_SUM = "train/ot_pi_sum";
export const PI_DIAG = "train/ot_pi_diag";
export const OT_COST_PREFIX = "train/ot_cost/";
export const EVAL_L1 = "eval/offline_eval/avg_l1";

export const METRICS: readonly Metric[] = [
  { key: LOSS, direction: "lower", sampling: "window-mean", reading: "window" },
  { key: L1, direction: "lower", sampling: "single-batch", reading: "window" },
  { key: "train/kld_loss", direction: "lower", sampling: "single-batch", reading: "window" },
  { key: GRAD_NORM, direction: "lower", sampling: "window-mean", reading: "window" },
  { key: LEARNING_RATE, direction: "none", sampling: "gauge", reading: "last" },
  // M exp(-M/T) falls to 0 both for a dead plan and for a perfect alignment.
  { key: OT_LOSS, direction: "none", sampling: "single-batch", reading: "pool" },
  { key: PI_SUM, direction: "none", sampling: "single-batch", reading: "pool" },
  { key: PI_DIAG, direction: "none", sampling: "single-batch", reading: "pool" },
  { key: "train/update_s", direction: "lower", sampling: "gauge", reading: "window" },
  { key: "train/dataloading_s", direction: "lower", sampling: "gauge", reading: "window" },
  { key: "eval/offline_eval/avg_loss", direction: "lower", sampling: "held-out", reading: "running-mean" },
  { key: EVAL_L1, direction: "lower", sampling: "held-out", reading: "running-mean" },
];

const BY_KEY = new Map(METRICS.map((metric, place) => [metric.key, { metric, place }]));
const COST_PLACE = METRICS.findIndex((metric) => metric.key === PI_DIAG) + 0.5;

/** Before fork commit 2a24db7 the OT metrics carried a doubled prefix. The term of a cost is kept as it is: terms differ. */
export function canonicalKey(key: string): string {
  return key.startsWith("train/ot_ot_") ? `train/ot_${key.slice("train/ot_ot_".length)}` : key;
}

/** Catalogue entry of a canonical key; null for a key that is no metric of the trainer (counters, custom logs). */
export function metricOf(key: string): Metric | null {
  if (key.startsWith(OT_COST_PREFIX))
    return { key, direction: "lower", sampling: "single-batch", reading: "pool" };
  return BY_KEY.get(key)?.metric ?? null;
}

/**
 * Canonical keys in the catalogue's order, unknown ones last by name. Where a run carries both names of one metric,
 * the canonical one wins: it is what the newer trainer writes.
 */
export function canonicalise<Value>(entries: Iterable<readonly [string, Value]>): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const [key, value] of entries) {
    const canonical = canonicalKey(key);
    if (key === canonical || !found.has(canonical)) found.set(canonical, value);
  }
  return new Map([...found].sort(([a], [b]) => compareKeys(a, b)));
}

export function compareKeys(a: string, b: string): number {
  return placeOf(a) - placeOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function placeOf(key: string): number {
  if (key.startsWith(OT_COST_PREFIX)) return COST_PLACE;
  return BY_KEY.get(key)?.place ?? METRICS.length;
}

/** `action_lbl` of `train/ot_cost/action_lbl`; null for any other key. */
export function costTerm(key: string): string | null {
  return key.startsWith(OT_COST_PREFIX) ? key.slice(OT_COST_PREFIX.length) : null;
}
