import type { OtKnobs } from "./ot-knobs.ts";
import { type Interval, LARGEST_EXPONENT } from "./transport.ts";

/** What decides whether the solver arrives at the plan that the laws describe. */
export type SolverKnobs = Pick<OtKnobs, "reg" | "tauSource" | "tauTarget" | "singlePrecision">;

/** ln(FLT_MAX), where costs are single precision (trainer facts 1.2). */
const LARGEST_SINGLE_EXPONENT = 88.7;
/** Beyond it 1,000 iterations no longer reach the plan (search facts 7, OT-1b). */
const SLOWEST_RATIO = 100;
/** Below it the solver stops this close to the plan, relatively: its last step is under 1e-6, and tau/reg of these remain. */
const ACCURACY = 1e-4;

/**
 * The largest cost that a pair of a batch can have, from the logged mean over all pairings of its N pairs, of which the mean is
 * all that is known. Costs are squared distances of points (every term is, so their weighted sum is), which ties the pairings
 * to each other: with n points on either side the sum of all n² squared distances is at least d² n²/(2n - 1) where one pair is
 * d apart. (The sum is a convex quadratic in the other points; its minimum puts them at nd/(2n-1) and (n-1)d/(2n-1) between
 * the two.) So no pair costs more than 2n - 1 times the mean.
 */
export function largestPair({ meanCost, pairs }: { meanCost: number; pairs: number }): number {
  return (2 * pairs - 1) * meanCost;
}

/** Does the solver certainly find the plan of batches whose pairs cost no more than this? */
export function certainlySolves(solver: SolverKnobs, largest: number): boolean {
  const { reg, tauSource, tauTarget, singlePrecision } = solver;
  if (reg === null || tauSource === null || tauTarget === null) return false;
  const exponent = singlePrecision ? LARGEST_SINGLE_EXPONENT : LARGEST_EXPONENT;
  return largest <= exponent * reg && Math.max(tauSource, tauTarget) <= SLOWEST_RATIO * reg;
}

/** Bounds of the plan as bounds of what the solver makes of it. */
export function asSolved({ low, high }: Interval): Interval {
  return { low: low * (1 - ACCURACY), high: high * (1 + ACCURACY) };
}
