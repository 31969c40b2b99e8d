import { numberIn } from "./wandb-numbers.ts";
import type { Span } from "./wandb-protobuf.ts";
import type { LoggedRows } from "./wandb-rows.ts";
import { standsAt, wordsOf } from "./words.ts";

/**
 * Rows of history read from the bytes of an answer straight into columns: making a string of megabytes, and an object of
 * every row, takes most of the time of fetching runs otherwise. Only rows that are nothing but numbers under the same keys
 * are read so, in whatever order their keys come.
 */
export interface PlainRows {
  readonly rows: LoggedRows;
  /** Behind the list. */
  readonly end: number;
}

interface Column {
  readonly key: string;
  /** `"key":`, as it stands in every row. */
  readonly name: DataView;
  readonly values: number[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LIST = 0x5b;
const BACKSLASH = 0x5c;
const LIST_END = 0x5d;
const ROW = 0x7b;
const ROW_END = 0x7d;

/** The list of rows that begins at `from`; null: it is of another kind, or not whole. */
export function readPlainRows(bytes: Uint8Array, from: number): PlainRows | null {
  if (bytes[from] !== LIST) return null;
  if (bytes[from + 1] === LIST_END) return { rows: rowsOf({ columns: [], count: 0 }), end: from + 2 };
  const reader: RowReader = { bytes, words: wordsOf(bytes), columns: [], count: 0 };
  for (let at = from + 1; ; at++) {
    at = readRow(reader, at);
    if (at < 0) return null;
    reader.count++;
    if (bytes[at] === LIST_END) return hasSteps(reader) ? { rows: rowsOf(reader), end: at + 1 } : null;
    if (bytes[at] !== COMMA) return null;
  }
}

interface RowReader {
  readonly bytes: Uint8Array;
  readonly words: DataView;
  readonly columns: Column[];
  /** Rows that are read. */
  count: number;
}

const NOT_PLAIN = -1;

/** Where the row ends that begins at `from`; `NOT_PLAIN` where it is not like the first. */
function readRow(reader: RowReader, from: number): number {
  const { bytes, columns, count } = reader;
  const value: Span = { bytes, from: 0, to: 0 };
  if (bytes[from] !== ROW) return NOT_PLAIN;
  let place = 0;
  for (let at = from + 1, members = 1; ; at++, members++) {
    // The order of keys may change from row to row, but mostly they follow each other as they did.
    place = placeOf(reader, at, place);
    const column = columns[place];
    if (column === undefined || column.values.length !== count) return NOT_PLAIN;
    value.from = at + column.name.byteLength;
    at = endOfValue(bytes, value.from);
    value.to = at;
    const read = numberIn(value);
    if (read === undefined) return NOT_PLAIN;
    column.values.push(read);
    if (bytes[at] === ROW_END) return members === columns.length ? at + 1 : NOT_PLAIN;
    place++;
  }
}

function endOfValue(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COMMA || byte === ROW_END) break;
  }
  return at;
}

/** The number of the column whose name stands at `at`; `NOT_PLAIN` = none, and it is too late for a new one. */
function placeOf(reader: RowReader, at: number, guess: number): number {
  const { words, columns } = reader;
  const isThere = (column: Column | undefined): boolean =>
    column !== undefined &&
    at + column.name.byteLength <= words.byteLength &&
    standsAt(words, at, column.name);
  const next = guess < columns.length || reader.count === 0 ? guess : 0;
  if (isThere(columns[next])) return next;
  const found = columns.findIndex(isThere);
  if (found >= 0 || reader.count > 0) return found;
  const made = newColumn(reader.bytes, at);
  return made === null ? NOT_PLAIN : columns.push(made) - 1;
}

function newColumn(bytes: Uint8Array, at: number): Column | null {
  if (bytes[at] !== QUOTE) return null;
  let end = at + 1;
  for (; bytes[end] !== QUOTE; end++) if (end >= bytes.length || bytes[end] === BACKSLASH) return null;
  if (bytes[end + 1] !== COLON) return null;
  const key = Buffer.from(bytes.subarray(at + 1, end)).toString();
  return { key, name: wordsOf(new Uint8Array(bytes.subarray(at, end + 2))), values: [] };
}

function hasSteps({ columns }: RowReader): boolean {
  return columns.some(({ key, values }) => key === "_step" && values.every(Number.isSafeInteger));
}

function rowsOf({
  columns,
  count,
}: {
  readonly columns: readonly Column[];
  readonly count: number;
}): LoggedRows {
  const byKey = new Map(columns.map(({ key, values }) => [key, values]));
  const steps = byKey.get("_step") ?? [];
  return {
    count,
    pointsOf: (keys) => ({
      points: [...keys].flatMap((key) => {
        const values = byKey.get(key);
        return values ? [{ key, steps, values }] : [];
      }),
      notNumbers: 0,
    }),
  };
}
