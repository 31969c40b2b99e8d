import { emptyOutcome, type Outcome } from "../rounds/outcome.ts";
import { readAttempt } from "./attempt-record.ts";
import type { LaunchSettings } from "./launch-options.ts";
import { type ReapOptions, underLock } from "./orphans.ts";
import { hasOutcome, keepOutcome } from "./outcome-files.ts";
import type { Clock } from "./ports.ts";
import type { StopRequest } from "./stop.ts";
import type { TrialJob } from "./trial-job.ts";

/** What tells an attempt from all others. */
export type Claimed = Pick<TrialJob, "round" | "dispatch" | "trial" | "attempt" | "runId">;

/** An attempt that was stopped before it began. To be called with its lock; the outcome is on disk when it returns. */
export async function declineAttempt(
  { round, dispatch, trial, attempt, runId }: Claimed,
  stop: StopRequest,
  given: { settings: Pick<LaunchSettings, "stateDir">; ports: { readonly clock: Clock } },
): Promise<Outcome> {
  const { settings, ports } = given;
  const now = new Date(ports.clock.now()).toISOString();
  const { outcome: kind, reason, evidence } = stop;
  const facts = { round, dispatch, trial, attempt, run_id: runId, started: now, ended: now };
  const outcome = emptyOutcome({ ...facts, outcome: kind, reason, evidence });
  await keepOutcome(settings.stateDir, outcome);
  return outcome;
}

/** The same, with its lock taken here. null: somebody runs it, or it was begun or ended before. */
export async function declineUnlessBegun(
  claimed: Claimed,
  stop: StopRequest,
  given: Pick<ReapOptions, "stateDir" | "processes" | "clock">,
): Promise<Outcome | null> {
  const { stateDir, clock } = given;
  return underLock(claimed, given, async () => {
    if ((await hasOutcome(stateDir, claimed)) || (await readAttempt(stateDir, claimed))) return null;
    return declineAttempt(claimed, stop, { settings: { stateDir }, ports: { clock } });
  });
}
