import { messageOf } from "../errors.ts";
import type { LedgerSnapshot } from "../forge/ledger-store.ts";
import { stateFolder } from "../house/state-folder.ts";
import type { House, Surroundings } from "../house.ts";
import { foldLedger, type History } from "../rounds/history.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { noteAsked } from "../training/asked.ts";
import { launchTrials } from "../training/launch.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "../training/launch-options.ts";
import { unsentOutcomes } from "../training/outcome-files.ts";
import { keepReserve } from "../training/reserve.ts";
import type { TrialJob } from "../training/trial-job.ts";
import { allowance } from "./allowance.ts";
import { cancellation } from "./cancellation.ts";
import { claimedJobs, otherJobs, roundOf } from "./claimed-jobs.ts";
import { settleEarlierLaunches } from "./earlier-launches.ts";
import { lateTruths } from "./late-truths.ts";
import { launchHooks } from "./launch-hooks.ts";
import { launchSettings } from "./launch-settings.ts";
import { orRefuseClaims } from "./refuse-claims.ts";
import { watchStops } from "./stop-watch.ts";
import { watchesFor } from "./watches.ts";
import { withTap } from "./with-tap.ts";

export interface LaunchOptions {
  readonly dispatch: string;
  /** Trials of the dispatch; empty: all. */
  readonly trials: readonly string[];
  /** Folder that the outcomes are put into, to be carried away. */
  readonly outcomes: string | null;
  readonly signal: AbortSignal;
  /**
   * What waits for a device when the signal comes: `declined` where nobody launches this dispatch again. Else it stays claimed for
   * the next call.
   */
  readonly waiting?: "declined" | "stays-claimed";
  readonly ports: LaunchPorts;
  /** Nothing begins after it. */
  readonly deadline?: Date | null;
}

export interface LaunchResult {
  readonly outcomes: readonly Outcome[];
  readonly notRun: readonly { readonly trial: string; readonly attempt: number; readonly why: string }[];
  /** Why this machine trains nothing now, or nothing more; null: it does. */
  readonly refused: string | null;
}

/**
 * Trains what the ledger claimed for this dispatch and has no outcome of, with the bytes that were approved; what cannot be trained here
 * is refused. Writes no ledger.
 */
export async function launch(
  house: House,
  surroundings: Surroundings,
  options: LaunchOptions,
): Promise<LaunchResult> {
  const { dispatch, ports, outcomes: outcomesDir } = options;
  const { say } = house.progress;
  const ledger = await house.ledger.read();
  const history = foldLedger(ledger.events);
  const stateDir = stateFolder(house, surroundings);
  await keepReserve(stateDir);
  // What cannot be told now is told by the next launch; what this one is asked for does not wait for that.
  await settleEarlierLaunches(house, history, { stateDir, ports }).catch((thrown: unknown) =>
    say(`what earlier launches left cannot be told: ${messageOf(thrown)}`),
  );
  const jobs = await claimedJobs(house, history, options);
  // At once: whatever takes its time from here on, a launcher that is killed meanwhile has begun none of them.
  await noteAsked(stateDir, jobs).catch((thrown: unknown) =>
    say(`what is asked for cannot be noted: ${messageOf(thrown)}`),
  );
  say(`dispatch ${dispatch}: ${jobs.length} trials`);
  const folders = { stateDir, outcomesDir };
  return orRefuseClaims(house, { ...folders, jobs, ports }, async (told) =>
    train(house, launchSettings(house, folders), { ...options, told, jobs, ledger, history }),
  );
}

interface Given extends LaunchOptions {
  readonly told: Pick<LaunchHooks, "onOutcome">;
  readonly jobs: readonly TrialJob[];
  readonly ledger: LedgerSnapshot;
  readonly history: History;
}

async function train(house: House, settings: LaunchSettings, given: Given): Promise<LaunchResult> {
  const { dispatch, deadline = null, ports, signal, told, jobs, ledger, history } = given;
  const { clock } = ports;
  const { stateDir } = settings;
  const others = settings.slurm ? await otherJobs(house, history, given) : [];
  const watches = await watchesFor(house, { ledger, history, clock });
  const allowed = allowance(house, { deadline, history, clock });
  const stops = stopsOf(house, history, { dispatch, others, ports });
  // Those that cannot be read were told about when they were last looked at.
  const truths = lateTruths(history, await unsentOutcomes(stateDir, () => undefined));
  const cancelled = cancellation(jobs, given);
  const hooks = launchHooks(house, { watches, allowed, stops, truths, cancelled, told });
  try {
    return await withTap(house, { ports, stateDir, signal }, (tapped) =>
      launchTrials({ jobs, others, settings, ports: tapped, hooks, signal }),
    );
  } finally {
    stops.end();
  }
}

/** Of the dispatch's own round, and of those whose jobs an earlier launch left to Slurm. */
function stopsOf(
  { ledger, progress }: House,
  history: History,
  launch: Pick<LaunchOptions, "dispatch" | "ports"> & { readonly others: readonly TrialJob[] },
): ReturnType<typeof watchStops> {
  const own = roundOf(history, launch.dispatch).round;
  const rounds = [...new Set([own, ...launch.others.map(({ round }) => round)])];
  return watchStops({
    ledger,
    rounds,
    stops: new Map(rounds.flatMap((round) => [...(history.rounds.get(round)?.stops ?? [])])),
    clock: launch.ports.clock,
    say: progress.say,
  });
}
