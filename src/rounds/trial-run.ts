import type { JsonObject } from "../json.ts";
import { canonicalise } from "../judgement/metrics.ts";
import type { Run, RunState } from "../judgement/run.ts";
import { between, type Series } from "../judgement/series.ts";
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
 * is the one that was approved, not what W&B recorded of it. Attempts that go on with an earlier one log under its id: what stands
 * there after `until` belongs to a later one, and what the box saw before this one began to `earlier`.
 */
export function trialRun(trial: {
  readonly id: string;
  readonly outcome: Outcome;
  readonly config: JsonObject;
  readonly logged: Run | null;
  /** The attempt that it went on from, as the box sent it. */
  readonly earlier: Outcome | null;
  /** null: no later attempt logged under its id. */
  readonly until: number | null;
}): Run {
  const { id, outcome, config, logged, earlier, until } = trial;
  const known = logged?.data.kind === "curves" && logged.data.series.size > 0 ? logged.data.series : null;
  const series = known ?? joined(earlier ? ownCurves(earlier) : null, outcome);
  return {
    id,
    label: outcome.trial,
    // People know it by its trial id; the name on W&B is made of file name, seed and attempt.
    name: null,
    url: outcome.run_url ?? logged?.url ?? null,
    state: STATES[outcome.outcome],
    rows: logged?.rows ?? null,
    steps: outcome.steps,
    config,
    data: { kind: "curves", series: upTo(series, until) },
    solverWarned: outcome.evidence[SOLVER_WARNED] === true,
  };
}

function joined(earlier: ReadonlyMap<string, Series> | null, outcome: Outcome): ReadonlyMap<string, Series> {
  const own = ownCurves(outcome);
  const from = outcome.resumed_from?.step;
  if (!earlier || from === undefined) return own;
  const keys = new Set([...earlier.keys(), ...own.keys()]);
  return new Map(
    [...keys].map((key): [string, Series] => {
      const after = own.get(key) ?? { steps: [], values: [] };
      const first = Math.min(from + 1, after.steps[0] ?? Number.POSITIVE_INFINITY);
      const before = between(earlier.get(key) ?? { steps: [], values: [] }, 0, first - 1);
      return [key, { steps: [...before.steps, ...after.steps], values: [...before.values, ...after.values] }];
    }),
  );
}

function upTo(curves: ReadonlyMap<string, Series>, last: number | null): ReadonlyMap<string, Series> {
  if (last === null) return curves;
  return new Map([...curves].map(([key, series]) => [key, between(series, 0, last)]));
}

function ownCurves({ curves }: Outcome): ReadonlyMap<string, Series> {
  const entries = Object.entries(curves).map(([key, { steps, values }]): [string, Series] => [
    key,
    { steps, values: values.map(Number) },
  ]);
  return canonicalise(entries);
}
