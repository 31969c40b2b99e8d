import type { OtKnobs } from "./ot-knobs.ts";
import type { Prediction } from "./prescription.ts";
import { planChange, predictPlan } from "./transport-prediction.ts";
import type { PlanState } from "./transport-reading.ts";

/** The mass that a run's plan lets expect of changed knobs; null where nothing changes or the laws cannot follow it. */
export function predictChange(
  plan: PlanState,
  { before, after }: { readonly before: OtKnobs; readonly after: OtKnobs },
): Prediction | null {
  if (plan.kind !== "diagonal") return null;
  const change = planChange(before, after);
  return change === "unchanged" || change === "not-a-plan-change"
    ? null
    : (predictPlan(plan, change)?.mass ?? null);
}
