import { outcomeName } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import type { AttemptEnd } from "../report/models.ts";
import type { Attempt, RoundHistory } from "../rounds/history.ts";
import { REFUSED } from "../rounds/trials.ts";
import { refusalIn } from "./refusals.ts";
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
  // Only the file that the box sent says whether it found the checkpoint that it was to go on from, or why it refused.
  const asked = ended.filter(({ resume, outcome }) => resume !== null || outcome.reason === REFUSED);
  const outcomes = await house.ledger.readOutcomes(world.ledger, asked.map(outcomeName));
  const fileOf = (attempt: Pick<Attempt, "trial" | "attempt">) => outcomes.get(outcomeName(attempt));
  return ended.map(({ trial, attempt, steps, outcome }) => ({
    trial,
    attempt,
    of: attempts.filter((other) => other.trial === trial).length,
    outcome: outcome.event,
    reason: outcome.reason,
    step: outcome.steps,
    steps: steps ?? approved?.trainer.steps ?? 0,
    deviceHours: outcome.device_seconds / 3600,
    resumedFrom: fileOf({ trial, attempt })?.resumed_from?.step ?? null,
    refused: outcome.reason === REFUSED ? refusalIn(fileOf({ trial, attempt })) : null,
  }));
}
