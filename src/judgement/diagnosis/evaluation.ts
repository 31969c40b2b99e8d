import type { Finding } from "../findings.ts";
import { EVAL_L1, LOSS } from "../metrics.ts";
import { lastPoints, type Series } from "../series.ts";
import { extentOf, infer, observe, type Subject } from "../subject.ts";

export interface EvaluationLevel {
  /** Least running mean, which is what ranks a run, and the step in its middle. */
  readonly best: number;
  readonly best_step: number;
  /** Last value, which is what is printed beside it. */
  readonly last: number;
}

interface RunningMean {
  /** The least mean of neighbours, the step in its middle, and the last of all means. */
  readonly best: number;
  readonly best_step: number;
  readonly last: number;
}

/** Over `points` neighbours; a series shorter than that is one mean. null: it is empty. */
function runningMean({ steps, values }: Series, points: number): RunningMean | null {
  const width = Math.min(points, steps.length);
  if (width === 0) return null;
  let best = Number.POSITIVE_INFINITY;
  let middle = -1;
  let last = Number.NaN;
  for (let end = width; end <= steps.length; end += 1) {
    let sum = 0;
    for (let index = end - width; index < end; index += 1) sum += values[index] ?? 0;
    last = sum / width;
    if (!(last < best)) continue;
    best = last;
    middle = end - 1 - (width >> 1);
  }
  return { best, best_step: steps[middle] ?? 0, last };
}

function least(values: readonly number[]): number {
  let low = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < low) low = value;
  return low;
}

export function evaluationLevel(series: Series, points: number): EvaluationLevel | null {
  return levelOf(series, runningMean(series, points));
}

function levelOf(series: Series, means: RunningMean | null): EvaluationLevel | null {
  const last = series.values.at(-1);
  return means === null || last === undefined ? null : { ...means, last };
}

/** Does the held-out L1 still fall, or has it passed its best? */
export function diagnoseEvaluation(subject: Subject): readonly Finding[] {
  const exploded = lossExploded(subject);
  return exploded === null ? ofEvaluation(subject) : [exploded];
}

/** The window means of the loss do not leave their least level by a multiple unless training came apart. */
function lossExploded(subject: Subject): Finding | null {
  const series = subject.curve(LOSS);
  if (series === null || series.steps.length < 2 * SETTLED) return null;
  const means = runningMean(lastPoints(series, MOST_POINTS), SETTLED);
  if (means === null || !(means.best > 0) || means.last <= EXPLODED * means.best) return null;
  const evidence = { ...means };
  const window = extentOf(series);
  return observe("diverged", {
    severity: "problem",
    confidence: "high",
    window,
    evidence,
    key: "diverged.loss",
  });
}

const SETTLED = 5;
const MOST_POINTS = 200;
/** Healthy losses fall by a factor of 10 and more and never come back by 3. */
const EXPLODED = 3;

function ofEvaluation(subject: Subject): readonly Finding[] {
  const { evaluation, noise } = subject.thresholds;
  const series = subject.curve(EVAL_L1);
  if (series === null) return ofSummary(subject);
  const means = runningMean(series, evaluation.smooth);
  const level = levelOf(series, means);
  if (level === null || means === null || series.steps.length < evaluation.smooth) return [];
  const first = series.values[0] ?? level.last;
  const smooth = evaluation.smooth;
  const evidence = { ...level, smooth, first, rise: means.last - level.best, noise: noise.equal_seed };
  const common = {
    confidence: series.steps.length < 6 ? "low" : "medium",
    window: extentOf(series),
    evidence,
  } as const;
  // Too few evaluations to smooth: the readings themselves, else one lucky reading would make a divergence.
  const raw = series.steps.length < 2 * evaluation.smooth;
  const worst = raw ? level.last / least(series.values) : means.last / level.best;
  if (worst > evaluation.diverged) {
    return [observe("diverged", { severity: "problem", ...common })];
  }
  if (evidence.rise > noise.equal_seed)
    return [observe("eval-drifting-up", { severity: "warning", ...common })];
  if (first - level.last > noise.equal_seed)
    return [observe("eval-improving", { severity: "good", ...common })];
  return [];
}

function ofSummary(subject: Subject): readonly Finding[] {
  const { evaluation, noise } = subject.thresholds;
  const reading = subject.reading(EVAL_L1);
  if (!reading || reading.first === null || reading.last === null || reading.best === null) return [];
  const { first, last, best, best_step } = reading;
  const evidence = { first, last, best, best_step, rise: last - best, noise: noise.equal_seed };
  if (last > evaluation.diverged * best)
    return [infer("diverged", { severity: "problem", evidence, key: "diverged.single" })];
  // One reading against the least of many: twice the noise before it counts.
  if (evidence.rise > 2 * noise.equal_seed)
    return [infer("eval-drifting-up", { severity: "warning", evidence, key: "eval-drifting-up.single" })];
  if (first - last > noise.equal_seed)
    return [infer("eval-improving", { severity: "good", evidence, key: "eval-improving.single" })];
  return [];
}
