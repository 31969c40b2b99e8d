/** The plan's rules as they were written down. Steps are fixed; what they do to the plan is predicted beside them. */

import { evidenceNumber } from "../findings.ts";
import { PI_SUM } from "../metrics.ts";
import { labelTerms } from "../ot-knobs.ts";
import {
  BATCH,
  type Draft,
  defineRule,
  feature,
  LAMBDA,
  RATE,
  RATE_BACKBONE,
  REG,
  type Rule,
  type RuleContext,
  remove,
  scale,
  set,
  TAU_SOURCE,
  TAU_TARGET,
  WINDOW,
} from "../rules.ts";
import { text } from "../texts.ts";

const TAUS = [0.5, 1, 2] as const;
const LABEL_WEIGHTS = [0.001, 0.0005, 0] as const;

/** Below 1e-3 and not rising: smoother (reg) or looser (tau, else a larger window). heuristic stays as it is. */
const massTooLow = defineRule({
  id: "plan-mass-low",
  kind: "ot",
  does: "reg ×1.5 and ×2; both taus to the next higher of 0.5, 1, 2, at the top of that list the source window doubles (10 to 40). Waits while the mass rises; heuristic stays.",
  step: "fixed",
  predicts: PI_SUM,
  answers: ["mass-low", "mass-dead"],
  knobs: [REG, TAU_SOURCE, TAU_TARGET, WINDOW],
  guard: ({ finding }) => finding("mass-rising") === null,
  propose: (context) => {
    const level = evidenceNumber(context.finding("mass-low") ?? context.finding("mass-dead"), "level");
    const values = { level, limit: context.thresholds.mass.low };
    return [
      ...[1.5, 2].map((factor) => ({
        signal: `mass-up-reg${factor}`,
        edits: [scale(REG, factor)],
        because: text("rule.plan-mass-low.reg", { ...values, factor }),
      })),
      ...looser(context, values),
    ];
  },
});

/** The next higher tau of the plan's three, for both; never a lower one. At the top of the list the window grows instead. */
function looser(
  { knobs }: RuleContext,
  values: { readonly level: number | null; readonly limit: number },
): readonly Draft[] {
  if (knobs === null)
    return [{ signal: "mass-up-tau", edits: [], because: text("rule.plan-mass-low.loosen", values) }];
  const now = Math.max(knobs.tauSource ?? 0, knobs.tauTarget ?? 0);
  const tau = TAUS.find((candidate) => candidate > now);
  if (tau !== undefined) {
    const because = text("rule.plan-mass-low.tau", { ...values, now, tau });
    return [{ signal: `mass-up-tau${tau}`, edits: [set(TAU_SOURCE, tau), set(TAU_TARGET, tau)], because }];
  }
  const window = Math.min(40, Math.max(10, 2 * knobs.windowSize));
  if (knobs.noWindow || window <= knobs.windowSize) return [];
  const because = text("rule.plan-mass-low.window", { ...values, now: knobs.windowSize, window });
  return [{ signal: `mass-up-win${window}`, edits: [set(WINDOW, window)], because }];
}

/** Above 0.3 with a cost that does not fall: less label, and where no label is left a little less lambda_ot. */
const massTooHigh = defineRule({
  id: "plan-mass-high",
  kind: "ot",
  does: "With a cost that does not fall: label weight to the next lower of 0.001, 0.0005, 0 (0 removes the feature), then lambda_ot ×0.8.",
  step: "fixed",
  predicts: PI_SUM,
  answers: ["mass-high", "mass-saturated"],
  knobs: ["ot.loss_config.features[*].weight_label", "ot.loss_config.features[*]", LAMBDA],
  guard: ({ finding }) => (finding("mass-high") ?? finding("mass-saturated"))?.evidence["cost_flat"] === true,
  propose: (context) => {
    const level = evidenceNumber(context.finding("mass-high") ?? context.finding("mass-saturated"), "level");
    const lessLambda = {
      signal: "lambda-down-0.8",
      edits: [scale(LAMBDA, 0.8)],
      because: text("rule.plan-mass-high.lambda", { level, factor: 0.8 }),
    };
    if (context.knobs === null) {
      return [
        { signal: "label-down", edits: [], because: text("rule.plan-mass-high.label.advice", { level }) },
      ];
    }
    const lessLabel = lessOfLabel(context, level);
    return lessLabel.length > 0 ? lessLabel : context.knobs.lambda > 0.02 ? [lessLambda] : [];
  },
});

/** A weight of 0 on the only cost of a feature stops the trainer at step 1, so 0 means: the feature goes. */
function lessOfLabel({ knobs }: RuleContext, level: number | null): readonly Draft[] {
  const labels = knobs === null ? [] : labelTerms(knobs);
  const [term, ...others] = labels;
  if (knobs === null || term === undefined || others.length > 0) return [];
  const next = LABEL_WEIGHTS.find((weight) => weight < term.weightLabel);
  if (next === undefined) return [];
  const values = { level, term: term.name, now: term.weightLabel };
  if (next > 0) {
    const because = text("rule.plan-mass-high.label", { ...values, weight: next });
    return [
      { signal: `label-down-${next}`, edits: [set(`${feature(term.name)}.weight_label`, next)], because },
    ];
  }
  if (knobs.features.length === 1) return [];
  return [
    {
      signal: "label-off",
      edits: [remove(feature(term.name))],
      because: text("rule.plan-mass-high.label-off", values),
    },
  ];
}

/** L1 stands still over 2,000 steps: another step size of the optimiser, OT untouched for comparison. */
const plateau = defineRule({
  id: "plan-plateau",
  kind: "bc",
  does: "Less than 2 % in 2,000 steps: learning rate ×2 and ÷2 with its backbone, batch ×2; OT untouched.",
  step: "fixed",
  predicts: null,
  answers: ["l1-plateau"],
  knobs: [RATE, RATE_BACKBONE, BATCH],
  guard: ({ finding, thresholds }) => {
    const fall = evidenceNumber(finding("l1-plateau"), "fall_of_rule");
    return fall !== null && fall < thresholds.l1.plateau_fall;
  },
  propose: ({ finding, number, thresholds }) => {
    const values = {
      fall: evidenceNumber(finding("l1-plateau"), "fall_of_rule"),
      over: thresholds.l1.plateau_rule_steps,
    };
    const batch = number(BATCH);
    return [
      ...[2, 0.5].map((factor) => ({
        signal: factor === 2 ? "lr-x2" : "lr-half",
        edits: [scale(RATE, factor), scale(RATE_BACKBONE, factor)],
        because: text("rule.plan-plateau.rate", { ...values, factor }),
      })),
      ...(batch === null
        ? []
        : [
            {
              signal: `batch-${2 * batch}`,
              edits: [set(BATCH, 2 * batch)],
              because: text("rule.plan-plateau.batch", { ...values, now: batch, batch: 2 * batch }),
            },
          ]),
    ];
  },
});

/** A jittery curve at constant learning rate: smoother plan, less OT, or more source frames; checkpoints stay rare. */
const jittery = defineRule({
  id: "plan-jitter",
  kind: "ot",
  does: "reg ×1.5, lambda_ot ×0.8 or a doubled source window (10 to 40), with rare checkpoints.",
  step: "fixed",
  predicts: PI_SUM,
  answers: ["jitter"],
  knobs: [REG, LAMBDA, WINDOW, "save_freq"],
  propose: ({ finding, knobs, number }) => {
    const values = { noise: evidenceNumber(finding("jitter"), "noise") };
    const steps = number("steps") ?? 0;
    const rarely = steps > 0 && (number("save_freq") ?? steps) < steps ? [set("save_freq", steps)] : [];
    const window = Math.min(40, Math.max(10, 2 * (knobs?.windowSize ?? 0)));
    return [
      {
        signal: "jitter-reg1.5",
        edits: [scale(REG, 1.5), ...rarely],
        because: text("rule.plan-jitter.reg", { ...values, factor: 1.5 }),
      },
      {
        signal: "jitter-lambda0.8",
        edits: [scale(LAMBDA, 0.8), ...rarely],
        because: text("rule.plan-jitter.lambda", { ...values, factor: 0.8 }),
      },
      ...(knobs?.noWindow || window <= (knobs?.windowSize ?? 0)
        ? []
        : [
            {
              signal: `jitter-win${window}`,
              edits: [set(WINDOW, window), ...rarely],
              because: text("rule.plan-jitter.window", { ...values, window }),
            },
          ]),
    ];
  },
});

export const planRules: readonly Rule[] = [massTooLow, massTooHigh, plateau, jittery];
