import { wandbJson } from "./wandb-json.ts";
import { flatten, loggedNumber, numberIn } from "./wandb-numbers.ts";
import { type Cursor, cursor, enter, nextField, type Span, textOf } from "./wandb-protobuf.ts";

/** Everything a file logged under one key, in file order: `values[i]` at `steps[i]`. Steps may repeat. */
interface Points {
  readonly key: string;
  readonly steps: number[];
  readonly values: number[];
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
  /** The step of every row, in file order. */
  readonly steps: readonly number[];
}

interface Column extends Points {
  readonly bytes: Uint8Array;
  readonly wanted: boolean;
  /** Objects under this key hold nothing wanted, so they are not parsed again. */
  opaque: boolean;
  /** The next column of the same bucket. */
  readonly next: Column | undefined;
}

const OPENING_BRACE = 0x7b;
/** A power of two. */
const BUCKETS = 4096;

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
  const pending: Column[] = [];
  const pendingValues: number[] = [];
  let rowStep: number | undefined;
  let broken = false;
  let rowsWithoutStep = 0;
  let notNumbers = 0;

  function take(record: Span): boolean {
    enter(row, record);
    pending.length = 0;
    pendingValues.length = 0;
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
    steps.push(step);
    for (let index = 0; index < pending.length; index++) {
      pending[index]?.steps.push(step);
      pending[index]?.values.push(pendingValues[index] ?? Number.NaN);
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
    let parts = 0;
    key.from = key.to = value.from = value.to = 0;
    key.bytes = value.bytes = row.bytes;
    enter(item, row);
    while (nextField(item)) {
      if (item.field === 16) {
        value.from = item.from;
        value.to = item.to;
      } else if (item.field === 2 || (item.field === 1 && parts === 0 && item.to > item.from)) {
        if (item.field === 2) parts++;
        key.from = item.from;
        key.to = item.to;
      }
    }
    broken ||= item.malformed;
    if (!item.malformed) readValue(columns.at(parts > 1 ? nestedKey(row) : key));
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
    pending.push(column);
    pendingValues.push(read);
  }

  return {
    take,
    steps,
    points: () => columns.all().filter((column) => column.key !== "_step" && column.values.length > 0),
    counts: () => ({ rows: steps.length, rowsWithoutStep, notNumbers }),
  };
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

  function at(key: Span): Column {
    const bucket = hashOf(key) & (BUCKETS - 1);
    const first = buckets[bucket];
    for (let column = first; column; column = column.next) if (isSame(column.bytes, key)) return column;
    const name = textOf(key);
    const bytes = new Uint8Array(key.bytes.subarray(key.from, key.to)); // a copy: the span's memory is reused
    const made: Column = {
      key: name,
      wanted: wants(name),
      bytes,
      opaque: false,
      next: first,
      steps: [],
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

/** FNV-1a, 32 bits. */
function hashOf({ bytes, from, to }: Span): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}

function isSame(known: Uint8Array, { bytes, from, to }: Span): boolean {
  if (known.length !== to - from) return false;
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[from + index]) return false;
  return true;
}
