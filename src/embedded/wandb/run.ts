import * as z from "zod";
import { isRecord, parseObject } from "./number-json.ts";

/** One stored run. Immutable: every write makes a new one. Times are milliseconds since 1970. */
export const StoredFile = z.strictObject({
  size: z.int(),
  base64: z.string(),
  updatedAt: z.number(),
});

export const StoredRun = z.strictObject({
  /** The run id. */
  name: z.string(),
  project: z.string(),
  entity: z.string(),
  displayName: z.string(),
  description: z.string().nullable(),
  notes: z.string().nullable(),
  group: z.string().nullable(),
  jobType: z.string().nullable(),
  sweepName: z.string().nullable(),
  commit: z.string().nullable(),
  host: z.string().nullable(),
  program: z.string().nullable(),
  repo: z.string().nullable(),
  tags: z.array(z.string()).readonly(),
  /** JSON texts exactly as they arrived, bare NaN tokens included. */
  config: z.string(),
  summary: z.string(),
  state: z.enum(["running", "finished", "failed", "killed", "preempting", "preempted", "pending"]),
  exitCode: z.int().nullable(),
  stopRequested: z.boolean(),
  createdAt: z.number(),
  heartbeatAt: z.number(),
  /** Lines by line number; null where a line never arrived. */
  history: z.array(z.string().nullable()).readonly(),
  events: z.array(z.string().nullable()).readonly(),
  log: z.array(z.string().nullable()).readonly(),
  files: z.record(z.string(), StoredFile).readonly(),
});

export type StoredFile = z.infer<typeof StoredFile>;
export type StoredRun = Readonly<z.infer<typeof StoredRun>>;
export type Lines = StoredRun["history"];

export interface RunAddress {
  readonly entity: string;
  readonly project: string;
  readonly name: string;
}

export function newRun({ entity, project, name }: RunAddress, now: number): StoredRun {
  return {
    name,
    project,
    entity,
    displayName: name,
    description: null,
    notes: null,
    group: null,
    jobType: null,
    sweepName: null,
    commit: null,
    host: null,
    program: null,
    repo: null,
    tags: [],
    config: "{}",
    summary: "{}",
    state: "running",
    exitCode: null,
    stopRequested: false,
    createdAt: now,
    heartbeatAt: now,
    history: [],
    events: [],
    log: [],
    files: {},
  };
}

/** A running run is `crashed` after five minutes of silence; it may come back. */
const SILENCE_MS = 5 * 60_000;

export function stateAt(run: StoredRun, now: number): StoredRun["state"] | "crashed" {
  return run.state === "running" && now - run.heartbeatAt > SILENCE_MS ? "crashed" : run.state;
}

export function storageId({ name, project, entity }: RunAddress): string {
  return Buffer.from(`Run:v1:${name}:${project}:${entity}`).toString("base64");
}

/** The part of the config that the SDK keeps about itself. Key `t` tells it that the run did start. */
export function sdkConfig(run: StoredRun): Readonly<Record<string, unknown>> {
  const entry = parseObject(run.config)["_wandb"];
  const value = isRecord(entry) ? entry["value"] : undefined;
  return isRecord(value) && "t" in value ? value : { ...(isRecord(value) ? value : {}), t: 1 };
}
