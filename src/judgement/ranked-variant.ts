import type { RunAnalysis } from "./analysis.ts";
import type { Stability } from "./stability.ts";
import { mean, standardDeviation } from "./statistics.ts";
import type { Thresholds } from "./thresholds.ts";

/** One configuration with its runs at one or more seeds. */
export interface RankedVariant {
  readonly key: string;
  readonly runs: readonly RunAnalysis[];
  /** Mean over the runs of the smoothed minimum of the held-out L1: what ranks. */
  readonly evaluation: number;
  /** Mean of the last values: what is printed beside it. */
  readonly last: number;
  /** By seed; the key of an unknown seed is null. */
  readonly bySeed: ReadonlyMap<number | null, number>;
  readonly stability: Stability;
}

export interface Difference {
  /** `b - a` in held-out L1: positive where a is better. */
  readonly gain: number;
  /** Below it, a difference is noise. */
  readonly noise: number;
  readonly real: boolean;
  readonly pairs: number;
  readonly wins: number;
}

/**
 * Two variants against the noise (trainer facts 1.6). Common seeds are compared pair by pair, where the noise is that of
 * a rerun and, from two pairs on, what the pairs themselves scatter; otherwise means are, where it is twice the standard
 * error of their difference: seeds scatter by 0.02, so a lucky one lies 0.03 below its own configuration's others.
 */
export function difference(a: RankedVariant, b: RankedVariant, { noise }: Thresholds): Difference {
  const gains = [...a.bySeed].flatMap(([seed, level]) => {
    const other = b.bySeed.get(seed);
    return seed === null || other === undefined ? [] : [other - level];
  });
  const pairs = gains.length;
  if (pairs > 0) {
    const gain = mean(gains);
    const limit = Math.max(noise.equal_seed, 2 * standardDeviation(gains)) / Math.sqrt(pairs);
    return {
      gain,
      noise: limit,
      real: Math.abs(gain) > limit,
      pairs,
      wins: gains.filter((each) => each > 0).length,
    };
  }
  const gain = b.evaluation - a.evaluation;
  const limit = noiseBetweenSeeds(noise.between_seeds, { of: a.bySeed.size, and: b.bySeed.size });
  return { gain, noise: limit, real: Math.abs(gain) > limit, pairs: 0, wins: 0 };
}

/** Two standard errors of the difference of two means over so many seeds; of single runs where nothing is said. */
export function noiseBetweenSeeds(deviation: number, { of = 1, and = 1 } = {}): number {
  return 2 * deviation * Math.sqrt(1 / of + 1 / and);
}

/** As people know it. */
export function labelOf({ runs, key }: RankedVariant): string {
  const [first] = runs;
  return first === undefined ? key : (first.run.name ?? first.run.label);
}

/** Is a better than b, beyond the noise? */
export function beats(a: RankedVariant, b: RankedVariant, thresholds: Thresholds): boolean {
  const { real, gain } = difference(a, b, thresholds);
  return real && gain > 0;
}
