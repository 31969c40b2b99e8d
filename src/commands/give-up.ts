import type { House } from "../house.ts";
import { type Attempt, attemptKey, GIVEN_UP, GIVEN_UP_KEY } from "../rounds/history.ts";
import { emptyOutcome } from "../rounds/outcome.ts";
import { outcomeEvent } from "./outcome-event.ts";
import { record } from "./record.ts";
import type { World } from "./world.ts";

/**
 * The workflow run is over and said nothing of these attempts: they are interrupted, as far as anybody can know. Those that
 * somebody had stopped are stopped: nobody waits for them.
 */
export async function giveUp(
  house: House,
  world: World,
  { round, dispatch, lost }: { round: string; dispatch: string; lost: readonly Attempt[] },
): Promise<World> {
  const ended = house.now().toISOString();
  const known = world.history.rounds.get(round);
  const started = known?.claimed.get(dispatch) ?? ended;
  const outcomes = lost.map(({ trial, attempt, runId }) => {
    const by = known?.stops.get(attemptKey({ id: trial, attempt }));
    const how =
      by === undefined
        ? ({ outcome: "interrupted", reason: GIVEN_UP } as const)
        : ({ outcome: "stopped", reason: "person", evidence: { by } } as const);
    return emptyOutcome({ round, dispatch, trial, attempt, run_id: runId, started, ended, ...how });
  });
  const events = outcomes.map((outcome) => ({
    ...outcomeEvent(outcome),
    key: `${GIVEN_UP_KEY}:${outcome.trial}:${outcome.attempt}`,
  }));
  const recorded = await record(house, world, { events, outcomes });
  house.progress.say(`round ${round}: ${lost.length} attempts of ${dispatch} never reported`);
  return recorded.world;
}
