/** One attempt of one trial in somebody else's queue, from its configuration file to its outcome on disk. */
import { AutoloopError } from "../../errors.ts";
import type { Outcome } from "../../rounds/outcome.ts";
import { prepareAttempt, progressReporter } from "../attempt-plan.ts";
import {
  type AttemptRecord,
  forgetAttempt,
  gridOf,
  openAttemptsOf,
  writeAttempt,
} from "../attempt-record.ts";
import { declineAttempt } from "../decline.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "../launch-options.ts";
import { neutralLine } from "../neutral-text.ts";
import { attemptName } from "../outcome-files.ts";
import type { TrialJob } from "../trial-job.ts";
import type { Executor, JobPlace, Ticket } from "./executor.ts";
import { type Followed, followJob } from "./follow.ts";
import { removeFolder } from "./job-folder.ts";
import { lookout } from "./lookout.ts";
import { concludeAttempt } from "./remote-outcome.ts";
import { placeOf, taskOf } from "./remote-task.ts";
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

export interface HandOverOptions extends RemoteOptions {
  /** What an earlier launch left of this attempt. */
  readonly begun: AttemptRecord | null;
  readonly turn: Turn;
  /** When Slurm begins it. */
  readonly onBegun: () => void;
}

/**
 * To be called with the attempt's lock. Hands it over, or finds the job again that an earlier launch handed over, and follows it to
 * its end. The outcome is on disk when it returns; null: the launch was stopped before the job began, and it is as if it never was.
 */
export async function runRemoteAttempt(job: TrialJob, options: HandOverOptions): Promise<Outcome | null> {
  const { executor, timing, settings, ports, hooks, signal, begun } = options;
  const note = (text: string): void => hooks.onNote?.(`${attemptName(job)}: ${text}`);
  const handed = await handOver(job, options);
  if (handed === null) return null;
  const { record, ticket } = handed;
  note(begun ? `job ${ticket.job} of Slurm is followed again` : `Slurm has it as job ${ticket.job}`);

  const followed = await followJob({
    executor,
    ticket,
    log: record.log,
    grid: gridOf(record),
    ...lookout(job, { ...options, record }),
    ladders: settings.supervision.ladders,
    timing,
    clock: ports.clock,
    signal,
    onBegun: options.onBegun,
    onEvent: progressReporter(job, hooks),
    onLine: (line) => hooks.onLine?.(`${job.trial} | ${neutralLine(line)}`),
    onNote: note,
  });
  if (followed.kind === "ended") return concludeAttempt(record, followed, options);
  const place = placeOf(settings.stateDir, job);
  return followed.kind === "withdrawn" ? withdrawn(followed, { ...options, job, record, place }) : null;
}

/** The record says by then which job it is. null: the launch was stopped first. */
async function handOver(
  job: TrialJob,
  options: HandOverOptions,
): Promise<{ record: AttemptRecord; ticket: Ticket } | null> {
  const { executor, gpu, settings, signal, begun, turn } = options;
  const { stateDir } = settings;
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
  return { record: handedOver, ticket };
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

/**
 * The job of the attempt that is to be gone on with, or of a later one in its place, may still be about to be ended: a folder has room
 * for one trainer.
 */
async function untilSuperseded(
  { trial, attempt, resume }: TrialJob,
  { settings, ports: { clock }, timing, signal }: Omit<RemoteOptions, "executor">,
): Promise<void> {
  const deadline = clock.steady() + SUPERSEDED_MS;
  while (resume && !signal.aborted && clock.steady() < deadline) {
    const open = await openAttemptsOf(settings.stateDir, trial);
    if (!open.some((before) => before.attempt < attempt)) return;
    await clock.sleep(timing.pollMs, signal);
  }
}

export async function forget(stateDir: string, record: AttemptRecord, place: JobPlace): Promise<void> {
  await forgetAttempt(stateDir, record);
  await removeFolder(place.folder);
}
