/** Whether this box can go on with an earlier attempt of a trial. Where it cannot, the attempt begins anew and says why. */
import { sha256 } from "../rounds/names.ts";
import type { Conditions, Outcome } from "../rounds/outcome.ts";
import { type AttemptRecord, attemptsOf, readAttempt } from "./attempt-record.ts";
import { findCheckpoint } from "./checkpoint.ts";
import { type AttemptId, attemptName, readOutcome } from "./outcome-files.ts";
import type { WandbSettings } from "./trainer-command.ts";
import type { TrialJob } from "./trial-job.ts";

/** What an attempt takes over from the one that it goes on with. */
export interface Continuation {
  readonly outputDir: string;
  readonly runId: string;
  readonly resumed: NonNullable<AttemptRecord["resumed"]>;
}

export interface ContinuationOptions {
  readonly job: TrialJob;
  readonly resume: NonNullable<TrialJob["resume"]>;
  readonly stateDir: string;
  readonly wandb: WandbSettings;
  /** As they are now. */
  readonly conditions: Conditions;
}

/** A text says why not: half a sentence that follows "because". */
export async function findContinuation(options: ContinuationOptions): Promise<Continuation | string> {
  const { job, resume, stateDir, wandb } = options;
  const before = { trial: job.trial, attempt: resume.attempt };
  const record = await readAttempt(stateDir, before);
  if (record === null) return `attempt ${resume.attempt} was not trained on this machine`;
  const alike = (await attemptsOf(stateDir, job.trial)).filter(
    ({ output_dir }) => output_dir === record.output_dir,
  );
  const newest = newestEnded(alike, before);
  const outcome = await readOutcome(stateDir, newest);
  const why = mismatch(record, options) ?? (typeof outcome === "string" ? UNTOLD[outcome] : spoiled(outcome));
  if (why !== null) return why;
  const open = alike.find(({ state }) => state !== "ended");
  if (open) return `attempt ${attemptName(open)} still trains in its folder`;

  const checkpoint = await findCheckpoint(record.output_dir);
  if (typeof checkpoint === "string") return checkpoint;
  const { saved, step, config } = checkpoint;
  if (saved.output_dir !== record.output_dir || saved.wandb.run_id !== record.run_id) {
    return "its checkpoint belongs to another run";
  }
  // Offline nobody is asked; online W&B must know the run already.
  const known = saved.wandb.project === wandb.project && (saved.wandb.mode ?? "online") === "online";
  if (wandb.mode === "online" && !known) return "W&B does not know its run under this project";
  if (step > job.steps) return `its checkpoint is at step ${step}, beyond the ${job.steps} that are wanted`;
  const complete = step === job.steps;
  if (complete && (typeof outcome === "string" || !trainedUpTo(outcome, step))) {
    return "its last checkpoint is there, but nothing shows how it was trained";
  }
  return {
    outputDir: record.output_dir,
    runId: record.run_id,
    resumed: { attempt: newest.attempt, step, checkpoint: config, complete },
  };
}

/**
 * Who left the folder as it is: the attempt that is to be gone on with, or a later one that went on with it and never reported in
 * time to be asked for itself.
 */
function newestEnded(inFolder: readonly AttemptRecord[], asked: AttemptId): AttemptId {
  const ended = inFolder.filter(({ state, attempt }) => state === "ended" && attempt > asked.attempt);
  return ended.toSorted((a, b) => a.attempt - b.attempt).at(-1) ?? asked;
}

/** What binds the checkpoint to the approved configuration, and both halves of the training to each other. */
function mismatch(record: AttemptRecord, { job, resume, conditions }: ContinuationOptions): string | null {
  if (record.config_sha256 !== sha256(job.configBytes))
    return "it was trained with another configuration than the approved one";
  if (![record.run_id, record.claimed_run_id].includes(resume.runId)) return "it was another run";
  if (record.log_freq !== job.logFreq || record.conditions.eval_freq !== job.evalFreq)
    return "it was trained under other conditions";
  const { fork_commit, pair_data } = conditions;
  if (fork_commit !== record.conditions.fork_commit) return "the trainer's clone is at another commit by now";
  if (pair_data !== record.conditions.pair_data) return "the pair data have changed since";
  return null;
}

const UNTOLD = {
  missing: "nothing tells how it ended",
  unreadable: "the file that tells how it ended cannot be read",
} as const;

/** Ends after which its weights, or its run, are not to be trusted. */
function spoiled({ outcome, reason, evidence, curves, steps, resumed_from }: Outcome): string | null {
  if (outcome === "invalid") return `it ended invalid (${reason})`;
  if (reason === "stuck") return "its process may still be there";
  const loss = curves["train/loss"]?.values ?? [];
  if (loss.some((value) => typeof value === "string")) return "its loss was not finite";
  const vain = outcome === "failed" && resumed_from !== null && (steps ?? 0) <= resumed_from.step;
  // W&B may have been away; that it does not know the run does not heal.
  const mayHeal =
    reason === "wandb-error" && !String(evidence["line"] ?? "").includes("not been initialized");
  return vain && !mayHeal ? `going on from step ${resumed_from.step} failed before` : null;
}

function trainedUpTo({ steps, curves }: Outcome, step: number): boolean {
  return (steps ?? 0) >= step && (curves["train/loss"]?.steps.length ?? 0) > 0;
}
