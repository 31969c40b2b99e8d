import type { Outcome } from "../rounds/outcome.ts";

/** The ledger's line about an ended attempt. */
export function outcomeEvent(outcome: Outcome) {
  const { round, trial, attempt, run_id, reason, exit, signal, steps, device_seconds } = outcome;
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
  };
}
