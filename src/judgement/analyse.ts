import type { Analysis, RuleSetName, RunAnalysis } from "./analysis.ts";
import { conditionsOf, diagnoseComparison, type KnownConditions } from "./conditions.ts";
import { bySeverity, diagnose } from "./diagnosis.ts";
import { EVAL_L1 } from "./metrics.ts";
import { prescribe, ruleSet } from "./prescribe.ts";
import type { Prescription } from "./prescription.ts";
import { EXPLORER } from "./rules/calibrated/explore.ts";
import type { Run } from "./run.ts";
import { subjectOf } from "./subject.ts";
import type { Text } from "./texts.ts";
import { DEFAULT_THRESHOLDS, type Thresholds } from "./thresholds.ts";
import { readPlan } from "./transport-reading.ts";
import { DEFAULT_TRUST, type Trust } from "./trust.ts";

export interface AnalyseOptions {
  readonly runs: readonly Run[];
  /** Where they came from, as said to people. */
  readonly source: string;
  readonly rules?: RuleSetName;
  readonly thresholds?: Thresholds;
  readonly trust?: Trust;
  readonly warnings?: readonly Text[];
  /** Conditions that no configuration holds, by run id. */
  readonly known?: ReadonlyMap<string, KnownConditions>;
}

/** Summaries, findings and proposed actions of some runs, each on its own and against each other. */
export function analyse(options: AnalyseOptions): Analysis {
  const {
    runs,
    source,
    rules = "calibrated",
    thresholds = DEFAULT_THRESHOLDS,
    trust = DEFAULT_TRUST,
  } = options;
  const comparisons = diagnoseComparison(runs.map((run) => conditionsOf(run, options.known?.get(run.id))));
  const set = ruleSet(rules);
  const analysed = runs.map((run, index): RunAnalysis => {
    const subject = subjectOf(run, thresholds);
    const comparison = comparisons[index] ?? null;
    const findings = bySeverity([...diagnose(subject), ...(comparison === null ? [] : [comparison])]);
    const plan = readPlan(subject);
    const actions = prescribe({ run, findings, config: run.config, plan, rules: set, thresholds, trust });
    return { run, summary: subject.summary, findings, actions };
  });
  return { source, rules, thresholds, warnings: options.warnings ?? [], runs: oneExplorer(analysed) };
}

/** Exploring starts from the best: every other run keeps only what answers a finding of its own. */
function oneExplorer(runs: readonly RunAnalysis[]): readonly RunAnalysis[] {
  const isExplorer = ({ rule }: Prescription) => rule === EXPLORER;
  const level = ({ summary }: RunAnalysis) => summary.get(EVAL_L1)?.best ?? Number.POSITIVE_INFINITY;
  const [best] = runs.filter(({ actions }) => actions.some(isExplorer)).sort((a, b) => level(a) - level(b));
  return runs.map((each) =>
    each === best ? each : { ...each, actions: each.actions.filter((action) => !isExplorer(action)) },
  );
}
