import { GRAD_NORM } from "./metrics.ts";
import { planLaw } from "./ot-knobs.ts";
import { lastWindow } from "./series.ts";
import { medianAbsoluteDeviation } from "./statistics.ts";
import { massPool, type Subject } from "./subject.ts";
import { windowStatistics } from "./summary.ts";
import { isBroken } from "./transport.ts";

/** How steadily OT worked. null: not readable from this run (a summary, no OT). */
export interface Stability {
  /** Share of readings with a plan: neither broken nor dead. */
  readonly aliveShare: number | null;
  /** Robust standard deviation of ln pi_sum over them. */
  readonly massSpread: number | null;
  /** Noise of grad_norm over its level in the last window. */
  readonly gradientJitter: number | null;
}

export function stabilityOf(subject: Subject): Stability {
  const { knobs, thresholds } = subject;
  const pool = massPool(subject);
  const law = knobs === null ? null : planLaw(knobs);
  const alive = pool?.values.filter(
    (mass) => mass > thresholds.mass.dead && (law === null || !isBroken(mass, law)),
  );
  const gradient = subject.curve(GRAD_NORM);
  const window = gradient === null ? null : windowStatistics(lastWindow(gradient, thresholds.window));
  return {
    aliveShare: pool === null || alive === undefined ? null : alive.length / pool.values.length,
    massSpread:
      alive === undefined || alive.length < 3 ? null : 1.4826 * medianAbsoluteDeviation(alive.map(Math.log)),
    gradientJitter: window === null || !(window.median > 0) ? null : window.noise / window.median,
  };
}

/**
 * Steadier first: share of live readings (in steps of 5 %), then spread of ln pi_sum (of 0.1), then gradient jitter. What cannot
 * be read comes last.
 */
export function compareStability(a: Stability, b: Stability): number {
  const least = Number.POSITIVE_INFINITY;
  return (
    coarse(b.aliveShare ?? -1, 0.05) - coarse(a.aliveShare ?? -1, 0.05) ||
    difference(coarse(a.massSpread ?? least, 0.1), coarse(b.massSpread ?? least, 0.1)) ||
    difference(a.gradientJitter ?? least, b.gradientJitter ?? least)
  );
}

function coarse(value: number, step: number): number {
  return Math.round(value / step);
}

/** Infinity minus itself is NaN, which would pass for equal by accident of `||` only. */
function difference(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
