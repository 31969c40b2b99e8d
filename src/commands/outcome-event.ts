import { EVAL_L1 } from "../judgement/metrics.ts";
import type { Outcome } from "../rounds/outcome.ts";

/** The ledger's line about an ended attempt. */
export function outcomeEvent(outcome: Outcome) {
  const { round, trial, attempt, run_id, reason, exit, signal, steps, device, device_seconds, curves } =
    outcome;
  const level = curves[EVAL_L1]?.values.at(-1);
  return {
    key: `${outcome.outcome}:${trial}:${attempt}`,
    event: outcome.outcome,
    round,
    trial,
    attempt,
    run_id,
    reason,
    exit,
    signal,
    steps,
    device_seconds,
    device,
    eval_l1: typeof level === "number" ? level : null,
  };
}
