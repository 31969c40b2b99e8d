import type { TapRow } from "./tap-row.ts";

/** What an attempt needs of a tap: its trainer logs through it. */
export interface TrainerTap {
  /** W&B stands behind it. Only W&B knows where a run ended, so without it no run can be gone on with through the tap. */
  readonly knowsRuns: boolean;
  /** Variables with which a trainer logs through the tap; nothing else can log as this run. */
  environment(runId: string): Record<string, string>;
  /** Answers the run's next request with a stop. False: no such run. */
  requestStop(runId: string): boolean;
  /** Every new row of a run as it arrives. Returns how to listen no longer. */
  rows(runId: string, listener: (row: TapRow) => void): () => void;
  /** The run's page on W&B; null while W&B has not said where the run is. */
  pageOf(runId: string): string | null;
}
