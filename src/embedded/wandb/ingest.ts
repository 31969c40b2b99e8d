import * as z from "zod";
import { type Lines, newRun, type RunAddress, type StoredFile, type StoredRun } from "./run.ts";

/** The write side: what a request of an SDK makes of a run. Pure. */

const Chunk = z.looseObject({ offset: z.int().nonnegative().default(0), content: z.array(z.string()) });

/** One file_stream body. `{}` is a heartbeat; `complete` and `exitcode` come in the last one only. */
export const FileStream = z.looseObject({
  files: z.record(z.string(), Chunk).nullish(),
  uploaded: z.array(z.string()).nullish(),
  preempting: z.boolean().nullish(),
  complete: z.boolean().nullish(),
  exitcode: z.int().nullish(),
});
export type FileStream = z.infer<typeof FileStream>;

/** Line numbers are absolute: the same body twice changes nothing. */
export function streamed(run: StoredRun, body: FileStream, now: number): StoredRun {
  const files = body.files ?? {};
  return {
    ...run,
    history: written(run.history, files["wandb-history.jsonl"]),
    events: written(run.events, files["wandb-events.jsonl"]),
    log: written(run.log, files["output.log"]),
    summary: files["wandb-summary.json"]?.content.at(-1) ?? run.summary,
    heartbeatAt: now,
    ...stateAfter(run, body),
  };
}

function stateAfter(
  run: StoredRun,
  body: FileStream,
): Pick<StoredRun, "state" | "exitCode" | "stopRequested"> {
  if (!body.complete) {
    const state = body.preempting ? "preempting" : "running";
    return { state, exitCode: null, stopRequested: run.stopRequested };
  }
  const exitCode = body.exitcode ?? 0;
  return { state: exitCode === 0 ? "finished" : "failed", exitCode, stopRequested: false };
}

/** Sets line `offset + i`, never appends; a gap stays null until its lines arrive. */
function written(lines: Lines, chunk: z.infer<typeof Chunk> | undefined): Lines {
  if (!chunk || chunk.content.length === 0) return lines;
  const next = [...lines];
  while (next.length < chunk.offset) next.push(null);
  next.splice(chunk.offset, chunk.content.length, ...chunk.content);
  return next;
}

const Text = z.string().nullish();

/** An absent or null field keeps what is stored. */
export const UpsertInput = z.looseObject({
  id: Text,
  name: Text,
  modelName: Text,
  entityName: Text,
  groupName: Text,
  description: Text,
  displayName: Text,
  notes: Text,
  config: Text,
  commit: Text,
  host: Text,
  jobProgram: Text,
  jobRepo: Text,
  jobType: Text,
  sweep: Text,
  state: z.enum(["running", "finished", "failed", "killed", "preempting", "preempted", "pending"]).nullish(),
  tags: z.array(z.string()).nullish(),
  summaryMetrics: Text,
});
export type UpsertInput = z.infer<typeof UpsertInput>;

export interface Upsert {
  readonly stored: StoredRun | undefined;
  readonly address: RunAddress;
  readonly input: UpsertInput;
  readonly now: number;
}

export function upserted({ stored, address, input, now }: Upsert): StoredRun {
  const run = stored ?? newRun(address, now);
  return {
    ...run,
    displayName: input.displayName ?? run.displayName,
    description: input.description ?? run.description,
    notes: input.notes ?? run.notes,
    group: input.groupName ?? run.group,
    jobType: input.jobType ?? run.jobType,
    sweepName: input.sweep ?? run.sweepName,
    commit: input.commit ?? run.commit,
    host: input.host ?? run.host,
    program: input.jobProgram ?? run.program,
    repo: input.jobRepo ?? run.repo,
    tags: input.tags ?? run.tags,
    config: input.config ?? run.config,
    summary: input.summaryMetrics ?? run.summary,
    state: input.state ?? run.state,
  };
}

export interface Upload {
  readonly file: string;
  readonly bytes: Buffer;
  readonly now: number;
}

export function withUpload(run: StoredRun, { file, bytes, now }: Upload): StoredRun {
  const stored: StoredFile = { size: bytes.length, base64: bytes.toString("base64"), updatedAt: now };
  return { ...run, files: { ...run.files, [file]: stored } };
}
