import { AutoloopError, messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { valueAt } from "../judgement/config-path.ts";
import { cleanLine } from "../report/clean.ts";
import type { EventOf } from "../rounds/events.ts";
import {
  type Attempt,
  claimingRound,
  configOf,
  type History,
  isGivenUp,
  type RoundHistory,
} from "../rounds/history.ts";
import { parseTrialId, sha256 } from "../rounds/names.ts";
import type { TrialJob } from "../training/trial-job.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import { type Judging, verifyFollowUp } from "./follow-up-evidence.ts";
import { checkMerged } from "./merged-content.ts";

interface Asked {
  readonly dispatch: string;
  /** Trials of the dispatch; empty: all. */
  readonly trials: readonly string[];
}

/** The claims of a dispatch as jobs, every configuration verified against what was approved. */
export async function claimedJobs(
  house: Judging,
  history: History,
  { dispatch, trials }: Asked,
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

/**
 * Claims that this launch does not train and nobody has seen the end of: of other dispatches, and of this one where they were given up.
 * An earlier launch may have left them to Slurm.
 */
export async function otherJobs(
  house: Pick<Judging, "forge"> & Pick<House, "progress">,
  history: History,
  { dispatch }: Pick<Asked, "dispatch">,
): Promise<readonly TrialJob[]> {
  const open = [...history.rounds.values()].flatMap((round) =>
    round.attempts
      .filter((attempt) =>
        attempt.outcome === null ? attempt.dispatch !== dispatch : isGivenUp(attempt.outcome),
      )
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
export function roundOf(
  history: History,
  dispatch: string,
): RoundHistory & { approved: EventOf<"approved"> } {
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
