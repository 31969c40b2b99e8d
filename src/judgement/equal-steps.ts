import type { RunConditions } from "./conditions.ts";
import { EVAL_L1 } from "./metrics.ts";
import type { Run } from "./run.ts";

interface Evaluated {
  readonly analysis: { readonly run: Run };
  readonly conditions: RunConditions;
}

/**
 * Those that came to the steps they were asked for: held-out L1 falls with the steps, so one that was cut short would look worse than
 * it is. Where all were cut short, they count by the step of their last evaluation.
 */
export function atEqualSteps<T extends Evaluated>(candidates: readonly T[]): readonly T[] {
  const whole = candidates.filter((candidate) => !isCutShort(candidate));
  if (whole.length > 0) return whole;
  return candidates.map((candidate) => {
    const steps = evaluationSteps(candidate.analysis.run).at(-1) ?? candidate.conditions.steps;
    return { ...candidate, conditions: { ...candidate.conditions, steps } };
  });
}

/** At least one more evaluation was to come. */
function isCutShort({ analysis, conditions }: Evaluated): boolean {
  const steps = evaluationSteps(analysis.run);
  const last = steps.at(-1);
  const before = steps.at(-2);
  // As they were logged, whatever the configuration says of how often.
  const every = last !== undefined && before !== undefined ? last - before : conditions.eval_freq;
  if (last === undefined || !every || conditions.steps === null) return false;
  return last + every <= conditions.steps;
}

function evaluationSteps({ data }: Run): readonly number[] {
  return data.kind === "curves" ? (data.series.get(EVAL_L1)?.steps ?? []) : [];
}
