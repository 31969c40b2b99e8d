import { outcomeName } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import type { AttemptEnd } from "../report/models.ts";
import type { RoundHistory } from "../rounds/history.ts";
import type { World } from "./world.ts";

/** How every attempt of a round ended, trial by trial. */
export async function attemptEnds(
  house: House,
  world: World,
  { attempts, approved }: RoundHistory,
): Promise<readonly AttemptEnd[]> {
  const ended = attempts
    .flatMap((attempt) => (attempt.outcome ? [{ ...attempt, outcome: attempt.outcome }] : []))
    .toSorted((a, b) => a.trial.localeCompare(b.trial) || a.attempt - b.attempt);
  // Only the file that the box sent says whether it found the checkpoint that it was to go on from.
  const resumed = ended.filter(({ resume }) => resume !== null);
  const outcomes = await house.ledger.readOutcomes(world.ledger, resumed.map(outcomeName));
  return ended.map(({ trial, attempt, steps, outcome }) => ({
    trial,
    attempt,
    of: attempts.filter((other) => other.trial === trial).length,
    outcome: outcome.event,
    reason: outcome.reason,
    step: outcome.steps,
    steps: steps ?? approved?.trainer.steps ?? 0,
    deviceHours: outcome.device_seconds / 3600,
    resumedFrom: outcomes.get(outcomeName({ trial, attempt }))?.resumed_from?.step ?? null,
  }));
}
