import { evidenceNumber } from "../../findings.ts";
import { defineRule, LAMBDA, set } from "../../rules.ts";
import { text } from "../../texts.ts";

/**
 * A saturated mass is either a very good alignment or a collapsed encoder, and the curves cannot tell (trainer facts 1.5).
 * A run without OT can. lambda_ot is never lowered on its way there: it is 0 in the control and untouched elsewhere.
 */
export const lambdaControl = defineRule({
  id: "ot-lambda-control",
  kind: "control",
  does: "The same run with lambda_ot 0, which tells alignment from collapse. lambda_ot is never lowered to 0 by steps.",
  step: "fixed",
  predicts: null,
  answers: ["mass-saturated"],
  knobs: [LAMBDA],
  guard: ({ knobs }) => knobs === null || knobs.lambda !== 0,
  propose: ({ finding }) => [
    {
      signal: "control-lambda0",
      edits: [set(LAMBDA, 0)],
      because: text("rule.ot-lambda-control", { level: evidenceNumber(finding("mass-saturated"), "level") }),
      predicts: null,
    },
  ],
});
