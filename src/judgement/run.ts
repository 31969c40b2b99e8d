import type { JsonObject } from "../json.ts";
import type { Series } from "./series.ts";
import type { MetricSummary } from "./summary.ts";

export type RunState = "finished" | "running" | "failed" | "crashed" | "killed" | "unknown";

/** Full curves, or only what somebody's summary file kept of them. Keys are canonical (see metrics.ts). */
export type RunData =
  | { readonly kind: "curves"; readonly series: ReadonlyMap<string, Series> }
  | { readonly kind: "summary"; readonly summary: ReadonlyMap<string, MetricSummary> };

/** One training as it was logged, wherever it was read from. Strings in it are foreign text: escape them before showing them. */
export interface Run {
  /** W&B run id; for a summary file, its label. */
  readonly id: string;
  readonly label: string;
  readonly name: string | null;
  readonly url: string | null;
  readonly state: RunState;
  /** Number of history rows, as counted by the source. */
  readonly rows: number | null;
  /** Highest trainer step that was logged. */
  readonly steps: number | null;
  /** The trainer's configuration, unwrapped; null where the source does not have it. */
  readonly config: JsonObject | null;
  readonly data: RunData;
  /** Metrics that were logged and of which no value arrived here: their absence says nothing. Absent: there are none. */
  readonly unread?: readonly string[];
  /** The trainer's stderr holds its warning of numerical errors in the OT solver; absent where nobody read it. */
  readonly solverWarned?: boolean;
}
