import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import type { Series } from "../judgement/series.ts";
import { wandbFiles } from "../runs/wandb-files.ts";
import type { LaunchHooks } from "../training/launch-options.ts";
import type { StopRequest } from "../training/stop.ts";
import type { TrialJob } from "../training/trial-job.ts";
import type { allowance } from "./allowance.ts";
import type { LateTruths } from "./late-truths.ts";
import type { watchStops } from "./stop-watch.ts";
import type { watchesFor } from "./watches.ts";

interface Lookouts {
  readonly watches: Awaited<ReturnType<typeof watchesFor>>;
  readonly allowed: ReturnType<typeof allowance>;
  readonly stops: ReturnType<typeof watchStops>;
  readonly truths: LateTruths;
  /** Why an attempt that waits is not to begin, after its launch was cancelled. */
  readonly cancelled: (job: TrialJob) => StopRequest | null;
  /** Whoever else is told of outcomes. */
  readonly told: Pick<LaunchHooks, "onOutcome">;
}

type Speaking = Pick<House, "progress" | "now">;

/** All that looks after a launch's trials, and what is told of them on the way. */
export function launchHooks(
  house: Speaking,
  { watches, allowed, stops, truths, cancelled, told }: Lookouts,
): LaunchHooks {
  return {
    ...narration(house),
    onOutcome: (outcome) => {
      truths.add(outcome);
      told.onOutcome?.(outcome);
    },
    watchesOf: watches.watchesOf,
    guardsOf: (job, run) => [
      ...watches.guardsOf(job, run),
      ...allowed.guardsOf(job, run),
      stops.guardOf(job),
    ],
    stopOf: (job, launch) =>
      stops.stopOf(job) ?? truths.stopOf(job) ?? cancelled(job) ?? allowed.stopOf(job, launch),
    curvesIn: (outputDir) => localCurves(house, outputDir),
  };
}

function narration({ progress: { say } }: Speaking): Pick<LaunchHooks, "onNote" | "onProgress"> {
  return {
    onNote: say,
    onProgress: ({ trial, step, steps, loss, evalL1 }) =>
      say(
        `${trial}: step ${step}/${steps}, loss ${loss ?? "–"}${evalL1 === null ? "" : `, eval_l1 ${evalL1}`}`,
      ),
  };
}

/** What the W&B SDK wrote on this box. A file that cannot be read costs the curves, not the outcome. */
async function localCurves(house: Speaking, outputDir: string): Promise<Readonly<Record<string, Series>>> {
  const source = wandbFiles({ folders: [join(outputDir, "wandb")], now: () => house.now().getTime() });
  try {
    const { runs } = await source.read({ kind: "filter" });
    const data = runs[0]?.data;
    return data?.kind === "curves" ? Object.fromEntries(data.series) : {};
  } catch (thrown) {
    house.progress.say(`the curves in ${outputDir} could not be read: ${messageOf(thrown)}`);
    return {};
  }
}
