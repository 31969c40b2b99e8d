import { evidenceNumber } from "../../findings.ts";
import { PI_SUM } from "../../metrics.ts";
import { defineRule, REG, rounded, set } from "../../rules.ts";
import { text } from "../../texts.ts";
import { cureBreak } from "../../transport-cure.ts";
import { predictCured } from "../../transport-prediction.ts";
import { trusted, widened } from "../../trust.ts";
import { labelShare, scaleLabels, scaleWeights, WEIGHT_KNOBS, wantedMass } from "./steps.ts";

/**
 * OT-0 and OT-0b: one pair too dear for reg makes the solver return the bare kernel for the whole batch. tau cannot help;
 * reg up, or the costs down, can. The smallest such step, aimed at a live mass where the broken readings tell the costs.
 */
export const cureBreakRule = defineRule({
  id: "ot-cure-break",
  kind: "ot",
  does: "Raises reg, and lowers the label weights (all weights where labels are not the bulk of the costs), by the smallest step that brings the dearest pair to 600 × reg and, where the broken readings tell the costs, the mass to life. tau is left alone.",
  step: "cure",
  predicts: PI_SUM,
  answers: ["solver-break"],
  knobs: [REG, ...WEIGHT_KNOBS],
  propose: ({ knobs, plan, thresholds, trust, finding }) => {
    const share = evidenceNumber(finding("solver-break"), "share");
    if (knobs === null || knobs.reg === null || plan.kind === "unreadable") {
      return [{ signal: "break-cure", edits: [], because: text("rule.ot-cure-break.advice", { share }) }];
    }
    const target = Math.min(wantedMass(thresholds), 0.9 / (knobs.pairs ?? 4));
    const reach = widened(trust);
    const cure = cureBreak(plan, {
      reg: knobs.reg,
      temperature: plan.temperature,
      target,
      largestReg: Math.max(knobs.reg, trust.reg.max),
    });
    const scale = Math.max(cure.scale, 1 / trust.break_factor);
    const reg = trusted(reach.reg, { from: knobs.reg, to: cure.reg }) ?? knobs.reg;
    const temperature = plan.temperature - knobs.reg + reg;
    const labels = scaleLabels(knobs, scale, reach);
    const onLabels = (labelShare(knobs, plan.costs) ?? 1) > thresholds.cost.label_share && labels.length > 0;
    return [
      {
        signal: scale < 1 ? `break-cure-w${rounded(scale)}` : `break-cure-reg${reg}`,
        edits: [
          ...(reg > knobs.reg ? [set(REG, reg)] : []),
          ...(scale < 1 ? (onLabels ? labels : scaleWeights(knobs, scale, reach)) : []),
        ],
        because: text(cure.from === "costs" ? "rule.ot-cure-break" : "rule.ot-cure-break.bound", {
          share,
          from_reg: knobs.reg,
          reg,
          scale,
          dearest: cure.dearest,
          exponent: cure.dearest / knobs.reg,
          target,
        }),
        ...(plan.kind === "broken" ? { predicts: predictCured(plan, { temperature, scale }) } : {}),
      },
    ];
  },
});
