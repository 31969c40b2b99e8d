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
  const columns: Column[] = [];
  const words = wordsOf(bytes);
  const number: Span = { bytes, from: 0, to: 0 };
  let count = 0;
  let at = from;

  /** false = this row is not like the first, or not plain. */
  function readRow(): boolean {
    let members = 0;
    let place = 0;
    for (;;) {
      // The order of keys may change from row to row, but they mostly follow each other as they did.
      const column = columnAt(place < columns.length ? place : 0);
      if (column === null || column.values.length !== count || !readValue(column)) return false;
      members++;
      const mark = bytes[at++];
      if (mark === ROW_END) return members === columns.length;
      if (mark !== COMMA) return false;
      place = columns.indexOf(column) + 1;
    }
  }

  function columnAt(guess: number): Column | null {
    const guessed = columns[guess];
    if (guessed && isNamed(guessed)) return pass(guessed);
    const found = columns.find(isNamed);
    if (found) return pass(found);
    return count === 0 ? newColumn() : null;
  }

  function isNamed({ name }: Column): boolean {
    return at + name.byteLength <= bytes.length && standsAt(words, at, name);
  }

  function pass(column: Column): Column {
    at += column.name.byteLength;
    return column;
  }

  function newColumn(): Column | null {
    if (bytes[at] !== QUOTE) return null;
    let end = at + 1;
    for (; bytes[end] !== QUOTE; end++) if (end >= bytes.length || bytes[end] === BACKSLASH) return null;
    if (bytes[end + 1] !== COLON) return null;
    const key = Buffer.from(bytes.subarray(at + 1, end)).toString();
    const column: Column = { key, name: wordsOf(bytes.slice(at, end + 2)), values: [] };
    columns.push(column);
    return pass(column);
  }

  function readValue(column: Column): boolean {
    number.from = at;
    while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== ROW_END) at++;
    number.to = at;
    const value = numberIn(number);
    if (value !== undefined) column.values.push(value);
    return value !== undefined;
  }

  if (bytes[at++] !== LIST) return null;
  if (bytes[at] === LIST_END) return { rows: rowsOf({ columns, count }), end: at + 1 };
  for (;;) {
    if (bytes[at++] !== ROW || !readRow()) return null;
    count++;
    const mark = bytes[at++];
    if (mark === LIST_END) break;
    if (mark !== COMMA) return null;
  }
  const isStepped = columns.some(({ key, values }) => key === "_step" && values.every(Number.isSafeInteger));
  return isStepped ? { rows: rowsOf({ columns, count }), end: at } : null;
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
