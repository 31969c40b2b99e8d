import { evidenceNumber } from "../../findings.ts";
import { PI_SUM } from "../../metrics.ts";
import { labelTerms } from "../../ot-knobs.ts";
import { defineRule, feature, remove } from "../../rules.ts";
import { text } from "../../texts.ts";
import { temperatureFor } from "../../transport.ts";
import { trusted } from "../../trust.ts";
import { massIsTooLow, TOO_LITTLE } from "./lift-mass.ts";
import { labelShare, scaleLabels, wantedMass } from "./steps.ts";

/**
 * The label cost has no gradient: it only gates which pairs count. Where it makes up most of the costs, its weight is as good a
 * lever on the mass as T, and leaves the softness of the learned terms alone: calibrate it to the temperature.
 */
export const calibrateLabel = defineRule({
  id: "ot-label-scale",
  kind: "ot",
  does: "Where labels make up most of the costs, scales their weight to the temperature instead: the other lever on the same mass, which leaves the learned terms alone.",
  step: "trust",
  predicts: PI_SUM,
  answers: TOO_LITTLE,
  knobs: ["ot.loss_config.features[*].weight_label"],
  guard: (context) => massIsTooLow(context) && context.finding("solver-break")?.severity !== "problem",
  propose: ({ knobs, plan, thresholds, trust }) => {
    if (knobs === null || plan.kind !== "diagonal") return [];
    const share = labelShare(knobs, plan.costs);
    const [term] = labelTerms(knobs);
    const wanted = temperatureFor(plan, wantedMass(thresholds));
    if (share === null || share <= thresholds.cost.label_share || term === undefined || wanted === null)
      return [];
    // Only the label's part of the costs can shrink: s_all = (1 - share) + share * s.
    const whole = plan.temperature / wanted;
    const factor = Math.max((whole - (1 - share)) / share, 1 / trust.weight_label.factor);
    const weight = trusted(trust.weight_label, { from: term.weightLabel, to: term.weightLabel * factor });
    if (weight === null || factor >= 1) return [];
    return [
      {
        signal: `label-x${Number((weight / term.weightLabel).toPrecision(2))}`,
        edits: scaleLabels(knobs, weight / term.weightLabel, trust),
        because: text("rule.ot-label-scale", {
          mass: plan.mass,
          target: wantedMass(thresholds),
          share,
          term: term.name,
          now: term.weightLabel,
          weight,
        }),
      },
    ];
  },
});

/**
 * The plan's second rule: a high mass with a cost that does not fall means that the label steers and nothing is learned. The
 * weight halves; below the plan's least weight the feature goes, since a weight of 0 stops the trainer.
 */
export const dampLabel = defineRule({
  id: "ot-label-down",
  kind: "ot",
  does: "High mass with a learned cost that does not fall: halves the label weight; at 0.0005 or less the feature goes, for a weight of 0 stops the trainer.",
  step: "trust",
  predicts: PI_SUM,
  answers: ["mass-high", "mass-saturated"],
  knobs: ["ot.loss_config.features[*].weight_label", "ot.loss_config.features[*]"],
  guard: ({ finding }) => (finding("mass-high") ?? finding("mass-saturated"))?.evidence["cost_flat"] === true,
  propose: ({ knobs, finding, trust }) => {
    const level = evidenceNumber(finding("mass-high") ?? finding("mass-saturated"), "level");
    if (knobs === null) {
      const because = text("rule.ot-label-down.advice", { level, least: LEAST_LABEL_WEIGHT });
      return [{ signal: "label-down", edits: [], because }];
    }
    const [term, ...others] = labelTerms(knobs);
    if (term === undefined || others.length > 0) return [];
    const values = { level, term: term.name, now: term.weightLabel };
    if (term.weightLabel > LEAST_LABEL_WEIGHT) {
      const because = text("rule.ot-label-down", { ...values, weight: term.weightLabel / 2 });
      return [{ signal: "label-x0.5", edits: scaleLabels(knobs, 0.5, trust), because }];
    }
    if (knobs.features.length === 1) return [];
    return [
      {
        signal: "label-off",
        edits: [remove(feature(term.name))],
        because: text("rule.plan-mass-high.label-off", values),
      },
    ];
  },
});

/** The plan's least label weight above 0. */
const LEAST_LABEL_WEIGHT = 0.0005;
