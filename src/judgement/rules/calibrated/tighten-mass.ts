import { evidenceNumber } from "../../findings.ts";
import { PI_SUM } from "../../metrics.ts";
import { defineRule } from "../../rules.ts";
import { text } from "../../texts.ts";
import { SAFE_EXPONENT, temperatureFor } from "../../transport.ts";
import { dearestPair } from "../../transport-reading.ts";
import { scaleTemperature, TEMPERATURE_KNOBS, temperatureWith } from "./steps.ts";

/** Where the mass is wanted when it comes from above (OT-2). */
const TARGET = 0.2;
/** Above it the live pairs are cheaper than all pairs: the plan chooses, and is to be left alone. */
const ALIGNED = 3;

/**
 * OT-2: a high mass with live pairs as dear as all pairs means that T lets everything through: tighten it. Aligned plans stay,
 * and so does one whose costs are far below T (it may have collapsed: see the lambda control).
 */
const TOO_MUCH = ["mass-high", "mass-saturated", "mass-unassigned"] as const;

export const tightenMass = defineRule({
  id: "ot-tighten",
  kind: "ot",
  does: "High mass where live pairs cost as much as all pairs: lowers T towards a mass of 0.2, reg no further than the dearest pair / 600. An aligned plan is left alone.",
  step: "trust",
  predicts: PI_SUM,
  answers: TOO_MUCH,
  knobs: [...TEMPERATURE_KNOBS],
  guard: ({ finding, plan, thresholds }) => {
    const found = TOO_MUCH.map(finding).find((each) => each !== null);
    if ((evidenceNumber(found, "level") ?? 0) <= thresholds.mass.good_to) return false;
    const kappa = evidenceNumber(found, "kappa");
    const cost = evidenceNumber(found, "all_cost");
    if (plan.kind !== "diagonal" || kappa === null || cost === null) return false;
    return kappa <= ALIGNED && cost / plan.temperature > 0.1;
  },
  propose: ({ knobs, plan, finding, trust }) => {
    if (knobs === null || plan.kind !== "diagonal") return [];
    const wanted = temperatureFor(plan, TARGET);
    if (wanted === null) return [];
    // reg is what keeps the dearest pair from breaking the solver: below that only the taus fall.
    const least = Math.max(trust.reg.min, dearestPair(plan.costs) / SAFE_EXPONENT);
    const step = scaleTemperature(knobs, wanted / plan.temperature, {
      ...trust,
      reg: { ...trust.reg, min: least },
    });
    const factor = temperatureWith(knobs, step) / plan.temperature;
    const kappa = evidenceNumber(
      TOO_MUCH.map(finding).find((each) => each !== null),
      "kappa",
    );
    return [
      {
        signal: `mass-down-t${Number(factor.toPrecision(2))}`,
        edits: step,
        because: text("rule.ot-tighten", { mass: plan.mass, target: TARGET, factor, kappa }),
      },
    ];
  },
});
