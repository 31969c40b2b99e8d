import type { House } from "../house.ts";
import { type Attempt, GIVEN_UP } from "../rounds/history.ts";
import { type Outcome, UNKNOWN_CONDITIONS } from "../rounds/outcome.ts";
import { outcomeEvent } from "./outcome-event.ts";
import { record } from "./record.ts";
import type { World } from "./world.ts";

/** The workflow run is over and said nothing of these attempts: they are interrupted, as far as anybody can know. */
export async function giveUp(
  house: House,
  world: World,
  { round, dispatch, lost }: { round: string; dispatch: string; lost: readonly Attempt[] },
): Promise<World> {
  const ended = house.now().toISOString();
  const started = world.history.rounds.get(round)?.claimed.get(dispatch) ?? ended;
  const outcomes = lost.map(
    ({ trial, attempt, runId }): Outcome => ({
      schema: "autoloop/outcome@1",
      resumed_from: null,
      round,
      dispatch,
      trial,
      attempt,
      run_id: runId,
      run_url: null,
      outcome: "interrupted",
      reason: GIVEN_UP,
      evidence: {},
      exit: null,
      signal: null,
      started,
      ended,
      device: "unknown",
      device_seconds: 0,
      steps: null,
      log_tail: [],
      curves: {},
      conditions: UNKNOWN_CONDITIONS,
    }),
  );
  const recorded = await record(house, world, { events: outcomes.map(outcomeEvent), outcomes });
  house.progress.say(`round ${round}: ${lost.length} attempts of ${dispatch} never reported`);
  return recorded.world;
}
