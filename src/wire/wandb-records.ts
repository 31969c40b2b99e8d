import type { JsonObject } from "../json.ts";
import { updateConfig } from "./wandb-config.ts";
import { type Cursor, cursor, enter, nextField, type Span, textOf } from "./wandb-protobuf.ts";
import { type HistoryTable, historyTable } from "./wandb-table.ts";

/** Field numbers of the Record message that are read; all others are stepped over (wandb facts 9.2). */
const HISTORY = 2;
const CONFIG = 5;
const RUN = 17;
const EXIT = 18;
const NUM = 1;
/** control, uuid, _info: beside the payload, not the payload. */
const ENVELOPE = new Set([16, 19, 200]);

/** run_id, entity, project, run_group, job_type, display_name. */
const RUN_TEXTS = new Set([1, 2, 3, 6, 7, 8]);

/** The RunRecord of a file. Empty texts are null. */
export interface RunHeader {
  readonly id: string;
  readonly entity: string | null;
  readonly project: string | null;
  readonly group: string | null;
  readonly jobType: string | null;
  readonly displayName: string | null;
  readonly tags: readonly string[];
  /** Seconds since 1970. */
  readonly startedAt: number | null;
}

export interface RecordReader {
  readonly table: HistoryTable;
  take(record: Span): void;
  run(): RunHeader | null;
  config(): JsonObject | null;
  /** null = there is no exit record: it runs, or it was killed. */
  exitCode(): number | null;
  counts(): {
    readonly records: number;
    /** Records whose bytes had an intact checksum and still made no sense. */
    readonly malformed: number;
    /** Records that are missing by their running number. */
    readonly missing: number;
  };
}

/** Reads the records of one file; only the values of wanted keys are decoded. */
export function recordReader(wants: (key: string) => boolean): RecordReader {
  const table = historyTable(wants);
  const envelope = cursor();
  const payload: Span = { bytes: envelope.bytes, from: 0, to: 0 };
  let run: RunHeader | null = null;
  let config: JsonObject | null = null;
  let exitCode: number | null = null;
  let records = 0;
  let malformed = 0;
  let missing = 0;
  let lastNumber = 0;

  function take(record: Span): void {
    records++;
    enter(envelope, record);
    payload.bytes = record.bytes;
    let kind = 0;
    let number = 0;
    while (nextField(envelope)) {
      if (envelope.field === NUM) number = envelope.value;
      else if (!ENVELOPE.has(envelope.field)) {
        kind = envelope.field;
        payload.from = envelope.from;
        payload.to = envelope.to;
      }
    }
    if (envelope.malformed) malformed++;
    else read(kind);
    if (number > lastNumber + 1) missing += number - lastNumber - 1;
    lastNumber = Math.max(lastNumber, number);
  }

  function read(kind: number): void {
    if (kind === HISTORY) {
      if (!table.take(payload)) malformed++;
    } else if (kind === CONFIG) config = updateConfig(config ?? {}, payload);
    else if (kind === RUN) {
      const record = readRun(payload);
      run = record.header;
      config = record.config ?? config;
    } else if (kind === EXIT) exitCode = readExit(payload);
  }

  return {
    table,
    take,
    run: () => run,
    config: () => config,
    exitCode: () => exitCode,
    counts: () => ({ records, malformed, missing }),
  };
}

function readRun(span: Span): { header: RunHeader; config: JsonObject | null } {
  const reader = cursor();
  enter(reader, span);
  const texts = new Map<number, string>();
  const tags: string[] = [];
  let startedAt: number | null = null;
  let config: JsonObject | null = null;
  while (nextField(reader)) {
    if (reader.field === 4) config = updateConfig({}, reader);
    else if (reader.field === 10) tags.push(textOf(reader));
    else if (reader.field === 17) startedAt = readTimestamp(reader);
    else if (RUN_TEXTS.has(reader.field)) texts.set(reader.field, textOf(reader));
  }
  const textAt = (field: number) => texts.get(field) || null;
  const header = {
    id: texts.get(1) ?? "",
    entity: textAt(2),
    project: textAt(3),
    group: textAt(6),
    jobType: textAt(7),
    displayName: textAt(8),
    tags,
    startedAt,
  };
  return { header, config };
}

function readTimestamp(span: Cursor): number {
  const reader = cursor();
  enter(reader, span);
  let seconds = 0;
  let nanos = 0;
  while (nextField(reader)) {
    if (reader.field === 1) seconds = reader.value;
    else if (reader.field === 2) nanos = reader.value;
  }
  return seconds + nanos / 1e9;
}

/** proto3 omits the zero; a negative code is ten bytes long and becomes -1. */
function readExit(span: Span): number {
  const reader = cursor();
  enter(reader, span);
  let code = 0;
  while (nextField(reader)) if (reader.field === 1) code = reader.value;
  return code > 0x7fffffff ? -1 : code;
}
