import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainerConfig } from "./config.ts";
import type { TrainerHost } from "./host.ts";
import { isMap, type Literal, type LiteralMap, toJson } from "./literal.ts";
import { localTime } from "./log.ts";
import { PythonError } from "./python-error.ts";
import { openRecordFile, type RecordFile } from "./wandb-file.ts";
import { wandbNumber } from "./wandb-numbers.ts";
import {
  exitRecord,
  headerRecord,
  historyRecord,
  outputRecord,
  type RunDescription,
  runRecord,
  SDK_VERSION,
  summaryRecord,
} from "./wandb-records.ts";
import { createUploader, type Uploader } from "./wandb-upload.ts";

/** One W&B run, as the trainer sees it: online, offline or switched off. */
export interface WandbRun {
  readonly id: string;
  /** null unless online. */
  readonly url: string | null;
  /** Adds values to the row of `step`; the row closes when a later step is logged, or at the end (wandb facts 8.4). */
  log(step: number, values: readonly LoggedValue[]): void;
  /** A line of the console. */
  output(line: string): void;
  /** Whether the server asked for a stop. */
  stopRequested(): boolean;
  /** Closes the last row, writes the exit record and sends the rest. */
  finish(exitCode: number): Promise<"complete" | "incomplete">;
}

export interface LoggedValue {
  readonly key: string;
  readonly value: number;
  readonly isInt: boolean;
}

interface RunSource {
  readonly config: TrainerConfig;
  readonly decoded: LiteralMap;
  /** Absolute. */
  readonly outputDir: string;
}

/** Starts the run; throws what the SDK throws when it cannot: training then never starts. */
export async function startWandbRun(host: TrainerHost, source: RunSource): Promise<WandbRun> {
  const { wandb } = source.config;
  const id = wandb.runId ?? host.env["WANDB_RUN_ID"] ?? host.randomId();
  if (!wandb.enable || wandb.mode === "disabled") return silentRun(id);
  const run = describe(host, source, id);
  const uploader = wandb.mode === "online" ? connect(host, run) : null;
  const file = openRun(source.outputDir, { run, kind: uploader ? "run" : "offline-run" });
  const writer = createWriter(file);
  writer.append(headerRecord);
  writer.append((num) => runRecord(num, run));
  let entity = "";
  let lastStep = -1;
  if (uploader) {
    try {
      if (run.resumed) lastStep = (await uploader.resumeStatus()).lastStep;
      entity = await uploader.upsert(run);
    } catch (error) {
      writer.close();
      throw error;
    }
  }
  const interval = Math.trunc(Number(host.env["WANDB__FILE_STREAM_TRANSMIT_INTERVAL"])) || 1;
  const stopSending = uploader ? host.clock.every(interval * 1000, () => void uploader.send()) : () => {};
  const rows = createRows(host, { run, writer, uploader, lastStep });
  return {
    id,
    url: uploader ? `${baseUrlOf(host)}/${entity}/${run.project}/runs/${id}` : null,
    log: rows.log,
    output(line) {
      const now = host.clock.now();
      writer.append((num) => outputRecord(num, { line, milliseconds: now }));
      uploader?.files.output.push(`ERROR ${new Date(now).toISOString().replace("Z", "000")} ${line}`);
    },
    stopRequested: () => uploader?.stopRequested ?? false,
    async finish(exitCode) {
      stopSending();
      rows.close();
      const runtime = (host.clock.now() - run.startedAt) / 1000;
      writer.append((num) => exitRecord(num, { code: exitCode, runtime }));
      writer.close();
      if (!uploader) return "complete";
      return (await uploader.finish(exitCode)) === "sent" ? "complete" : "incomplete";
    },
  };
}

function silentRun(id: string): WandbRun {
  return {
    id,
    url: null,
    log: () => {},
    output: () => {},
    stopRequested: () => false,
    finish: async () => "complete",
  };
}

function describe(host: TrainerHost, { config, decoded }: RunSource, id: string): RunDescription {
  const { wandb } = config;
  return {
    id,
    entity: wandb.entity ?? host.env["WANDB_ENTITY"] ?? null,
    project: wandb.project,
    displayName: config.jobName,
    group: host.env["WANDB_RUN_GROUP"] ?? null,
    notes: wandb.notes ?? host.env["WANDB_NOTES"] ?? null,
    tags: [
      `policy:${config.policy.type}`,
      `seed:${config.seed ?? "None"}`,
      `dataset:${config.dataset.repoId}`,
    ],
    host: host.hostname,
    jobType: "train_eval",
    config: [
      ["_wandb", `{"cli_version":"${SDK_VERSION}","m":[],"t":{"5":"${SDK_VERSION}"}}`],
      ...[...decoded]
        .filter(([, value]) => !isEmptyMap(value))
        .map(([key, value]) => [key, toJson(withoutEmptyMaps(value), 0)] as const),
    ],
    startedAt: host.clock.now(),
    resumed: config.resume,
  };
}

function connect(host: TrainerHost, run: RunDescription): Uploader {
  const apiKey = host.env["WANDB_API_KEY"];
  if (!apiKey) {
    throw new PythonError(
      "wandb.errors.errors.UsageError",
      "No API key configured. Use `wandb login` to log in.",
    );
  }
  return createUploader(host, {
    baseUrl: baseUrlOf(host),
    apiKey,
    entity: run.entity,
    project: run.project,
    runId: run.id,
    initTimeoutMs: 1000 * (Number(host.env["WANDB_INIT_TIMEOUT"]) || 90),
  });
}

/** Synthetic runs must not land in anybody's real project by a forgotten variable. */
function baseUrlOf({ env }: TrainerHost): string {
  const url = env["WANDB_BASE_URL"];
  if (url) return url.replace(/\/+$/, "");
  throw new PythonError(
    "wandb.errors.errors.UsageError",
    "The tiny trainer uploads only to a server that WANDB_BASE_URL names; set it, or use --wandb.mode=offline.",
  );
}

interface Writer {
  append(record: (num: number) => Uint8Array): void;
  close(): void;
}

function createWriter(file: RecordFile): Writer {
  let num = 0;
  return { append: (record) => file.append(record(++num)), close: () => file.close() };
}

function openRun(
  outputDir: string,
  { run, kind }: { run: RunDescription; kind: "run" | "offline-run" },
): RecordFile {
  const root = join(outputDir, "wandb");
  const wanted = `${kind}-${localTime(run.startedAt).replace(/[-:]/g, "").replace(" ", "_")}-${run.id}`;
  const name = firstFree(root, wanted);
  mkdirSync(join(root, name, "files"), { recursive: true });
  writeFileSync(join(root, name, "files", "requirements.txt"), "tiny-trainer==0.1.0\n");
  rmSync(join(root, "latest-run"), { force: true });
  symlinkSync(name, join(root, "latest-run"));
  return openRecordFile(join(root, name, `run-${run.id}.wandb`));
}

/** A run resumed within the second it began in gets `-1`. */
function firstFree(root: string, name: string): string {
  let free = name;
  for (let n = 1; existsSync(join(root, free)); n++) free = `${name}-${n}`;
  return free;
}

interface RowsContext {
  readonly run: RunDescription;
  readonly writer: Writer;
  readonly uploader: Uploader | null;
  /** Rows up to this step are on the server already and are dropped, as the client does when it resumes. */
  readonly lastStep: number;
}

function createRows(host: TrainerHost, { run, writer, uploader, lastStep }: RowsContext) {
  const summary = new Map<string, string>();
  let open: { step: number; values: Map<string, string> } | null = null;

  function close(): void {
    if (!open) return;
    const { step, values } = open;
    open = null;
    if (step <= lastStep) return;
    const now = host.clock.now();
    const runtime = (now - run.startedAt) / 1000;
    values.set("_step", String(step));
    values.set("_runtime", wandbNumber(runtime, false));
    values.set("_timestamp", wandbNumber(now / 1000, false));
    const row = [...values];
    for (const [key, json] of row) summary.set(key, json);
    writer.append((num) => historyRecord(num, { step, row }));
    writer.append((num) => summaryRecord(num, row));
    uploader?.files.history.push(objectText(row));
    if (uploader)
      uploader.files.summary = objectText([...summary, ["_wandb", `{"runtime":${Math.floor(runtime)}}`]]);
  }

  return {
    close,
    log(step: number, values: readonly LoggedValue[]): void {
      if (open && open.step !== step) close();
      open ??= { step, values: new Map() };
      open.step = step;
      for (const { key, value, isInt } of values) open.values.set(key, wandbNumber(value, isInt));
    },
  };
}

function objectText(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`;
}

function isEmptyMap(value: Literal): boolean {
  return isMap(value) && value.size === 0;
}

/** The SDK flattens nested maps, so empty ones vanish. */
function withoutEmptyMaps(value: Literal): Literal {
  if (!isMap(value)) return value;
  return new Map(
    [...value].filter(([, item]) => !isEmptyMap(item)).map(([key, item]) => [key, withoutEmptyMaps(item)]),
  );
}
