import { integer, join, message, text } from "./protobuf.ts";

/** Keys and their values as JSON texts. */
type Row = readonly (readonly [string, string])[];

/** The records of a run file (wandb facts 9.2). Each takes the record's number, gap-free from 1. */
export interface RunDescription {
  readonly id: string;
  readonly entity: string | null;
  readonly project: string;
  readonly displayName: string;
  readonly group: string | null;
  readonly notes: string | null;
  readonly tags: readonly string[];
  readonly host: string;
  readonly jobType: string;
  /** Top-level config values as JSON texts. */
  readonly config: Row;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly resumed: boolean;
}

/** The version of the SDK whose files these are like. */
export const SDK_VERSION = "0.21.4";

export function headerRecord(num: number): Uint8Array {
  return join([integer(1, num), message(21, [message(1, [text(1, SDK_VERSION), text(2, "0.70.0")])])]);
}

export function runRecord(num: number, run: RunDescription): Uint8Array {
  const seconds = Math.floor(run.startedAt / 1000);
  return join([
    integer(1, num),
    message(17, [
      text(1, run.id),
      text(2, run.entity),
      text(3, run.project),
      message(
        4,
        run.config.map(([key, json]) => message(1, [text(1, key), text(16, json)])),
      ),
      text(6, run.group),
      text(7, run.jobType),
      text(8, run.displayName),
      text(9, run.notes),
      ...run.tags.map((tag) => text(10, tag)),
      text(13, run.host),
      message(17, [integer(1, seconds), integer(2, Math.round((run.startedAt - seconds * 1000) * 1e6))]),
      integer(18, run.resumed ? 1 : 0),
    ]),
  ]);
}

/** Keys are opaque: one nested element each, slashes included. */
export function historyRecord(num: number, { step, row }: { step: number; row: Row }): Uint8Array {
  return join([integer(1, num), message(2, [...row.map(item), message(2, [integer(1, step)])])]);
}

export function summaryRecord(num: number, values: Row): Uint8Array {
  return join([integer(1, num), message(3, values.map(item))]);
}

/** A line of stderr. */
export function outputRecord(
  num: number,
  { line, milliseconds }: { line: string; milliseconds: number },
): Uint8Array {
  const seconds = Math.floor(milliseconds / 1000);
  const timestamp = message(2, [
    integer(1, seconds),
    integer(2, Math.round((milliseconds - seconds * 1000) * 1e6)),
  ]);
  return join([integer(1, num), message(13, [timestamp, text(3, `${line}\n`)])]);
}

export function exitRecord(num: number, { code, runtime }: { code: number; runtime: number }): Uint8Array {
  return join([integer(1, num), message(18, [integer(1, code), integer(2, Math.floor(runtime))])]);
}

function item([key, json]: readonly [string, string]): Uint8Array {
  return message(1, [text(2, key), text(16, json)]);
}
