import type { JsonObject } from "../json.ts";
import { canonicalise } from "../judgement/metrics.ts";
import type { Run, RunState } from "../judgement/run.ts";
import type { Series } from "../judgement/series.ts";
import { type Outcome, type OutcomeKind, SOLVER_WARNED } from "./outcome.ts";

const STATES: Readonly<Record<OutcomeKind, RunState>> = {
  finished: "finished",
  invalid: "finished",
  stopped: "killed",
  failed: "failed",
  interrupted: "killed",
};

/**
 * A trial as a run: the curves from W&B where there are any, else those that the box sent home with the outcome. The configuration
 * is the one that was approved, not what W&B recorded of it.
 */
export function trialRun(trial: {
  readonly outcome: Outcome;
  readonly config: JsonObject;
  readonly logged: Run | null;
}): Run {
  const { outcome, config, logged } = trial;
  const series =
    logged?.data.kind === "curves" && logged.data.series.size > 0 ? logged.data.series : ownCurves(outcome);
  return {
    id: outcome.run_id,
    label: outcome.trial,
    // People know it by its trial id; the name on W&B is made of file name, seed and attempt.
    name: null,
    url: outcome.run_url ?? logged?.url ?? null,
    state: STATES[outcome.outcome],
    rows: logged?.rows ?? null,
    steps: outcome.steps,
    config,
    data: { kind: "curves", series },
    solverWarned: outcome.evidence[SOLVER_WARNED] === true,
  };
}

function ownCurves({ curves }: Outcome): ReadonlyMap<string, Series> {
  const entries = Object.entries(curves).map(([key, { steps, values }]): [string, Series] => [
    key,
    { steps, values: values.map(Number) },
  ]);
  return canonicalise(entries);
}
