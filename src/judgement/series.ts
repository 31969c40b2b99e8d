/**
 * One logged metric of one run. `steps` rises strictly; `values[i]` was logged at `steps[i]` and may be NaN or infinite:
 * a non-finite value is evidence, not a hole. Both have the same length.
 */
export interface Series {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

const EMPTY: Series = { steps: [], values: [] };

/** First index whose step is not below `step`. */
function indexAt(series: Series, step: number): number {
  let low = 0;
  let high = series.steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((series.steps[middle] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

function slice(series: Series, from: number, to?: number): Series {
  return { steps: series.steps.slice(from, to), values: series.values.slice(from, to) };
}

/** The points with `from <= step <= to`. */
export function between(series: Series, from: number, to: number): Series {
  return slice(series, indexAt(series, from), indexAt(series, to + 1));
}

export function firstPoints(series: Series, count: number): Series {
  return slice(series, 0, count);
}

export function lastPoints(series: Series, count: number): Series {
  return count <= 0 ? EMPTY : slice(series, Math.max(0, series.steps.length - count));
}

/** The last `steps` trainer steps, widened to `points` points where the run logs too rarely. */
export function lastWindow(
  series: Series,
  window: { readonly steps: number; readonly points: number },
): Series {
  const end = series.steps.at(-1);
  if (end === undefined) return EMPTY;
  // Half open at the old end: 500 steps at log_freq 50 are 10 points.
  const byStep = indexAt(series, end - window.steps + 1);
  return slice(series, Math.min(byStep, Math.max(0, series.steps.length - window.points)));
}

/**
 * A segment of a resumed run begins in the middle: its first value is not the one that a fall is measured from. Readings of
 * a whole run begin within two of their own distances from 0.
 */
export function beginsLate({ steps }: Series): boolean {
  const [first = 0, last = 0] = [steps[0], steps.at(-1)];
  return steps.length > 1 && first > (2 * (last - first)) / (steps.length - 1);
}

/** Index of the first value that is NaN or infinite; -1 where there is none. */
export function firstNonFinite({ values }: Series): number {
  for (let index = 0; index < values.length; index += 1) if (!Number.isFinite(values[index])) return index;
  return -1;
}

/** Without the points that are NaN or infinite. */
export function finite(series: Series): Series {
  return firstNonFinite(series) < 0 ? series : filterPoints(series, Number.isFinite);
}

export function filterPoints(series: Series, keep: (value: number, step: number) => boolean): Series {
  const steps: number[] = [];
  const values: number[] = [];
  series.values.forEach((value, index) => {
    const step = series.steps[index] ?? 0;
    if (!keep(value, step)) return;
    steps.push(step);
    values.push(value);
  });
  return { steps, values };
}

/** At most `count` points, each the mean of a run of neighbours (of both step and value). */
export function thin(series: Series, count: number): Series {
  const length = series.steps.length;
  if (length <= count) return series;
  const steps: number[] = [];
  const values: number[] = [];
  for (let bucket = 0; bucket < count; bucket += 1) {
    const from = Math.floor((bucket * length) / count);
    const to = Math.floor(((bucket + 1) * length) / count);
    let step = 0;
    let value = 0;
    for (let index = from; index < to; index += 1) {
      step += series.steps[index] ?? 0;
      value += series.values[index] ?? 0;
    }
    steps.push(step / (to - from));
    values.push(value / (to - from));
  }
  return { steps, values };
}
