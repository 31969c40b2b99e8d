import { EVAL_L1, GRAD_NORM, L1, LOSS, OT_COST_PREFIX, OT_LOSS, PI_SUM } from "../judgement/metrics.ts";
import type { MetricSummary } from "../judgement/summary.ts";

/** The trainer logs the same number under both names. */
const EVAL_LOSS = "eval/offline_eval/avg_loss";

const KEY = new Set<string>([EVAL_L1, EVAL_LOSS, LOSS, L1, OT_LOSS, PI_SUM, GRAD_NORM]);

/** The metrics that people decide by, in the order of the summary. `pi_diag` equals `pi_sum` and is left out. */
export function keyMetrics(
  summary: ReadonlyMap<string, MetricSummary>,
): readonly (readonly [string, MetricSummary])[] {
  return [...summary].filter(
    ([key]) =>
      (KEY.has(key) || key.startsWith(OT_COST_PREFIX)) && !(key === EVAL_LOSS && summary.has(EVAL_L1)),
  );
}

/** Evaluation error of a run, under whichever name it was kept. */
export function evalSummary(summary: ReadonlyMap<string, MetricSummary>): MetricSummary | null {
  return summary.get(EVAL_L1) ?? summary.get(EVAL_LOSS) ?? null;
}
