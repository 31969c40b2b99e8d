import type { JsonObject } from "../json.ts";

/** One attempt that this box was asked to run: everything is already verified against the ledger. */
export interface TrialJob {
  /** `<round><letter>-s<seed>`, e.g. `0002b-s42`. */
  readonly trial: string;
  /** Attempts of a trial are numbered from 1. */
  readonly attempt: number;
  readonly round: string;
  readonly dispatch: string;
  /** Pre-assigned W&B run id (`a` + 9 hex digits); not used when the attempt goes on with an earlier one. */
  readonly runId: string;
  /** The attempt of the same trial whose work this one goes on with, where this box has a usable checkpoint of it. */
  readonly resume: { readonly attempt: number; readonly runId: string } | null;
  /** File stem of the variant, for output folder and job name. */
  readonly variant: string;
  /** The configuration as merged: exactly these bytes are handed to the trainer. */
  readonly configBytes: Uint8Array;
  readonly config: JsonObject;
  readonly seed: number;
  /** In all, those of the attempt that is gone on with included. */
  readonly steps: number;
  readonly evalFreq: number;
  readonly logFreq: number;
  /** Value of WANDB_RUN_GROUP: `policy:<type>-seed:<seed>-dataset:<repo>`. */
  readonly group: string;
  /** Lower runs first. */
  readonly priority: number;
}
