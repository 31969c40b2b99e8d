import type { House } from "../house.ts";
import { fanOut } from "../rounds/fan-out.ts";
import { dispatchId, wandbRunId } from "../rounds/names.ts";
import type { DueTrial } from "../rounds/trials.ts";
import { record } from "./record.ts";
import type { World } from "./world.ts";

export interface Claimable {
  readonly round: string;
  readonly trials: readonly DueTrial[];
}

/** Claims trials in the ledger, then asks for the workflow run that trains them. Only the one who wrote the claim asks. */
export async function claimTrials(house: House, world: World, { round, trials }: Claimable): Promise<World> {
  const dispatch = dispatchId({ round, trials });
  const { repository } = house.forge.reader;
  const recorded = await record(house, world, {
    events: [
      {
        key: `dispatched:${dispatch}`,
        event: "dispatched",
        round,
        dispatch,
        trials: trials.map((trial) => ({
          ...trial,
          run_id: wandbRunId({ repository, trial: trial.id, attempt: trial.attempt }),
        })),
      },
    ],
  });
  if (recorded.first) await startDispatch(house, { round, dispatch, trials: trials.map(({ id }) => id) });
  return recorded.world;
}

/**
 * Starts the training workflow of a claim for those of its trials that have no outcome. Starting it twice does no harm: an attempt
 * runs once, wherever it is asked for.
 */
export async function startDispatch(
  house: House,
  { round, dispatch, trials }: { round: string; dispatch: string; trials: readonly string[] },
): Promise<void> {
  const entries = fanOut(house.settings.fanout, trials);
  await house.forge.workflows.dispatch({ mode: "train", dispatch, trials: JSON.stringify(entries) });
  house.progress.say(`round ${round}: training ${dispatch} started`);
}
