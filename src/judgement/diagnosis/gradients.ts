import type { Finding } from "../findings.ts";
import { GRAD_NORM } from "../metrics.ts";
import { between, firstPoints, type Series } from "../series.ts";
import { median } from "../statistics.ts";
import { confidenceOf, extentOf, infer, observe, type Subject } from "../subject.ts";

/**
 * The norm is about 250 at step 50 and below 100 by step 600 in every healthy run (trainer facts 15), so nothing is said
 * before the warm-up is over, nor about a spike.
 */
export function diagnoseGradients(subject: Subject): readonly Finding[] {
  const { gradient } = subject.thresholds;
  const series = subject.curve(GRAD_NORM);
  if (series === null) return unstableSummary(subject);
  const after = between(series, gradient.warm_up + 1, Number.MAX_SAFE_INTEGER);
  if (after.steps.length < gradient.sustained) return [];
  const level = median(firstPoints(after, 10).values);
  const limit = Math.min(gradient.limit, Math.max(level, Number.MIN_VALUE) * gradient.rise);
  const run = longestRun(after, limit);
  if (run.steps.length < gradient.sustained) return [];
  const peak = run.values.reduce((high, value) => Math.max(high, value), 0);
  return [
    observe("gradients-unstable", {
      severity: "warning",
      confidence: confidenceOf(after.steps.length, subject.thresholds),
      window: extentOf(run),
      evidence: { limit, peak, level, readings: run.steps.length },
    }),
  ];
}

/** A summary's best is the least of all readings: where even that is above the limit, all of them were. */
function unstableSummary(subject: Subject): readonly Finding[] {
  const { gradient } = subject.thresholds;
  const reading = subject.reading(GRAD_NORM);
  const least = reading?.best ?? null;
  if (reading === null || least === null || least <= gradient.limit) return [];
  if ((subject.reached ?? 0) <= gradient.warm_up) return [];
  return [
    infer("gradients-unstable", {
      severity: "warning",
      evidence: { limit: gradient.limit, peak: reading.last, level: least, readings: subject.run.rows },
    }),
  ];
}

/** The longest run of neighbours above the limit; of several, the first. */
function longestRun({ steps, values }: Series, limit: number): Series {
  let longest = 0;
  let end = 0;
  let length = 0;
  for (let index = 0; index < values.length; index += 1) {
    length = (values[index] ?? 0) > limit ? length + 1 : 0;
    if (length <= longest) continue;
    longest = length;
    end = index + 1;
  }
  return { steps: steps.slice(end - longest, end), values: values.slice(end - longest, end) };
}
