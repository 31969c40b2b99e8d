import type { Finding } from "./findings.ts";
import type { Prescription } from "./prescription.ts";
import type { Run } from "./run.ts";
import type { MetricSummary } from "./summary.ts";
import type { Text } from "./texts.ts";
import type { Thresholds } from "./thresholds.ts";

export type RuleSetName = "plan" | "calibrated";

/** What one run's data say. `summary` holds the canonical keys in the catalogue's order. */
export interface RunAnalysis {
  readonly run: Run;
  readonly summary: ReadonlyMap<string, MetricSummary>;
  readonly findings: readonly Finding[];
  readonly actions: readonly Prescription[];
}

/** Everything that one look at some runs concluded. Rendered as JSON, Markdown and terminal text from this one model. */
export interface Analysis {
  /** Where the runs came from, as said to people, e.g. `compare_runs.json` or `wandb me/lerobot`. Foreign text. */
  readonly source: string;
  readonly rules: RuleSetName;
  readonly thresholds: Thresholds;
  readonly runs: readonly RunAnalysis[];
  /** Losses and fall-backs that the reader must know of. */
  readonly warnings: readonly Text[];
}
