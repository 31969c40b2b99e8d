import { compareKeys, type Direction, metricOf } from "./metrics.ts";
import type { Run } from "./run.ts";
import { finite, type Series, thin } from "./series.ts";
import { mean, median, medianSlope } from "./statistics.ts";

/** The `compare_runs` shape. `null` = undefined in the data (never NaN). `pct` and `delta` are against `first`; pct in percent. */
export interface MetricSummary {
  readonly first: number | null;
  readonly last: number | null;
  readonly best: number | null;
  readonly best_step: number | null;
  readonly delta: number | null;
  readonly pct: number | null;
}

/**
 * First, last and best of one metric. `best` follows the metric's direction and is null where neither way is better;
 * a first or last value that is not finite is null. `pct` is null where `first` is 0.
 */
export function summarise(series: Series, direction: Direction): MetricSummary {
  const first = finiteOrNull(series.values[0]);
  const last = finiteOrNull(series.values.at(-1));
  const best = direction === "none" ? -1 : bestIndex(series.values, direction);
  // Of huge or tiny numbers even a difference or a quotient may overflow: undefined as well.
  const delta = first === null || last === null ? null : finiteOrNull(last - first);
  return {
    first,
    last,
    best: best < 0 ? null : (series.values[best] ?? null),
    best_step: best < 0 ? null : (series.steps[best] ?? null),
    delta,
    pct:
      delta === null || first === null || first === 0 ? null : finiteOrNull((delta / Math.abs(first)) * 100),
  };
}

/** Every metric of a run in the catalogue's order. A summary file calls the minimum of any metric its best: not of these. */
export function summariseRun(run: Run): ReadonlyMap<string, MetricSummary> {
  const entries: [string, MetricSummary][] = [];
  if (run.data.kind === "summary") {
    for (const [key, summary] of run.data.summary) {
      const known = metricOf(key)?.direction !== "none";
      entries.push([key, known ? summary : { ...summary, best: null, best_step: null }]);
    }
  } else {
    for (const [key, series] of run.data.series) {
      const metric = metricOf(key);
      if (metric && series.steps.length > 0) entries.push([key, summarise(series, metric.direction)]);
    }
  }
  return new Map(entries.sort(([a], [b]) => compareKeys(a, b)));
}

/** Statistics of one window of finite points. Slope per trainer step. */
export interface WindowStatistics {
  readonly from_step: number;
  readonly to_step: number;
  readonly points: number;
  readonly mean: number;
  readonly median: number;
  /** Theil-Sen; null below 4 points. */
  readonly slope: number | null;
  /** Median size of the first differences about the trend: blind to the trend itself and to single spikes. */
  readonly noise: number;
}

/** Pairs grow with the square of the points: more than this are averaged first. */
const MOST_POINTS = 60;

/** null where the window has no finite point. */
export function windowStatistics(window: Series): WindowStatistics | null {
  const points = finite(window);
  const from_step = points.steps[0];
  const to_step = points.steps.at(-1);
  if (from_step === undefined || to_step === undefined) return null;
  const sample = thin(points, MOST_POINTS);
  const slope = sample.steps.length < 4 ? null : medianSlope(sample.steps, sample.values);
  return {
    from_step,
    to_step,
    points: points.steps.length,
    mean: mean(points.values),
    median: median(points.values),
    slope,
    noise: noiseAbout(points, slope ?? 0),
  };
}

/** Not about their own median: where a curve alternates, half of the differences are that median. */
function noiseAbout({ steps, values }: Series, slope: number): number {
  if (values.length < 3) return 0;
  const sizes: number[] = [];
  for (let index = 1; index < values.length; index += 1) {
    const rise = (values[index] ?? 0) - (values[index - 1] ?? 0);
    sizes.push(Math.abs(rise - slope * ((steps[index] ?? 0) - (steps[index - 1] ?? 0))));
  }
  return median(sizes);
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function bestIndex(values: readonly number[], direction: "lower" | "higher"): number {
  const sign = direction === "lower" ? 1 : -1;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < values.length; index += 1) {
    const value = (values[index] ?? Number.NaN) * sign;
    // A NaN compares false; infinities are not a best value either.
    if (value < least && value > Number.NEGATIVE_INFINITY) {
      least = value;
      best = index;
    }
  }
  return best;
}
