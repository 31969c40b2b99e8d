import type { TrainerHost } from "./host.ts";
import { isList, isMap, isNumber, type Literal, parseLiteral } from "./literal.ts";
import { PythonError } from "./python-error.ts";
import type { RunDescription } from "./wandb-records.ts";

/** The SDK's side of the ingest protocol (wandb facts 11): UpsertBucket, RunResumeStatus and file_stream. */
export interface Uploader {
  /** Asks what the server has of a run to resume; throws when it has none. */
  resumeStatus(): Promise<ResumeStatus>;
  /** Creates or updates the run; returns the entity the server put it under. */
  upsert(run: RunDescription): Promise<string>;
  /** Sends what is new; a failure keeps it for the next call. Overlapping calls do nothing. */
  send(): Promise<void>;
  /** Sends the rest with the exit code; gives up after several tries and says so. */
  finish(exitCode: number): Promise<"sent" | "incomplete">;
  /** Lines are numbered by their place in the list. */
  readonly files: UploadFiles;
  /** The server asked for a stop. */
  readonly stopRequested: boolean;
}

interface UploadFiles {
  readonly history: string[];
  readonly output: string[];
  summary: string | null;
}

interface ResumeStatus {
  readonly historyLines: number;
  /** The last step the server has; rows up to it are not sent again. */
  readonly lastStep: number;
}

export interface UploadTarget {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly entity: string | null;
  readonly project: string;
  readonly runId: string;
  readonly initTimeoutMs: number;
}

const FINISH_TRIES = 5;

export function createUploader(host: TrainerHost, target: UploadTarget): Uploader {
  const { baseUrl, project, runId } = target;
  const headers = {
    Authorization: `Basic ${Buffer.from(`api:${target.apiKey}`).toString("base64")}`,
    "Content-Type": "application/json",
    "User-Agent": "wandb-core",
  };
  const files: UploadFiles = { history: [], output: [], summary: null };
  const sent = { history: 0, output: 0, summary: files.summary, offset: 0 };
  let entity = target.entity ?? "";
  let flight: Promise<boolean> | null = null;
  let stopRequested = false;

  async function post(url: string, body: unknown): Promise<{ status: number; body: Literal }> {
    const response = await host.fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: response.ok && text !== "" ? parseLiteral(text) : null };
  }

  /** Retries what may heal until the init timeout, as the SDK does. */
  async function query(
    operationName: string,
    { text, variables }: { text: string; variables: unknown },
  ): Promise<Literal> {
    const url = `${baseUrl}/graphql`;
    const deadline = host.clock.monotonic() + target.initTimeoutMs;
    for (let tries = 1; ; tries++) {
      const problem = await post(url, { query: text, variables, operationName }).then(
        ({ status, body }) => {
          const data = at(body, "data");
          return isMap(data) ? data : `returned error ${status}`;
        },
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (typeof problem !== "string") return problem;
      const isFinal = /error 4\d\d/.test(problem) && !problem.endsWith("429");
      if (isFinal || host.clock.monotonic() >= deadline) {
        throw new PythonError(
          "wandb.errors.errors.CommError",
          `Timed out initializing run: POST ${url} giving up after ${tries} attempt(s): ${problem}\nConsider increasing the init_timeout setting:\n  wandb.init(settings=wandb.Settings(init_timeout=...))`,
        );
      }
      await host.clock.sleep(Math.min(500 * tries, 2000, Math.max(1, deadline - host.clock.monotonic())));
    }
  }

  function pending(): Record<string, { offset: number; content: readonly string[] }> {
    const body: Record<string, { offset: number; content: readonly string[] }> = {};
    if (files.history.length > sent.history) {
      body["wandb-history.jsonl"] = {
        offset: sent.offset + sent.history,
        content: files.history.slice(sent.history),
      };
    }
    if (files.output.length > sent.output) {
      body["output.log"] = { offset: sent.output, content: files.output.slice(sent.output) };
    }
    if (files.summary !== null && files.summary !== sent.summary) {
      body["wandb-summary.json"] = { offset: 0, content: [files.summary] };
    }
    return body;
  }

  async function stream(ending: Record<string, unknown>): Promise<boolean> {
    const body = pending();
    const reached = { history: files.history.length, output: files.output.length, summary: files.summary };
    try {
      const url = `${baseUrl}/files/${entity}/${project}/${runId}/file_stream`;
      const answer = await post(url, Object.keys(body).length > 0 ? { files: body, ...ending } : ending);
      if (answer.status >= 300) return false;
      if (at(answer.body, "stopped") === true) stopRequested = true;
      Object.assign(sent, reached);
      return true;
    } catch {
      // A dead server must not end a training; the lines stay and go with the next request.
      return false;
    }
  }

  return {
    files,
    get stopRequested() {
      return stopRequested;
    },
    async resumeStatus() {
      const data = await query("RunResumeStatus", {
        text: RESUME_STATUS,
        variables: { project, entity: target.entity, name: runId },
      });
      const bucket = at(data, "model", "bucket");
      if (!isMap(bucket) || !hasStarted(bucket)) throw unknownRun(runId);
      const lines = at(bucket, "historyLineCount");
      sent.offset = isNumber(lines) ? lines.value : 0;
      return { historyLines: sent.offset, lastStep: lastStepOf(at(bucket, "historyTail")) };
    },
    async upsert(run) {
      const data = await query("UpsertBucket", { text: UPSERT_BUCKET, variables: upsertVariables(run) });
      const name = at(data, "upsertBucket", "bucket", "project", "entity", "name");
      if (typeof name === "string" && name !== "") entity = name;
      return entity;
    },
    async send() {
      if (flight || Object.keys(pending()).length === 0) return;
      flight = stream({});
      await flight;
      flight = null;
    },
    async finish(exitCode) {
      await flight;
      for (let tries = 1; tries <= FINISH_TRIES; tries++) {
        if (await stream({ complete: true, exitcode: exitCode })) return "sent";
        if (tries < FINISH_TRIES) await host.clock.sleep(Math.min(100 * 2 ** tries, 2000));
      }
      return "incomplete";
    },
  };
}

/** Follows keys through maps; null where one is missing. */
function at(value: Literal, ...keys: readonly string[]): Literal {
  let found: Literal = value;
  for (const key of keys) found = isMap(found) ? (found.get(key) ?? null) : null;
  return found;
}

/** A run whose config lacks the SDK's own block counts as never started. */
function hasStarted(bucket: Literal): boolean {
  const own = at(bucket, "wandbConfig");
  return typeof own === "string" && isMap(parseLiteral(own)) && at(parseLiteral(own), "t") !== null;
}

/** `historyTail` is a JSON text of a list of JSON texts. */
function lastStepOf(tail: Literal): number {
  const lines = typeof tail === "string" ? parseLiteral(tail) : null;
  const last = isList(lines) ? lines.at(-1) : undefined;
  const step = typeof last === "string" ? at(parseLiteral(last), "_step") : null;
  return isNumber(step) ? step.value : -1;
}

function unknownRun(id: string): PythonError {
  return new PythonError(
    "wandb.errors.errors.UsageError",
    `You provided an invalid value for the \`resume\` argument. The value 'must' is not a valid option for resuming the run (${id}) that has not been initialized. Please check your inputs and try again with a valid run ID. If you are trying to start a new run, please omit the \`resume\` argument or use \`resume='allow'\`.`,
  );
}

function upsertVariables(run: RunDescription): unknown {
  const config = run.config.map(([key, json]) => `${JSON.stringify(key)}:{"value":${json}}`).join(",");
  return {
    id: null,
    name: run.id,
    project: run.project,
    entity: run.entity,
    groupName: run.group,
    description: null,
    displayName: run.displayName,
    notes: run.notes,
    commit: null,
    config: `{${config}}`,
    host: run.host,
    debug: null,
    program: "-m lerobot.scripts.lerobot_train",
    repo: null,
    jobType: run.jobType,
    state: null,
    sweep: null,
    tags: run.tags,
    summaryMetrics: null,
  };
}

const RESUME_STATUS =
  'query RunResumeStatus($project: String, $entity: String, $name: String!) { model(name: $project, entityName: $entity) { id name entity { id name } bucket(name: $name, missingOk: true) { id name summaryMetrics displayName logLineCount historyLineCount eventsLineCount historyTail eventsTail config tags notes wandbConfig(keys: ["t"]) } } }';

const UPSERT_BUCKET =
  "mutation UpsertBucket($id: String, $name: String, $project: String, $entity: String, $groupName: String, $description: String, $displayName: String, $notes: String, $commit: String, $config: JSONString, $host: String, $debug: Boolean, $program: String, $repo: String, $jobType: String, $state: String, $sweep: String, $tags: [String!], $summaryMetrics: JSONString) { upsertBucket(input: { id: $id, name: $name, groupName: $groupName, modelName: $project, entityName: $entity, description: $description, displayName: $displayName, notes: $notes, config: $config, commit: $commit, host: $host, debug: $debug, jobProgram: $program, jobRepo: $repo, jobType: $jobType, state: $state, sweep: $sweep, tags: $tags, summaryMetrics: $summaryMetrics }) { bucket { id name displayName description config sweepName project { id name entity { id name } } historyLineCount } inserted } }";
