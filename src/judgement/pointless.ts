import { PI_SUM } from "./metrics.ts";
import type { Prediction } from "./prescription.ts";
import type { Thresholds } from "./thresholds.ts";
import type { PlanState } from "./transport-reading.ts";

/**
 * Is the mass that is predicted for a variant far outside the good band, and no nearer to it than the run already is? Such a
 * variant would only fill a GPU with a plan where every pair passes, or none does. A long way back from a dead plan is not.
 */
export function isPointless(predicts: Prediction | null, plan: PlanState, { mass }: Thresholds): boolean {
  if (predicts === null || predicts.metric !== PI_SUM) return false;
  // A broken plan has no mass of its own: whatever is not saturated is nearer to the band.
  const now = plan.kind === "diagonal" ? plan.mass : 0;
  if (predicts.value > mass.saturated) return predicts.value > now;
  return predicts.value < mass.low && predicts.value < now;
}
