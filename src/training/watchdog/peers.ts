/** Comparisons with all that was trained under the same conditions, whatever the seed (search facts 3). */
import { mean, median } from "../../judgement/statistics.ts";
import type { StopRequest } from "../stop.ts";
import type { Watch } from "../watch.ts";

/** Held-out L1 of another trial, by step; it may still grow. */
export interface Peer {
  readonly trial: string;
  readonly evaluations: ReadonlyMap<number, number>;
}

export interface MedianLimits {
  /** Steps at which it is compared. */
  readonly at: readonly number[];
  /** Fewer peers that came so far are no comparison. */
  readonly least: number;
}

/** Median stopping: its best so far is worse than the median of what the others were on average up to the same step. */
export function watchMedian(peers: () => readonly Peer[], { at, least }: MedianLimits): Watch {
  let best = Number.POSITIVE_INFINITY;
  return (event) => {
    if (event.kind !== "eval" || Number.isNaN(event.avgL1)) return null;
    best = Math.min(best, event.avgL1);
    if (!at.includes(event.step)) return null;
    const averages = peers().flatMap(({ evaluations }) => averageUpTo(evaluations, event.step) ?? []);
    const level = median(averages);
    if (averages.length < least || best <= level) return null;
    return hopeless({
      step: event.step,
      by: "median",
      best_eval_l1: best,
      median_l1: level,
      peers: averages.length,
    });
  };
}

/** Null: it never came to that step. */
function averageUpTo(evaluations: ReadonlyMap<number, number>, step: number): number | null {
  if (!evaluations.has(step)) return null;
  const values = [...evaluations].filter(([at, value]) => at <= step && Number.isFinite(value));
  return values.length === 0 ? null : mean(values.map(([, value]) => value));
}

export interface RungLimits {
  /** The rungs, in steps. */
  readonly at: readonly number[];
  /** The best 1/eta of all that reached a rung go on. */
  readonly eta: number;
}

/** Asynchronous successive halving: nobody waits at a rung, each is ranked among those that were there before. */
export function watchRungs(peers: () => readonly Peer[], { at, eta }: RungLimits): Watch {
  return (event) => {
    if (event.kind !== "eval" || !at.includes(event.step) || Number.isNaN(event.avgL1)) return null;
    const others = peers().flatMap(({ evaluations }) => {
      const value = evaluations.get(event.step);
      return value !== undefined && Number.isFinite(value) ? [value] : [];
    });
    const all = others.length + 1;
    const rank = others.filter((value) => value < event.avgL1).length + 1;
    const places = Math.floor(all / eta);
    if (places === 0 || rank <= places) return null;
    return hopeless({ step: event.step, by: "asha", eval_l1: event.avgL1, rank, of: all, places, eta });
  };
}

function hopeless(evidence: StopRequest["evidence"]): StopRequest {
  return { outcome: "stopped", reason: "hopeless", evidence, urgent: false };
}
