import { PI_SUM } from "../../metrics.ts";
import { labelTerms, learnedTerms, type OtFeature, type OtKnobs } from "../../ot-knobs.ts";
import { isPointless } from "../../pointless.ts";
import { predictChange } from "../../predict-change.ts";
import { defineRule, feature, LAMBDA, type RuleContext, remove, set } from "../../rules.ts";
import { text } from "../../texts.ts";
import { trusted } from "../../trust.ts";
import { massIsTooLow } from "./lift-mass.ts";
import { tightenMass } from "./tighten-mass.ts";

/** Rule id of the one variant of a round that no finding asked for. */
export const EXPLORER = "explorer";

/** Findings that another rule answers: while there is one, nothing is explored. */
const WRONG = [
  "mass-dead",
  "mass-low",
  "solver-break",
  "l1-slow",
  "l1-plateau",
  "gradients-unstable",
] as const;

const RIGHT = ["mass-healthy", "mass-unassigned"] as const;

/** A few readings show no fault either: they are no ground to start from. */
function nothingIsWrong(context: RuleContext): boolean {
  const { finding, config } = context;
  // What lies between the bands of the mass may still be what a rule moves.
  if (massIsTooLow(context) || tightenMass.guard?.(context)) return false;
  const isClear = RIGHT.some((code) => {
    const found = finding(code);
    // A warning: most batches are dead, whatever the mean of all says.
    return found !== null && found.confidence !== "low" && found.severity !== "warning";
  });
  return config !== null && isClear && WRONG.every((code) => finding(code) === null);
}

/** The only label term, where the costs can do without it: learned ones are left, and the mass is not known to saturate. */
function removableLabel({ plan, thresholds }: RuleContext, knobs: OtKnobs): OtFeature | null {
  const [label, ...others] = labelTerms(knobs);
  if (label === undefined || others.length > 0 || learnedTerms(knobs).length === 0) return null;
  const after = { ...knobs, features: knobs.features.filter((term) => term !== label) };
  return isPointless(predictChange(plan, { before: knobs, after }), plan, thresholds) ? null : label;
}

/**
 * The one variant of a round that no finding asks for. First the costs without their label term, the best family of earlier
 * experiments (trainer facts 1.5: one seed, so a hypothesis); where there is none or every pair would pass, twice the
 * weight of OT, which alone lowered the learned costs robustly.
 */
export const explore = defineRule({
  id: EXPLORER,
  kind: "explorer",
  does: "The one variant of a round that no finding asks for, from the best run: without its label feature, or, where it has none or its mass would saturate, with twice the lambda_ot. Never while something is wrong.",
  step: "trust",
  predicts: PI_SUM,
  answers: RIGHT,
  knobs: ["ot.loss_config.features[*]", LAMBDA],
  guard: nothingIsWrong,
  propose: (context) => {
    const { knobs, trust } = context;
    if (knobs === null) return [];
    const label = removableLabel(context, knobs);
    if (label !== null) {
      const because = text("rule.explorer.no-label", { term: label.name, weight: label.weightLabel });
      return [{ signal: "explore-no-label", edits: [remove(feature(label.name))], because }];
    }
    const lambda = trusted(trust.lambda_ot, { from: knobs.lambda, to: knobs.lambda * 2 });
    if (lambda === null || knobs.lambda <= 0) return [];
    const because = text("rule.explorer.lambda", { from: knobs.lambda, lambda });
    return [{ signal: "explore-lambda-x2", edits: [set(LAMBDA, lambda)], because, predicts: null }];
  },
});
