import { evidenceNumber } from "../../findings.ts";
import { BATCH, defineRule, RATE, RATE_BACKBONE, type RuleContext, set } from "../../rules.ts";
import { text } from "../../texts.ts";
import { trusted } from "../../trust.ts";

/** L1 stands still and the held-out L1 does not improve either. */
function stuck({ finding }: RuleContext): boolean {
  return (
    finding("l1-slow") !== null || (finding("l1-plateau") !== null && finding("eval-improving") === null)
  );
}

/** Up where the curve creeps, down where it jumps or has turned: one factor of 2 inside [5e-6, 3e-5]. */
function wantedRate({
  finding,
  number,
  trust,
}: RuleContext): { readonly from: number; readonly to: number } | null {
  const from = number(RATE);
  if (from === null) return null;
  const restless =
    finding("jitter") !== null ||
    finding("gradients-unstable") !== null ||
    finding("eval-drifting-up") !== null;
  const down = restless || from > trust.learning_rate.max;
  const to = trusted(trust.learning_rate, { from, to: down ? from / 2 : from * 2 });
  return to === null ? null : { from, to };
}

/** The learning rate that the trainer reads: `optimizer.lr` is overwritten by the policy's preset. OT stays as it is. */
export const learningRate = defineRule({
  id: "bc-learning-rate",
  kind: "bc",
  does: "L1 stands still and the held-out L1 does not improve: doubles a creeping learning rate, halves a restless or too high one. The rate that the policy's preset uses, backbone alike, OT untouched.",
  step: "trust",
  predicts: null,
  answers: ["l1-slow", "l1-plateau"],
  knobs: [RATE, RATE_BACKBONE],
  guard: stuck,
  propose: (context) => {
    const fall = evidenceNumber(context.finding("l1-slow") ?? context.finding("l1-plateau"), "fall");
    if (context.config === null)
      return [{ signal: "lr", edits: [], because: text("rule.bc-learning-rate.advice", { fall }) }];
    const rate = wantedRate(context);
    if (rate === null) return [];
    const from = context.number(RATE_BACKBONE);
    const factor = rate.to / rate.from;
    const backbone = from === null ? null : trusted(context.trust.learning_rate, { from, to: from * factor });
    return [
      {
        signal: factor > 1 ? "lr-up" : "lr-down",
        edits: [set(RATE, rate.to), ...(backbone === null ? [] : [set(RATE_BACKBONE, backbone)])],
        because: text(factor > 1 ? "rule.bc-learning-rate.up" : "rule.bc-learning-rate.down", {
          fall,
          ...rate,
        }),
        predicts: null,
      },
    ];
  },
});

/** Only where the learning rate has nowhere to go: a new batch size makes a new eval set and other OT batches. */
export const batchSize = defineRule({
  id: "bc-batch-size",
  kind: "bc",
  does: "Only where the learning rate has nowhere to go: batch ×1.5, with the note that evals are no longer comparable with the parent's.",
  step: "trust",
  predicts: null,
  answers: ["l1-slow", "l1-plateau"],
  knobs: [BATCH],
  guard: (context) => stuck(context) && context.config !== null && wantedRate(context) === null,
  propose: ({ number, trust, finding }) => {
    const from = number(BATCH);
    const to = from === null ? null : trusted(trust.batch_size, { from, to: from * 1.5 });
    if (from === null || to === null) return [];
    const fall = evidenceNumber(finding("l1-slow") ?? finding("l1-plateau"), "fall");
    const batch = Math.round(to);
    const because = text("rule.bc-batch-size", { fall, from, batch });
    return [{ signal: `batch-${batch}`, edits: [set(BATCH, batch)], because, predicts: null }];
  },
});
