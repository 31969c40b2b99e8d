import { metricOf, OT_LOSS, PI_SUM } from "./metrics.ts";
import type { Prediction } from "./prescription.ts";
import type { Run } from "./run.ts";
import { finite, lastPoints } from "./series.ts";
import { mean } from "./statistics.ts";
import { subjectOf } from "./subject.ts";
import { type Text, text } from "./texts.ts";
import { DEFAULT_THRESHOLDS, type Thresholds } from "./thresholds.ts";
import { readPlan, unbrokenReadings } from "./transport-reading.ts";
import { readingOf } from "./windows.ts";

/** A prediction and what the trial then logged. */
export interface PredictionCheck {
  readonly rule: string;
  readonly predicted: Prediction;
  readonly observed: number;
  /** Two standard errors of the observed mean: so much the interval is widened by. */
  readonly margin: number;
  readonly inside: boolean;
  /** (observed - predicted) / predicted. */
  readonly error: number;
}

export interface CheckRequest {
  readonly rule: string;
  readonly predicted: Prediction;
  /** The run of the variant. */
  readonly run: Run;
  readonly thresholds?: Thresholds;
}

/**
 * Observed as predictions are made: mass and OT loss are means over the last unbroken readings, anything else is the mean of the
 * last window. The bounds are widened by the scatter of that mean, two standard errors, for a bound holds for the
 * expectation. null: the run did not log the metric often enough.
 */
export function checkPrediction({
  rule,
  predicted,
  run,
  thresholds = DEFAULT_THRESHOLDS,
}: CheckRequest): PredictionCheck | null {
  const values = observedValues(predicted.metric, run, thresholds);
  if (values === null || values.length < 3) return null;
  const observed = mean(values);
  const margin = 2 * standardError(values, observed);
  return {
    rule,
    predicted,
    observed,
    margin,
    inside: observed >= predicted.low - margin && observed <= predicted.high + margin,
    error: relativeError(predicted.value, observed),
  };
}

/** (observed - predicted) / predicted; the observed value itself where 0 was predicted. */
export function relativeError(predicted: number, observed: number): number {
  return predicted === 0 ? observed : (observed - predicted) / predicted;
}

function observedValues(metric: string, run: Run, thresholds: Thresholds): readonly number[] | null {
  if (run.data.kind !== "curves") return null;
  const series = run.data.series.get(metric);
  if (series === undefined) return null;
  const reading = metricOf(metric)?.reading ?? "window";
  const tail = (readingOf(finite(series), reading, thresholds) ?? lastPoints(series, 1)).values;
  if (metric !== PI_SUM && metric !== OT_LOSS) return tail;
  const subject = subjectOf(run, thresholds);
  // A broken plan is what it logged: nothing.
  if (readPlan(subject).kind !== "diagonal") return tail;
  return unbrokenReadings(subject).map(({ mass, loss }) => (metric === PI_SUM ? mass : loss));
}

function standardError(values: readonly number[], centre: number): number {
  const sum = values.reduce((total, value) => total + (value - centre) ** 2, 0);
  return Math.sqrt(sum / (values.length - 1) / values.length);
}

export interface RuleRecord {
  readonly rule: string;
  readonly hits: number;
  readonly total: number;
  /** Median size of the error of the point estimates would hide a bias: the mean signed error is kept too. */
  readonly meanError: number;
  readonly text: Text;
}

/** "ot-lift: 7 of 8 predictions inside the interval", per rule, by name. */
export function recordByRule(
  checks: readonly Pick<PredictionCheck, "rule" | "inside" | "error">[],
): readonly RuleRecord[] {
  const rules = [...new Set(checks.map(({ rule }) => rule))].sort();
  return rules.map((rule) => {
    const own = checks.filter((check) => check.rule === rule);
    const hits = own.filter(({ inside }) => inside).length;
    const total = own.length;
    return {
      rule,
      hits,
      total,
      meanError: mean(own.map(({ error }) => error)),
      text: text("record.rule", { rule, hits, total }),
    };
  });
}
