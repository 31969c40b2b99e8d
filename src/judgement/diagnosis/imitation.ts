import type { Finding } from "../findings.ts";
import { L1, LEARNING_RATE, LOSS } from "../metrics.ts";
import { beginsLate, between, lastPoints, lastWindow, type Series, thin } from "../series.ts";
import { mannKendall, median, type Trend, trend } from "../statistics.ts";
import { confidenceOf, extentOf, infer, observe, type Subject } from "../subject.ts";
import { windowStatistics } from "../summary.ts";

/** The behaviour-cloning side: does L1 fall, has it stopped, does it jump? */
export function diagnoseImitation(subject: Subject): readonly Finding[] {
  return [convergence(subject), plateau(subject), jitter(subject)].filter((finding) => finding !== null);
}

/** Every run drops by half in its first steps: a health check, no merit (trainer facts 15). */
function convergence(subject: Subject): Finding | null {
  const { l1, window } = subject.thresholds;
  const series = subject.curve(L1);
  if (series === null) return convergenceOfSummary(subject);
  const first = series.values[0];
  const early = between(series, 0, l1.fall_within);
  const late = lastPoints(early, Math.min(window.points, Math.ceil(early.steps.length / 4)));
  if (first === undefined || !(first > 0) || early.steps.length < 4 || beginsLate(series)) return null;
  const last = median(late.values);
  const evidence = { fall: 1 - last / first, first, last, wanted: l1.fall, within: l1.fall_within };
  const confidence = confidenceOf(early.steps.length, subject.thresholds);
  if (evidence.fall >= l1.fall) {
    return observe("l1-converging", { severity: "good", confidence, window: extentOf(early), evidence });
  }
  if (!hasHadItsChance(subject)) return null;
  return observe("l1-slow", { severity: "problem", confidence, window: extentOf(early), evidence });
}

function convergenceOfSummary(subject: Subject): Finding | null {
  const { l1 } = subject.thresholds;
  const reading = subject.reading(L1);
  const first = reading?.first ?? null;
  const last = reading?.last ?? null;
  if (first === null || last === null || !(first > 0)) return null;
  const evidence = { fall: 1 - last / first, first, last, wanted: l1.fall, within: l1.fall_within };
  if (evidence.fall >= l1.fall) return infer("l1-converging", { severity: "good", evidence });
  return hasHadItsChance(subject) ? infer("l1-slow", { severity: "problem", evidence }) : null;
}

/** The plan's 2,000 steps, or all the steps that it was given, if those are enough to mean something. */
function hasHadItsChance({ run, reached, thresholds: { l1 } }: Subject): boolean {
  if ((reached ?? 0) >= l1.fall_within) return true;
  return run.state === "finished" && (reached ?? 0) >= l1.judged_from;
}

/**
 * Less than 2 % over 500 steps, with no significant trend and an interval that excludes real progress, and the window
 * means of the whole loss agree. L1 itself is one batch per reading: where 500 steps of it are too noisy for a verdict,
 * 2,000 may do, unless it falls again at their end.
 */
function plateau(subject: Subject): Finding | null {
  const { l1 } = subject.thresholds;
  const series = subject.curve(L1);
  if (series === null || (subject.reached ?? 0) < 2 * l1.plateau_steps) return null;
  const recent = stillness(subject, { series, steps: l1.plateau_steps });
  if (recent === "falls" || lossFalls(subject)) return null;
  const found = recent === "unclear" ? stillness(subject, { series, steps: l1.plateau_rule_steps }) : recent;
  if (found === "falls" || found === "unclear") return null;
  const { window, own } = found;
  const evidence = {
    fall: fallOver(own.slope, l1.plateau_steps),
    fall_low: fallOver(own.high, l1.plateau_steps),
    fall_high: fallOver(own.low, l1.plateau_steps),
    p: own.p,
    over: l1.plateau_steps,
    wanted: l1.plateau_fall,
    fall_of_rule: fallSince(series, l1.plateau_rule_steps),
  };
  return observe("l1-plateau", {
    severity: "warning",
    confidence: confidenceOf(window.steps.length, subject.thresholds),
    window: extentOf(window),
    evidence,
  });
}

interface Stillness {
  readonly window: Series;
  readonly own: Trend;
}

/** Do the last steps stand still? Unclear: the readings are too few or too noisy to tell. */
function stillness(
  { reached, thresholds: { l1, window: least } }: Subject,
  { series, steps }: { readonly series: Series; readonly steps: number },
): Stillness | "falls" | "unclear" {
  if ((reached ?? 0) < steps) return "unclear";
  const window = lastWindow(series, { steps, points: least.points });
  const logs = logarithms(window);
  if (logs === null) return "unclear";
  if (mannKendall(logs.values).p <= l1.plateau_p) return "falls";
  const own = trend(logs.steps, logs.values);
  const says = fallOver(own.low, l1.plateau_steps) < l1.plateau_excludes;
  return says && fallOver(own.slope, l1.plateau_steps) < l1.plateau_fall ? { window, own } : "unclear";
}

/** The loss is a mean over its window, so its trend shows where that of single batches does not. */
function lossFalls(subject: Subject): boolean {
  const { l1, window: least } = subject.thresholds;
  const loss = subject.curve(LOSS);
  const window = loss && lastWindow(loss, { steps: l1.plateau_steps, points: least.points });
  const logs = window && logarithms(window);
  if (logs === null || mannKendall(logs.values).p > l1.plateau_p) return false;
  return fallOver(trend(logs.steps, logs.values).slope, l1.plateau_steps) >= l1.plateau_fall;
}

function relativeTrend(window: Series): Trend | null {
  const logs = logarithms(window);
  return logs && trend(logs.steps, logs.values);
}

/** Pairs of points grow with their square; means of neighbours lose little of a trend. */
const MOST_POINTS = 40;

/** ln y, thinned; null below 4 points or where y is not positive. */
function logarithms(window: Series): Series | null {
  if (window.steps.length < 4 || window.values.some((value) => !(value > 0))) return null;
  const points = thin(window, MOST_POINTS);
  return { steps: points.steps, values: points.values.map(Math.log) };
}

function fallOver(slope: number, steps: number): number {
  return 1 - Math.exp(slope * steps);
}

/** Fall over the last `steps` by their own trend; null where the run is shorter. */
function fallSince(series: Series, steps: number): number | null {
  const end = series.steps.at(-1) ?? 0;
  if ((series.steps[0] ?? end) > end - steps + steps / 10) return null;
  const found = relativeTrend(between(series, end - steps, end));
  return found === null ? null : fallOver(found.slope, steps);
}

/** Only where the learning rate stood still: a schedule moves the curve for its own reasons. */
function jitter(subject: Subject): Finding | null {
  const { thresholds } = subject;
  const series = subject.curve(L1);
  if (series === null || (subject.reached ?? 0) < 2 * thresholds.window.steps) return null;
  const window = lastWindow(series, thresholds.window);
  const statistics = windowStatistics(window);
  if (statistics === null || statistics.points < thresholds.window.points || !(statistics.median > 0))
    return null;
  const noise = statistics.noise / statistics.median;
  if (noise <= thresholds.jitter || !isConstant(subject.curve(LEARNING_RATE))) return null;
  return observe("jitter", {
    severity: "warning",
    confidence: confidenceOf(statistics.points, thresholds),
    window: statistics,
    evidence: { noise, limit: thresholds.jitter, median: statistics.median },
  });
}

function isConstant(rate: Series | null): boolean {
  if (rate === null) return true;
  const first = rate.values[0] ?? 0;
  for (const value of rate.values) if (Math.abs(value - first) > 0.01 * Math.abs(first)) return false;
  return true;
}
