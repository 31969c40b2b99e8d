import type { AttemptRecord } from "../../src/training/attempt-record.ts";

/** An attempt that is over; only what a test is about is changed. */
export const ATTEMPT: AttemptRecord = {
  schema: "autoloop/attempt@1",
  state: "ended",
  round: "0001",
  dispatch: "0001-1a2b3c4d",
  trial: "0001a-s42",
  attempt: 1,
  run_id: "a123456789",
  claimed_run_id: null,
  config_sha256: null,
  resumed: null,
  started: "2026-01-02T03:04:05.000Z",
  device: "cpu",
  output_dir: "",
  log: "/log",
  log_freq: 50,
  conditions: {
    fork_commit: null,
    fork_dirty: null,
    pair_data: null,
    eval_freq: 100,
    batch_size: 8,
    num_workers: 4,
  },
  launcher: { pid: 1, started: null, boot: null, machine: null, namespace: null },
  trainer: null,
};
