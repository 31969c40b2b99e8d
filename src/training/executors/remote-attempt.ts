/** One attempt of one trial in somebody else's queue, from its configuration file to its outcome on disk. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AutoloopError } from "../../errors.ts";
import type { Outcome } from "../../rounds/outcome.ts";
import { configFileOf, prepareAttempt, progressReporter } from "../attempt-plan.ts";
import { type AttemptRecord, forgetAttempt, gridOf, readAttempt, writeAttempt } from "../attempt-record.ts";
import { declineAttempt } from "../decline.ts";
import { trainerEnvironment } from "../environment.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "../launch-options.ts";
import { neutralLine } from "../neutral-text.ts";
import { attemptName } from "../outcome-files.ts";
import { trainerCommand } from "../trainer-command.ts";
import type { TrialJob } from "../trial-job.ts";
import type { Executor, JobPlace, Task } from "./executor.ts";
import { type Followed, followJob } from "./follow.ts";
import { removeFolder } from "./job-folder.ts";
import { lookout } from "./lookout.ts";
import { concludeAttempt } from "./remote-outcome.ts";
import type { RemoteTiming } from "./timing.ts";

export interface RemoteOptions {
  readonly executor: Executor;
  /** Every trial is given a GPU, or none is. */
  readonly gpu: boolean;
  readonly timing: RemoteTiming;
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
  readonly hooks: LaunchHooks;
  readonly signal: AbortSignal;
}

/** Attempts are handed over one after the other: a queue takes them in the order in which they come. */
export interface Turn {
  readonly mine: Promise<void>;
  readonly pass: () => void;
}

/**
 * To be called with the attempt's lock. Hands it over, or finds the job again that an earlier launch handed over, and follows it to
 * its end. The outcome is on disk when it returns; null: the launch was stopped before the job began, and it is as if it never was.
 */
export async function runRemoteAttempt(
  job: TrialJob,
  { begun, turn, ...options }: RemoteOptions & { begun: AttemptRecord | null; turn: Turn },
): Promise<Outcome | null> {
  const { executor, gpu, timing, settings, ports, hooks, signal } = options;
  const { stateDir, supervision } = settings;
  const note = (text: string): void => hooks.onNote?.(`${attemptName(job)}: ${text}`);
  const place = placeOf(stateDir, job);
  const remote = { executor: "slurm" as const, ...place, job: null, gpu };
  if (!begun) await untilSuperseded(job, options);
  const record =
    begun ?? (await prepareAttempt({ ...options, job, device: "slurm", remote, tap: null })).record;
  await turn.mine;
  if (signal.aborted && !begun) {
    await forget(stateDir, record, place);
    return null;
  }
  const ticket = await executor
    .submit(await taskOf(job, record, options))
    .catch(async (error: unknown) => {
      const refused = error instanceof AutoloopError && error.code === "training.slurm-refused";
      if (refused) await forget(stateDir, record, place);
      throw error;
    })
    .finally(turn.pass);
  const handedOver: AttemptRecord = { ...record, state: "running", remote: { ...remote, job: ticket.job } };
  await writeAttempt(stateDir, handedOver);
  note(begun ? `job ${ticket.job} of Slurm is followed again` : `Slurm has it as job ${ticket.job}`);

  const followed = await followJob({
    executor,
    ticket,
    log: record.log,
    grid: gridOf(record),
    ...lookout(job, { ...options, record }),
    ladders: supervision.ladders,
    timing,
    clock: ports.clock,
    signal,
    onEvent: progressReporter(job, hooks),
    onLine: (line) => hooks.onLine?.(`${job.trial} | ${neutralLine(line)}`),
    onNote: note,
  });
  if (followed.kind === "ended") return concludeAttempt(handedOver, followed, options);
  return followed.kind === "withdrawn" ? withdrawn(followed, { ...options, job, record, place }) : null;
}

/** It never began: for good where somebody or something asked for that, else it may be handed over another time. */
export async function withdrawn(
  { stop }: Extract<Followed, { kind: "withdrawn" }>,
  given: Pick<RemoteOptions, "settings" | "ports"> & {
    readonly job: TrialJob | null;
    readonly record: AttemptRecord;
    readonly place: JobPlace;
  },
): Promise<Outcome | null> {
  const { job, record, place, settings } = given;
  const outcome = job && stop ? await declineAttempt(job, stop, given) : null;
  await forget(settings.stateDir, record, place);
  return outcome;
}

/** The gentle ladder, and Slurm's own time. */
const SUPERSEDED_MS = 180_000;

/** The job of the attempt that is to be gone on with may still be about to be ended: a folder has room for one trainer. */
async function untilSuperseded(
  { trial, resume }: TrialJob,
  { settings, ports: { clock }, timing, signal }: Omit<RemoteOptions, "executor">,
): Promise<void> {
  const deadline = clock.steady() + SUPERSEDED_MS;
  while (resume && !signal.aborted && clock.steady() < deadline) {
    const before = await readAttempt(settings.stateDir, { trial, attempt: resume.attempt });
    if (before === null || before.state === "ended") return;
    await clock.sleep(timing.pollMs, signal);
  }
}

/** The same for every launch of an attempt: by it a job is known again. */
function placeOf(stateDir: string, { trial, attempt }: Pick<TrialJob, "trial" | "attempt">): JobPlace {
  const stem = `${trial}-a${attempt}`;
  return { name: `autoloop-${stem}`, folder: join(stateDir, "slurm", stem) };
}

export async function forget(stateDir: string, record: AttemptRecord, place: JobPlace): Promise<void> {
  await forgetAttempt(stateDir, record);
  await removeFolder(place.folder);
}

async function taskOf(job: TrialJob, record: AttemptRecord, options: RemoteOptions): Promise<Task> {
  const { gpu, settings, ports } = options;
  const { stateDir, trainer, wandb } = settings;
  await mkdir(dirname(record.log), { recursive: true, mode: 0o700 });
  const { command } = trainer;
  const configFile = configFileOf(stateDir, job);
  // The node tells which GPUs the trainer sees; what this machine sees says nothing about it.
  const { CUDA_VISIBLE_DEVICES: _, ...env } = trainerEnvironment({
    environment: ports.environment,
    extra: trainer.env,
    device: { kind: "cpu", id: "slurm" },
    group: job.group,
  });
  return {
    ...placeOf(stateDir, job),
    ...trainerCommand({
      command,
      job,
      configFile,
      outputDir: record.output_dir,
      wandb,
      checkpoint: record.resumed?.checkpoint ?? null,
    }),
    cwd: trainer.cwd,
    log: record.log,
    env,
    gpu,
  };
}
