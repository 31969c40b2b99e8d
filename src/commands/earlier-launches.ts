import type { House } from "../house.ts";
import { type Attempt, attemptKey, type History, isGivenUp } from "../rounds/history.ts";
import { NOT_BEGUN } from "../rounds/trials.ts";
import { askedBefore, forgetAsked } from "../training/asked.ts";
import { declineUnlessBegun } from "../training/decline.ts";
import type { LaunchPorts } from "../training/launch-options.ts";
import { attemptName, markSent, unsentOutcomes } from "../training/outcome-files.ts";
import type { StopRequest } from "../training/stop.ts";

interface Place {
  readonly stateDir: string;
  readonly ports: Pick<LaunchPorts, "processes" | "clock">;
}

/** What earlier launches on this machine left to be told. */
export async function settleEarlierLaunches(
  house: Pick<House, "progress">,
  history: History,
  place: Place,
): Promise<void> {
  await forgetArrived(house, history, place);
  await tellNeverBegun(house, history, place);
}

/** What stands in the ledger need not be sent again. */
async function forgetArrived(
  { progress }: Pick<House, "progress">,
  { rounds }: History,
  { stateDir }: Place,
): Promise<void> {
  const arrived = new Set(
    [...rounds.values()]
      .flatMap(({ attempts }) => attempts)
      .filter(({ outcome }) => outcome !== null && !isGivenUp(outcome))
      .map(({ trial, attempt }) => attemptKey({ id: trial, attempt })),
  );
  const unsent = await unsentOutcomes(stateDir, progress.say);
  const old = unsent.filter(({ trial, attempt }) => arrived.has(attemptKey({ id: trial, attempt })));
  await Promise.all(old.map((outcome) => markSent(stateDir, outcome)));
}

const KILLED: StopRequest = {
  outcome: "interrupted",
  reason: NOT_BEGUN,
  evidence: { held_up_by: "launcher-lost" },
  urgent: false,
};

/**
 * A launcher that was killed said nothing, and all of its attempts were given up. Those that it never began have lost nothing: that
 * replaces the guess, and uses up no retry. Claims that are still open are left alone: their launcher may wait for a device.
 */
async function tellNeverBegun(
  { progress }: Pick<House, "progress">,
  { rounds }: History,
  { stateDir, ports }: Place,
): Promise<void> {
  const claims = new Map(
    [...rounds.values()].flatMap(({ round, attempts }) =>
      attempts.map((attempt): [string, Attempt & { round: string }] => [
        attemptName(attempt),
        { ...attempt, round },
      ]),
    ),
  );
  for (const name of await askedBefore(stateDir)) {
    const claim = claims.get(name);
    // Another launch may have noted one that was claimed after the ledger was read here.
    if (!claim || claim.outcome === null) continue;
    if (claim.outcome.event === "interrupted" && isGivenUp(claim.outcome)) {
      const told = await declineUnlessBegun(claim, KILLED, { stateDir, ...ports });
      if (told) progress.say(`${claim.trial} (attempt ${claim.attempt}): its launcher ended before it began`);
    }
    // From here on its outcome, or the record of how far it came, speaks for it.
    await forgetAsked(stateDir, name);
  }
}
