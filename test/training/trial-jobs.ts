import type { JsonObject } from "../../src/json.ts";
import type { Conditions } from "../../src/rounds/outcome.ts";
import type { TrialJob } from "../../src/training/trial-job.ts";

/** A job as the ledger would hand it over; only what a test is about is given. */
export function trialJob(given: Partial<TrialJob> & { config?: JsonObject } = {}): TrialJob {
  const config = given.config ?? { seed: 42, batch_size: 8 };
  return {
    trial: "0001a-s42",
    attempt: 1,
    round: "0001",
    dispatch: "0001-1a2b3c4d",
    runId: "a123456789",
    resume: null,
    variant: "act_fr3_ot_r0001a_mass-up_3f9c2d",
    config,
    configBytes: Buffer.from(JSON.stringify(config)),
    seed: 42,
    steps: 200,
    evalFreq: 100,
    logFreq: 50,
    group: "policy:act-seed:42-dataset:local/tgt",
    priority: 0,
    ...given,
  };
}

/** What such a job finds when it begins, where everything can be found out. */
export const knownConditions: Conditions = {
  fork_commit: "30115bf",
  fork_dirty: false,
  pair_data: "5a17",
  eval_freq: 100,
  batch_size: 8,
  num_workers: 4,
};
