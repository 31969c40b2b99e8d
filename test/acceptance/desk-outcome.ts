import type { LedgerEvent } from "../../src/rounds/events.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";

/** What the box would send of a claimed trial. */
export function outcomeOf(
  claim: Extract<LedgerEvent, { event: "dispatched" }>,
  trial: (typeof claim.trials)[number],
  { outcome = "finished", reason = null }: Partial<Pick<Outcome, "outcome" | "reason">>,
): Outcome {
  const steps = [20, 40, 60, 80, 100, 120, 140, 160, 180, 200];
  return {
    schema: "autoloop/outcome@1",
    round: claim.round,
    dispatch: claim.dispatch,
    trial: trial.id,
    attempt: trial.attempt,
    run_id: trial.run_id,
    run_url: null,
    resumed_from: null,
    outcome,
    reason,
    evidence: {},
    exit: outcome === "finished" ? 0 : 1,
    signal: null,
    started: "2026-01-05T20:00:00.000Z",
    ended: "2026-01-05T20:10:00.000Z",
    device: "cpu",
    device_seconds: 600,
    steps: 200,
    log_tail: ["RuntimeError: as told"],
    curves: {
      "train/l1_loss": { steps, values: steps.map((step) => 0.1 + 20 / step) },
      "train/ot_pi_sum": { steps, values: steps.map(() => 0.2) },
      "eval/offline_eval/avg_l1": { steps: [100, 200], values: [0.4, 0.3] },
    },
    conditions: {
      fork_commit: null,
      fork_dirty: null,
      pair_data: null,
      eval_freq: 100,
      batch_size: 8,
      num_workers: 0,
    },
  };
}
