import { join } from "node:path";
import { AutoloopError, messageOf } from "../errors.ts";
import { stateFolder } from "../house/state-folder.ts";
import type { House, Surroundings } from "../house.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { valueAt } from "../judgement/config-path.ts";
import type { Series } from "../judgement/series.ts";
import { cleanLine } from "../report/clean.ts";
import type { EventOf } from "../rounds/events.ts";
import {
  type Attempt,
  attemptKey,
  claimingRound,
  configOf,
  foldLedger,
  type History,
  isGivenUp,
  type RoundHistory,
} from "../rounds/history.ts";
import { parseTrialId, sha256 } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { wandbFiles } from "../runs/wandb-files.ts";
import { launchTrials } from "../training/launch.ts";
import type { LaunchPorts, LaunchSettings } from "../training/launch-options.ts";
import { SUPERVISION } from "../training/launch-options.ts";
import { markSent, unsentOutcomes } from "../training/outcome-files.ts";
import type { TrialJob } from "../training/trial-job.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import { allowance } from "./allowance.ts";
import { type Judging, verifyFollowUp } from "./follow-up-evidence.ts";
import { nightOf } from "./launch-rules.ts";
import { checkMerged } from "./merged-content.ts";
import { watchStops } from "./stop-watch.ts";
import { supervisionOf, watchesFor } from "./watches.ts";
import { withTap } from "./with-tap.ts";

export interface LaunchOptions {
  readonly dispatch: string;
  /** Trials of the dispatch; empty: all. */
  readonly trials: readonly string[];
  /** Folder that the outcomes are put into, to be carried away. */
  readonly outcomes: string | null;
  readonly signal: AbortSignal;
  readonly ports: LaunchPorts;
  /** Nothing begins after it. */
  readonly deadline?: Date | null;
}

export interface LaunchResult {
  readonly outcomes: readonly Outcome[];
  readonly notRun: readonly { readonly trial: string; readonly attempt: number; readonly why: string }[];
  /** Why this machine trains nothing now; null: it does. */
  readonly refused: string | null;
}

/** Trains what the ledger claimed for this dispatch and has no outcome of, with the bytes that were approved. Writes no ledger. */
export async function launch(
  house: House,
  surroundings: Surroundings,
  options: LaunchOptions,
): Promise<LaunchResult> {
  const ledger = await house.ledger.read();
  const history = foldLedger(ledger.events);
  const settings = launchSettings(house, surroundings, options.outcomes);
  await forgetArrived(house, history, settings.stateDir);
  const jobs = await claimedJobs(house, history, options);
  house.progress.say(`dispatch ${options.dispatch}: ${jobs.length} trials`);
  const looksAfter = await watchesFor(house, { ledger, history, clock: options.ports.clock });
  const allowed = allowance(house, {
    deadline: options.deadline ?? null,
    history,
    clock: options.ports.clock,
  });
  const others = house.settings.executor === "slurm" ? await otherJobs(house, history, options) : [];
  const rounds = [
    ...new Set([roundOf(history, options.dispatch).round, ...others.map(({ round }) => round)]),
  ];
  const stops = watchStops({
    ledger: house.ledger,
    rounds,
    stops: new Map(rounds.flatMap((round) => [...(history.rounds.get(round)?.stops ?? [])])),
    clock: options.ports.clock,
    say: house.progress.say,
  });
  const train = (ports: LaunchPorts) =>
    launchTrials({
      jobs,
      others,
      settings,
      ports,
      hooks: {
        ...looksAfter,
        guardsOf: (job, run) => [
          ...looksAfter.guardsOf(job, run),
          ...allowed.guardsOf(job, run),
          stops.guardOf(job),
        ],
        stopOf: (job, launch) => stops.stopOf(job) ?? allowed.stopOf(job, launch),
        curvesIn: (outputDir) => localCurves(house, outputDir),
        onNote: house.progress.say,
        onProgress: ({ trial, step, steps, loss, evalL1 }) =>
          house.progress.say(
            `${trial}: step ${step}/${steps}, loss ${loss ?? "–"}${evalL1 === null ? "" : `, eval_l1 ${evalL1}`}`,
          ),
        onOutcome: ({ trial, attempt, outcome, reason }) =>
          house.progress.say(`${trial} (attempt ${attempt}): ${outcome}${reason ? `, ${reason}` : ""}`),
      },
      signal: options.signal,
    });
  try {
    return await withTap(house, { ports: options.ports, stateDir: settings.stateDir }, train);
  } finally {
    stops.end();
  }
}

/** What the W&B SDK wrote on this box. A file that cannot be read costs the curves, not the outcome. */
async function localCurves(house: House, outputDir: string): Promise<Readonly<Record<string, Series>>> {
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

/** What stands in the ledger need not be sent again. */
async function forgetArrived(house: House, { rounds }: History, stateDir: string): Promise<void> {
  const arrived = new Set(
    [...rounds.values()]
      .flatMap(({ attempts }) => attempts)
      .filter(({ outcome }) => outcome !== null && !isGivenUp(outcome))
      .map(({ trial, attempt }) => attemptKey({ id: trial, attempt })),
  );
  const unsent = await unsentOutcomes(stateDir, house.progress.say);
  const old = unsent.filter(({ trial, attempt }) => arrived.has(attemptKey({ id: trial, attempt })));
  await Promise.all(old.map((outcome) => markSent(stateDir, outcome)));
}

/** The claims of a dispatch as jobs, every configuration verified against what was approved. */
export async function claimedJobs(
  house: Judging,
  history: History,
  { dispatch, trials }: Pick<LaunchOptions, "dispatch" | "trials">,
): Promise<readonly TrialJob[]> {
  const round = roundOf(history, dispatch);
  if (!(await house.forge.reader.isMerged(round.approved.merge))) {
    throw new AutoloopError("ledger.not-merged", {
      what: `The merge of round ${round.round} is not in the history of the default branch.`,
      next: "Propose the round again; what is not merged is not trained.",
    });
  }
  if (round.approved.pull === null)
    await checkFollowUp(house, history, { round: round.round, commit: round.approved.merge });
  const open = round.attempts.filter((attempt) => attempt.dispatch === dispatch && attempt.outcome === null);
  const wanted = open.filter(({ trial }) => trials.length === 0 || trials.includes(trial));
  const blobs = await house.forge.reader.blobs(
    wanted.flatMap(({ trial }) => configOf(round, trial)?.blob ?? []),
  );
  const jobs = wanted.map((attempt) => jobOf(round, attempt, blobs));
  if (jobs.length > 0) await checkMerged(house.forge.reader, round);
  return jobs;
}

/** Claims of other dispatches that nobody has seen the end of: an earlier launch may have left them to Slurm. */
async function otherJobs(
  house: House,
  history: History,
  { dispatch }: Pick<LaunchOptions, "dispatch">,
): Promise<readonly TrialJob[]> {
  const open = [...history.rounds.values()].flatMap((round) =>
    round.attempts
      .filter((attempt) => attempt.dispatch !== dispatch)
      .filter(({ outcome }) => outcome === null || isGivenUp(outcome))
      .map((attempt) => ({ round, attempt })),
  );
  const blobs = await house.forge.reader.blobs(
    open.flatMap(({ round, attempt }) => configOf(round, attempt.trial)?.blob ?? []),
  );
  return open.flatMap(({ round, attempt }) => {
    try {
      return [jobOf(round, attempt, blobs)];
    } catch (thrown) {
      house.progress.say(`${attempt.trial} (attempt ${attempt.attempt}): ${messageOf(thrown)}`);
      return [];
    }
  });
}

/** The approved round that claimed trials for this dispatch. */
function roundOf(history: History, dispatch: string): RoundHistory & { approved: EventOf<"approved"> } {
  const round = claimingRound(history, dispatch);
  if (round?.approved) return { ...round, approved: round.approved };
  throw new AutoloopError("ledger.no-dispatch", {
    what: `The ledger has no dispatch "${dispatch}" of an approved round.`,
    next: "Training is started by autoloop after a round's pull request was merged; see `autoloop status`.",
  });
}

/** Nobody merged it, so it is judged again here, by the same evidence as when it was approved. */
async function checkFollowUp(
  house: Judging,
  history: History,
  files: { round: string; commit: string },
): Promise<void> {
  const verdict = await verifyFollowUp(house, history, files);
  if (verdict.kind === "verified") return;
  throw new AutoloopError("ledger.follow-up", {
    what: `Round ${files.round} is not what an earlier merge approved beforehand (${verdict.reason}).`,
    next: "Nothing of it was trained. Look at its commit; what follows needs a merge of its own.",
  });
}

function jobOf(round: RoundHistory, attempt: Attempt, blobs: ReadonlyMap<string, Uint8Array>): TrialJob {
  const approved = configOf(round, attempt.trial);
  const id = parseTrialId(attempt.trial);
  const bytes = approved ? blobs.get(approved.blob) : undefined;
  if (!approved || !id || !round.approved || !bytes || sha256(bytes) !== approved.sha256) {
    throw new AutoloopError("ledger.config-mismatch", {
      what: `The configuration of ${attempt.trial} is not the one that was approved.`,
      next: "Nothing was trained. Propose the round again.",
    });
  }
  const config = parseLenientJson(Buffer.from(bytes).toString("utf8"));
  const { steps, eval_freq, log_freq } = round.approved.trainer;
  const parsed = isJsonObject(config) ? config : {};
  return {
    trial: attempt.trial,
    attempt: attempt.attempt,
    round: round.round,
    dispatch: attempt.dispatch,
    runId: attempt.runId,
    resume: attempt.resume ? { attempt: attempt.resume.attempt, runId: attempt.resume.run_id } : null,
    variant: stemOf(approved.path) ?? id.variant,
    configBytes: bytes,
    config: parsed,
    seed: id.seed,
    steps: attempt.steps ?? steps,
    evalFreq: eval_freq,
    logFreq: log_freq,
    group: groupOf(parsed, id.seed),
    priority: approved.priority,
  };
}

/** The file's own name where it can name a folder and a job; people's templates may be called anything. */
function stemOf(path: string): string | null {
  const stem =
    path
      .split("/")
      .at(-1)
      ?.replace(/\.json$/, "") ?? "";
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/.test(stem) ? stem : null;
}

/** W&B takes groups of 128 characters; a data set's name has at most 96. */
const LONGEST_IN_GROUP = 96;

/** The plan's group; the trainer has no flag for it and takes it from the environment. */
function groupOf(config: JsonObject, seed: number): string {
  const name = (path: readonly string[]) => {
    const value = valueAt(config, path);
    return (typeof value === "string" && cleanLine(value, LONGEST_IN_GROUP)) || "unknown";
  };
  return `policy:${name(["policy", "type"])}-seed:${seed}-dataset:${name(["dataset", "repo_id"])}`;
}

function launchSettings(house: House, surroundings: Surroundings, outcomes: string | null): LaunchSettings {
  const { trainer, gpus, source, executor, slurm } = house.settings;
  if (trainer.cwd === undefined) {
    throw new AutoloopError("settings.trainer-cwd", {
      what: "The settings do not say where the trainer is.",
      next: "Set `trainer.cwd` to the trainer's clone on the GPU box.",
    });
  }
  return {
    stateDir: stateFolder(house, surroundings),
    leaseDir: gpus.lease_dir,
    outcomesDir: outcomes,
    trainer: {
      command: trainer.command,
      cwd: trainer.cwd,
      env: trainer.env,
      preflight: trainer.preflight,
    },
    minFreeBytes: trainer.min_free_gb * 1e9,
    wandb: { project: source.project, entity: source.entity, mode: trainer.wandb_mode },
    gpus: {
      maxConcurrency: gpus.max_concurrency,
      leaveFree: gpus.leave_free,
      night: nightOf(house.settings),
      reserved: gpus.reserved,
      cpuSlots: gpus.cpu_slots,
    },
    slurm: executor === "slurm" ? slurm : undefined,
    supervision: { ...SUPERVISION, ...supervisionOf(house.settings) },
  };
}
