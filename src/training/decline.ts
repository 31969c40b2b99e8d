import { emptyOutcome, type Outcome } from "../rounds/outcome.ts";
import type { LaunchPorts, LaunchSettings } from "./launch-options.ts";
import { keepOutcome } from "./outcome-files.ts";
import type { StopRequest } from "./stop.ts";
import type { TrialJob } from "./trial-job.ts";

/** An attempt that was stopped before it began. To be called with its lock; the outcome is on disk when it returns. */
export async function declineAttempt(
  job: TrialJob,
  stop: StopRequest,
  { settings, ports }: { settings: LaunchSettings; ports: LaunchPorts },
): Promise<Outcome> {
  const { round, dispatch, trial, attempt } = job;
  const now = new Date(ports.clock.now()).toISOString();
  const { outcome: kind, reason, evidence } = stop;
  const facts = { round, dispatch, trial, attempt, run_id: job.runId, started: now, ended: now };
  const outcome = emptyOutcome({ ...facts, outcome: kind, reason, evidence });
  await keepOutcome(settings.stateDir, outcome);
  return outcome;
}
