import { wandbJson } from "./wandb-json.ts";
import { flatten, loggedNumber, numberIn } from "./wandb-numbers.ts";
import { type Cursor, cursor, enter, nextField, type Span, textOf } from "./wandb-protobuf.ts";
import { standsAt, wordsOf } from "./words.ts";

/** Everything a file logged under one key, in file order: `values[i]` at `steps[i]`. Steps may repeat. */
interface Points {
  readonly key: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

interface TableCounts {
  /** History rows with a step. */
  readonly rows: number;
  /** Rows that carry no step (mode=shared); their values are left out. */
  readonly rowsWithoutStep: number;
  /** Values under wanted keys that are no numbers, e.g. null or text; left out. */
  readonly notNumbers: number;
}

export interface HistoryTable {
  /** Adds one row, given as a HistoryRecord. false = it was malformed, and nothing was added. */
  take(record: Span): boolean;
  counts(): TableCounts;
  /** The wanted keys that were seen. */
  points(): Points[];
  /** The wanted keys that were seen, and never with a number. */
  unread(): readonly string[];
  /** The step of every row, in file order. */
  readonly steps: readonly number[];
}

interface Column {
  readonly key: string;
  readonly words: DataView;
  readonly wanted: boolean;
  /** Objects under this key hold nothing wanted, so they are not parsed again. */
  opaque: boolean;
  /** The next column of the same bucket. */
  readonly next: Column | undefined;
  /** null = logged in every row so far, once: the rows' steps are its steps. Most keys stay so, which halves the memory. */
  ownSteps: number[] | null;
  readonly values: number[];
}

const OPENING_BRACE = 0x7b;
const BUCKETS = 4096;
/** 32 bits less the twelve of a bucket's number. */
const BUCKET_SHIFT = 20;

/**
 * Collects the wanted keys of history rows. A key becomes a string once, when it is first seen; afterwards its bytes are
 * compared, and plain numbers are read from their bytes, because most of a file is neither wanted nor worth a string.
 */
export function historyTable(wants: (key: string) => boolean): HistoryTable {
  const columns = columnStore((key) => key === "_step" || wants(key));
  const steps: number[] = [];
  const row = cursor();
  const item = cursor();
  const number = cursor();
  const key: Span = { bytes: item.bytes, from: 0, to: 0 };
  const value: Span = { bytes: item.bytes, from: 0, to: 0 };
  const parts = { key, value };
  const pending: Column[] = [];
  const pendingValues: number[] = [];
  let filled = 0;
  let rowStep: number | undefined;
  let broken = false;
  let rowsWithoutStep = 0;
  let notNumbers = 0;

  function take(record: Span): boolean {
    enter(row, record);
    filled = 0;
    rowStep = undefined;
    broken = false;
    let recordStep: number | undefined;
    while (nextField(row)) {
      if (row.field === 1) readItem();
      else if (row.field === 2) recordStep = readStep();
    }
    if (broken || row.malformed) return false;
    const step = recordStep ?? rowStep;
    if (step === undefined || !Number.isSafeInteger(step)) rowsWithoutStep++;
    else commit(step);
    return true;
  }

  function commit(step: number): void {
    const rowsBefore = steps.length;
    steps.push(step);
    for (let index = 0; index < filled; index++) {
      const column = pending[index];
      if (column === undefined) continue;
      if (column.ownSteps !== null || column.values.length !== rowsBefore) {
        column.ownSteps ??= steps.slice(0, column.values.length);
        column.ownSteps.push(step);
      }
      column.values.push(pendingValues[index] ?? Number.NaN);
    }
  }

  /** An empty message is step 0: proto3 omits zeros. */
  function readStep(): number {
    enter(number, row);
    let step = 0;
    while (nextField(number)) if (number.field === 1) step = number.value;
    broken ||= number.malformed;
    return step;
  }

  function readItem(): void {
    if (readUsualItem(row, parts)) readValue(columns.at(key));
    else readAnyItem();
  }

  function readAnyItem(): void {
    let elements = 0;
    key.from = key.to = value.from = value.to = 0;
    key.bytes = value.bytes = row.bytes;
    enter(item, row);
    while (nextField(item)) {
      if (item.field === 16) {
        value.from = item.from;
        value.to = item.to;
      } else if (item.field === 2 || (item.field === 1 && elements === 0 && item.to > item.from)) {
        if (item.field === 2) elements++;
        key.from = item.from;
        key.to = item.to;
      }
    }
    broken ||= item.malformed;
    if (!item.malformed) readValue(columns.at(elements > 1 ? nestedKey(row) : key));
  }

  function readValue(column: Column): void {
    if (value.bytes[value.from] === OPENING_BRACE) {
      if (!column.opaque) readObject(column);
      return;
    }
    if (!column.wanted) return;
    const read = numberIn(value);
    if (read === undefined) notNumbers++;
    else put(column, read);
  }

  /** Nested values are logged flattened: `{"a":{"b":1}}` under `k` is `k.a.b`. */
  function readObject(column: Column): void {
    let found = false;
    for (const [name, leaf] of flatten(column.key, wandbJson(textOf(value)))) {
      const inner = columns.named(name);
      const read = loggedNumber(leaf);
      if (!inner.wanted || read === undefined) continue;
      found = true;
      put(inner, read);
    }
    column.opaque = !found;
  }

  function put(column: Column, read: number): void {
    if (column.key === "_step") rowStep = read;
    pending[filled] = column;
    pendingValues[filled] = read;
    filled++;
  }

  function firstSteps(count: number): readonly number[] {
    return count === steps.length ? steps : steps.slice(0, count);
  }

  return {
    take,
    steps,
    points: () =>
      columns
        .all()
        .filter(({ key, values }) => key !== "_step" && values.length > 0)
        .map(({ key, ownSteps, values }) => ({ key, steps: ownSteps ?? firstSteps(values.length), values })),
    unread: () =>
      columns
        .all()
        .filter(({ key, wanted, values }) => wanted && key !== "_step" && values.length === 0)
        .map(({ key }) => key),
    counts: () => ({ rows: steps.length, rowsWithoutStep, notNumbers }),
  };
}

/** nested_key 2 and value_json 16, both of wire type 2; the second takes two bytes. */
const KEY_TAG = 18;
const VALUE_TAG = 130;
const VALUE_TAG_REST = 1;

/**
 * What nearly every item is: one nested_key and a value_json, both below 128 bytes. false = it is something else, and
 * nothing is said about key and value.
 */
function readUsualItem({ bytes, from, to }: Span, { key, value }: { key: Span; value: Span }): boolean {
  const keyLength = bytes[from + 1] ?? 0;
  const keyEnd = from + 2 + keyLength;
  const valueLength = bytes[keyEnd + 2] ?? 0;
  if (keyLength > 127 || valueLength > 127 || keyEnd + 3 + valueLength !== to) return false;
  if (bytes[from] !== KEY_TAG || bytes[keyEnd] !== VALUE_TAG || bytes[keyEnd + 1] !== VALUE_TAG_REST)
    return false;
  key.bytes = value.bytes = bytes;
  key.from = from + 2;
  key.to = keyEnd;
  value.from = keyEnd + 3;
  value.to = to;
  return true;
}

/** A nested key of several elements, joined with `.`. Rare, so it may allocate. */
function nestedKey(item: Span): Span {
  const elements: string[] = [];
  const reader: Cursor = cursor();
  enter(reader, item);
  while (nextField(reader)) if (reader.field === 2) elements.push(textOf(reader));
  return wholeSpan(elements.join("."));
}

function wholeSpan(text: string): Span {
  const bytes = Buffer.from(text);
  return { bytes, from: 0, to: bytes.length };
}

/** Columns by the bytes of their key. */
function columnStore(wants: (key: string) => boolean) {
  const buckets: (Column | undefined)[] = new Array(BUCKETS).fill(undefined);
  let bytes: Uint8Array = new Uint8Array(0);
  let words = wordsOf(bytes);

  /** FNV-1a over words. Multiplication carries upwards only, so the upper bits are the good ones. */
  function hashOf({ from, to }: Span): number {
    let hash = 0x811c9dc5;
    let at = from;
    for (; at + 4 <= to; at += 4) hash = Math.imul(hash ^ words.getInt32(at), 0x01000193);
    for (; at < to; at++) hash = Math.imul(hash ^ words.getUint8(at), 0x01000193);
    return hash;
  }

  function isSame(known: DataView, { from, to }: Span): boolean {
    return known.byteLength === to - from && standsAt(words, from, known);
  }

  function at(key: Span): Column {
    if (key.bytes !== bytes) {
      bytes = key.bytes;
      words = wordsOf(bytes);
    }
    const bucket = hashOf(key) >>> BUCKET_SHIFT;
    const first = buckets[bucket];
    for (let column = first; column; column = column.next) if (isSame(column.words, key)) return column;
    const name = textOf(key);
    const own = new Uint8Array(bytes.subarray(key.from, key.to)); // a copy: the span's memory is reused
    const made: Column = {
      key: name,
      wanted: wants(name),
      words: wordsOf(own),
      opaque: false,
      next: first,
      ownSteps: null,
      values: [],
    };
    buckets[bucket] = made;
    return made;
  }

  function all(): Column[] {
    const found: Column[] = [];
    for (const first of buckets) {
      for (let column: Column | undefined = first; column; column = column.next) found.push(column);
    }
    return found;
  }

  return { at, all, named: (key: string) => at(wholeSpan(key)) };
}
