import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { LedgerSnapshot } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import { OT_LOSS, PI_SUM } from "../judgement/metrics.ts";
import type { History } from "../rounds/history.ts";
import { liveFileRows } from "../runs/live-file.ts";
import type { ReadLiveRows } from "../runs/live-rows.ts";
import type { Settings } from "../settings.ts";
import { CONTENTION } from "../training/contention.ts";
import type { LaunchHooks, RunPlace, SupervisionSettings } from "../training/launch-options.ts";
import type { Clock } from "../training/ports.ts";
import type { TrialJob } from "../training/trial-job.ts";
import type { Watch } from "../training/watch.ts";
import { watchGradient } from "../training/watchdog/gradient.ts";
import { watchHopeless } from "../training/watchdog/hopeless.ts";
import { watchOt } from "../training/watchdog/ot.ts";
import { watchMedian, watchRungs } from "../training/watchdog/peers.ts";
import { guardByRows } from "../training/watchdog/row-guard.ts";
import {
  type Compared,
  type Contender,
  contenderOf,
  incumbentFor,
  type PeerBoard,
  peerBoard,
  readCompared,
} from "./peers.ts";

type Lookout = Pick<House, "settings" | "live" | "progress"> & Parameters<typeof readCompared>[0];

interface Known {
  readonly ledger: LedgerSnapshot;
  readonly history: History;
  readonly clock: Clock;
}

/** How often W&B or the SDK's own file is asked for new rows where no tap shows them. */
const ROWS_EVERY_MS = 60_000;

/** What looks after each trial besides what looks after all: the settings' checks, and other trials to be compared with. */
export async function watchesFor(
  house: Lookout,
  known: Known,
): Promise<Required<Pick<LaunchHooks, "watchesOf" | "guardsOf">>> {
  const { gradient, hopeless } = house.settings.watchdog;
  const compared = hopeless.enabled ? await readCompared(house, known) : [];
  const board = peerBoard(compared);
  const sayOnce = withoutRepeats(house.progress.say);
  return {
    watchesOf: (job, begun) => [
      ...(gradient.enabled ? [watchGradient({ ...gradient, warmUp: gradient.warm_up })] : []),
      ...comparisons(contenderOf(job, begun), { hopeless, board, compared }),
      ...(hearsRows(house.settings) ? otWatch(house, job) : []),
    ],
    guardsOf: (job, run) =>
      hearsRows(house.settings)
        ? []
        : otWatch(house, job).map((watch) =>
            guardByRows({
              watch,
              read: rowsOf(house, { ...run, say: sayOnce }),
              everyMs: ROWS_EVERY_MS,
              clock: known.clock,
              onNote: (note) => sayOnce(`watchdog: ${note}`),
            }),
          ),
  };
}

/** Slurm's nodes cannot reach the tap. */
function hearsRows({ trainer, executor }: Settings): boolean {
  return trainer.tap && executor === "local";
}

function otWatch({ settings }: Pick<House, "settings">, job: TrialJob): readonly Watch[] {
  const { watchdog, thresholds } = settings;
  if (!watchdog.ot.enabled) return [];
  const { at, points, dead, broken_share } = watchdog.ot;
  const watch = watchOt(job.config, {
    at,
    points,
    dead,
    live: Math.max(dead, thresholds.mass.low),
    brokenShare: broken_share,
  });
  return watch ? [watch] : [];
}

function comparisons(
  own: Contender,
  given: {
    readonly hopeless: Settings["watchdog"]["hopeless"];
    readonly board: PeerBoard;
    readonly compared: readonly Compared[];
  },
): readonly Watch[] {
  const { hopeless, board, compared } = given;
  if (!hopeless.enabled) return [];
  const incumbent = incumbentFor(own, compared);
  const peers = () => board.peersOf(own);
  switch (hopeless.by) {
    case "margin":
      return incumbent ? [watchHopeless(incumbent, hopeless)] : [];
    case "median":
      return [board.record(own), watchMedian(peers, hopeless)];
    case "asha":
      return [board.record(own), watchRungs(peers, hopeless)];
  }
}

interface RowsOf extends RunPlace {
  readonly say: (line: string) => void;
}

/** From W&B, or from what the SDK writes beside the training where W&B is not asked or does not answer. */
function rowsOf(house: Pick<Lookout, "settings" | "live">, { runId, outputDir, say }: RowsOf): ReadLiveRows {
  const keys = [PI_SUM, OT_LOSS];
  const fromFile = liveFileRows({
    folder: join(outputDir, "wandb"),
    keys,
    onUnreadable: (error) => say(`a file of a running trial is left out: ${messageOf(error)}`),
  });
  const { live } = house;
  if (!live || house.settings.trainer.wandb_mode === "offline") return fromFile;
  return async (after) => {
    try {
      return await live({ runId, keys, after });
    } catch (error) {
      say(
        `W&B does not tell the OT values of running trials (${messageOf(error)}); the files of its SDK are read instead`,
      );
      return fromFile(after);
    }
  };
}

function withoutRepeats(say: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (said.has(line)) return;
    said.add(line);
    say(line);
  };
}

/** The settings of supervision that are switches of the watchdog. */
export function supervisionOf({
  watchdog,
}: Settings): Pick<SupervisionSettings, "stopOnNonFinite" | "stopOnFullDisk" | "stallMs" | "contention"> {
  const { contention, stall_minutes } = watchdog;
  return {
    stopOnNonFinite: watchdog.non_finite,
    stopOnFullDisk: watchdog.disk_full,
    stallMs: stall_minutes === null ? null : stall_minutes * 60_000,
    contention: contention.enabled ? { ...CONTENTION, leastFree: contention.least_free_mib } : null,
  };
}
