import { checkPrediction } from "../judgement/prediction-record.ts";
import type { Thresholds } from "../judgement/thresholds.ts";
import type { PredictionCheck } from "../report/models.ts";
import type { CheckedPrediction } from "../rounds/events.ts";
import type { ManifestVariant } from "../rounds/manifest.ts";
import type { TrainedTrial } from "./trials.ts";

interface Judged {
  readonly trial: TrainedTrial;
  readonly variant: ManifestVariant | null;
  readonly thresholds: Thresholds;
}

/**
 * A rule's promise against what its trial logged. null: none was made, or the trial does not answer it, because a reviewer
 * changed the configuration or it did not run to its end. `observed` null: it ran, and did not log the metric often enough.
 */
function checkPromise({ trial, variant, thresholds }: Judged) {
  if (!variant?.predicts || variant.rule === null) return null;
  if (trial.approved.hash !== variant.hash || trial.outcome.outcome !== "finished") return null;
  // It was made for the round's steps.
  if (trial.steps !== trial.trainer.steps) return null;
  const promise = { rule: variant.rule, predicted: variant.predicts };
  return { ...promise, found: checkPrediction({ ...promise, run: trial.run, thresholds }) };
}

/** As the ledger keeps it. */
export function checkedPrediction(judged: Judged): CheckedPrediction | null {
  const checked = checkPromise(judged);
  if (!checked?.found) return null;
  const { metric, value, low, high } = checked.predicted;
  const { observed, margin, inside } = checked.found;
  return {
    trial: judged.trial.trial,
    rule: checked.rule,
    ...{ metric, value, low, high },
    ...{ observed, margin, inside },
  };
}

/** As the report shows it. */
export function predictionCheck(judged: Judged): PredictionCheck | null {
  const checked = checkPromise(judged);
  if (!checked) return null;
  const { predicted: prediction, found } = checked;
  if (!found) return { prediction, observed: null };
  return { prediction, observed: { value: found.observed, margin: found.margin, inside: found.inside } };
}
