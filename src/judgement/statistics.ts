import { sortAt } from "./order-statistics.ts";

/** Robust statistics of short windows. All take finite numbers; an empty input gives NaN, as its caller must have refused it. */

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Linear interpolation between order statistics (R type 7). */
export function quantile(values: ArrayLike<number>, probability: number): number {
  const sorted = new Float64Array(values);
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  sortAt(sorted, [below, below + 1]);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (position - below);
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Median absolute deviation from the median, not rescaled. */
export function medianAbsoluteDeviation(values: readonly number[]): number {
  const centre = median(values);
  return median(values.map((value) => Math.abs(value - centre)));
}

export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Upper tail of the standard normal distribution (Abramowitz and Stegun 26.2.17; absolute error below 7.5e-8). */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const density = Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
  return (
    density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  );
}

export interface Trend {
  /** Theil-Sen estimate: the median slope of all pairs. */
  readonly slope: number;
  /** Its 95 % confidence interval from Kendall's order statistics. */
  readonly low: number;
  readonly high: number;
  /** Two-sided Mann-Kendall probability that there is no monotone trend. */
  readonly p: number;
}

/**
 * Theil-Sen slope with its interval (P. K. Sen, 1968) and the Mann-Kendall test, ties in y corrected.
 * Quadratic in the number of points: thin long windows first. Needs at least 3 points with distinct x.
 */
export function trend(xs: readonly number[], ys: readonly number[]): Trend {
  const { deviation, p } = mannKendall(ys);
  const slopes = slopesOfPairs(xs, ys);
  const reach = 1.959964 * deviation;
  const last = slopes.length - 1;
  const half = slopes.length >> 1;
  const low = Math.max(0, Math.floor((slopes.length - reach) / 2) - 1);
  const high = Math.min(last, Math.ceil((slopes.length + reach) / 2));
  sortAt(slopes, [low, half - 1, half, high]);
  const upper = slopes[half] ?? Number.NaN;
  return {
    slope: slopes.length % 2 === 1 ? upper : (upper + (slopes[half - 1] ?? Number.NaN)) / 2,
    low: slopes[low] ?? Number.NaN,
    high: slopes[high] ?? Number.NaN,
    p,
  };
}

/** The Theil-Sen slope alone. */
export function medianSlope(xs: readonly number[], ys: readonly number[]): number {
  return median(slopesOfPairs(xs, ys));
}

function slopesOfPairs(xs: readonly number[], ys: readonly number[]): Float64Array {
  const slopes = new Float64Array((xs.length * (xs.length - 1)) / 2);
  let filled = 0;
  for (let later = 1; later < xs.length; later += 1) {
    const x = xs[later] ?? 0;
    const y = ys[later] ?? 0;
    for (let earlier = 0; earlier < later; earlier += 1) {
      slopes[filled] = (y - (ys[earlier] ?? 0)) / (x - (xs[earlier] ?? 0));
      filled += 1;
    }
  }
  return slopes;
}

/**
 * The Mann-Kendall test alone, ties corrected: several times cheaper than the slope, so ask it first where most answers
 * are no. `deviation`: of Kendall's score where there is no trend.
 */
export function mannKendall(ys: readonly number[]): { readonly deviation: number; readonly p: number } {
  const deviation = Math.sqrt(kendallVariance(ys));
  const excess = Math.max(0, Math.abs(kendallScore(ys)) - 1);
  return { deviation, p: deviation === 0 ? 1 : Math.min(1, 2 * normalTail(excess / deviation)) };
}

/** Rising pairs less falling ones. */
function kendallScore(ys: readonly number[]): number {
  let score = 0;
  for (let later = 1; later < ys.length; later += 1) {
    const y = ys[later] ?? 0;
    for (let earlier = 0; earlier < later; earlier += 1) score += Math.sign(y - (ys[earlier] ?? 0));
  }
  return score;
}

/** Variance of Kendall's score, less what ties in y take away. */
function kendallVariance(ys: readonly number[]): number {
  const term = (n: number) => n * (n - 1) * (2 * n + 5);
  const sorted = new Float64Array(ys).sort();
  let variance = term(sorted.length);
  let from = 0;
  for (let index = 1; index <= sorted.length; index += 1) {
    if (sorted[index] === sorted[from]) continue;
    variance -= term(index - from);
    from = index;
  }
  return variance / 18;
}
