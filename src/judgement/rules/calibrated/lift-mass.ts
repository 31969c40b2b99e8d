import { evidenceNumber } from "../../findings.ts";
import { PI_SUM } from "../../metrics.ts";
import { defineRule, LAMBDA, type RuleContext } from "../../rules.ts";
import { part, text } from "../../texts.ts";
import { estimateMass, temperatureBounds, temperatureFor } from "../../transport.ts";
import {
  keepPull,
  scaleTemperature,
  scaleWeights,
  TEMPERATURE_KNOBS,
  temperatureWith,
  WEIGHT_KNOBS,
  wantedMass,
} from "./steps.ts";

/** Below the plan's good band and not on its way there. */
export const TOO_LITTLE = ["mass-dead", "mass-low", "mass-unassigned"] as const;

export function massIsTooLow({ finding, thresholds }: RuleContext): boolean {
  if (finding("mass-rising") !== null) return false;
  const level = evidenceNumber(
    TOO_LITTLE.map(finding).find((found) => found !== null),
    "level",
  );
  return level !== null && level < thresholds.mass.good_from;
}

/**
 * OT-1: the temperature at which the logged mass and loss put the mass into the middle of the band, reg and tau in their
 * ratio. Where tau is more than 100 times reg the solver does not converge (OT-1b): then the weights carry the step.
 */
export const liftMass = defineRule({
  id: "ot-lift",
  kind: "ot",
  does: "Solves for the temperature T = reg + tau_src + tau_tgt at which the mass reaches the middle of the good band; reg and taus keep their ratio. Where a tau exceeds 100 × reg all weights shrink instead. lambda_ot goes down with it where lambda_ot × mass would rise more than {effective_weight} times. Waits while the mass rises or the solver is broken.",
  step: "trust",
  predicts: PI_SUM,
  answers: TOO_LITTLE,
  knobs: [...TEMPERATURE_KNOBS, ...WEIGHT_KNOBS, LAMBDA],
  guard: (context) => massIsTooLow(context) && context.finding("solver-break")?.severity !== "problem",
  propose: (context) => {
    const { knobs, plan, thresholds, trust } = context;
    if (knobs === null || plan.kind !== "diagonal") return [adviceToLift(context)];
    const target = wantedMass(thresholds);
    const wanted = temperatureFor(plan, target);
    if (wanted === null) {
      const values = { mass: plan.mass, target, temperature: plan.temperature };
      return [{ signal: "mass-gated", edits: [], because: text("rule.ot-lift.gated", values) }];
    }
    const factor = Math.min(wanted / plan.temperature, trust.reg.factor);
    if (!(factor > 1.02)) return [];
    const bounds = temperatureBounds(plan, target);
    const byWeights = Math.max(knobs.tauSource ?? 0, knobs.tauTarget ?? 0) > 100 * (knobs.reg ?? 1);
    const step = byWeights ? scaleWeights(knobs, 1 / factor, trust) : scaleTemperature(knobs, factor, trust);
    const made = byWeights ? factor : temperatureWith(knobs, step) / plan.temperature;
    if (!(made > 1.02)) return [];
    const reached = estimateMass(plan, plan.temperature * made);
    return [
      {
        signal: `mass-up-t${Number(made.toPrecision(3))}`,
        edits: [...step, ...keepPull(knobs, { from: plan.mass, to: reached, trust })],
        because: text(byWeights ? "rule.ot-lift.weights" : "rule.ot-lift", {
          mass: plan.mass,
          target,
          factor: made,
          temperature: plan.temperature,
          necessary: bounds.low / plan.temperature,
          sufficient: sufficient(bounds.high / plan.temperature),
          cut_off: 2.3 * plan.temperature * made,
        }),
      },
    ];
  },
});

/** Costs that are not known to be bounded leave every T without a proof. */
function sufficient(factor: number) {
  return Number.isFinite(factor)
    ? part("rule.ot-lift.sufficient", { factor })
    : part("rule.ot-lift.never-sufficient");
}

/** Where the laws do not apply, the plan's step in words with the reason, and how far T must move at the very least (ln m / ln m*, search facts L6). */
function adviceToLift({ finding, plan, thresholds }: RuleContext) {
  const level = evidenceNumber(
    TOO_LITTLE.map(finding).find((found) => found !== null),
    "level",
  );
  const target = wantedMass(thresholds);
  const necessary = level !== null && level > 0 ? Math.log(level) / Math.log(target) : null;
  const why = part(`plan.${plan.kind === "unreadable" ? plan.why : "too-few-points"}`);
  const values = { level, target, necessary, why };
  return {
    signal: "mass-up",
    edits: [],
    because: text(necessary === null ? "rule.ot-lift.advice.zero" : "rule.ot-lift.advice", values),
  };
}
