import { isRecord, parseObject, spellNumbers, writeNumbers } from "./number-json.ts";
import type { Lines } from "./run.ts";

/** History as the backend keeps it: one column per key, nested dicts flattened with dots, a line's text kept beside. */
export interface HistoryTable {
  /** `_step` per row, the line number where a line has none. Neither unique nor sorted. */
  readonly steps: readonly number[];
  /** Values per row, safe for JSON (non-finite numbers as strings); undefined where the row lacks the key. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Flattened lines, non-finite numbers as bare tokens. */
  readonly lines: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

export interface Column {
  readonly values: readonly unknown[];
  readonly count: number;
}

/** A column as it stands in an answer: `,"key":value` of every row in one text, row `i` from `starts[i]` to `starts[i + 1]`. */
export interface Members {
  readonly text: string;
  readonly starts: Uint32Array;
}

const TABLES = new WeakMap<Lines, HistoryTable>();
const MEMBERS = new WeakMap<Column, Members>();

/** Cached: stored lines are never changed in place. */
export function tableOf(lines: Lines): HistoryTable {
  const known = TABLES.get(lines);
  if (known) return known;
  const table = buildTable(lines);
  TABLES.set(lines, table);
  return table;
}

/** Cached too: many answers hold the same values, and writing a number is dear. */
export function membersOf(key: string, column: Column): Members {
  const known = MEMBERS.get(column);
  if (known) return known;
  const members = writeMembers(key, column.values);
  MEMBERS.set(column, members);
  return members;
}

function writeMembers(key: string, values: readonly unknown[]): Members {
  const start = `,${JSON.stringify(key)}:`;
  const starts = new Uint32Array(values.length + 1);
  const texts: string[] = [];
  let length = 0;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row];
    const text = value === undefined ? "" : `${start}${JSON.stringify(value)}`;
    texts.push(text);
    length += text.length;
    starts[row + 1] = length;
  }
  return { text: texts.join(""), starts };
}

/** The row of one line, flattened, numbers as numbers. */
export function parseRow(line: string, lineNumber: number): Row {
  return completed(parseObject(line), lineNumber);
}

function completed(parsed: Row, lineNumber: number): Row {
  const row = isFlat(parsed) ? parsed : flatten(parsed);
  return "_step" in row ? row : { ...row, _step: lineNumber };
}

function buildTable(lines: Lines): HistoryTable {
  const steps: number[] = [];
  const texts: string[] = [];
  const columns = new Map<string, { values: unknown[]; count: number }>();
  lines.forEach((line, lineNumber) => {
    if (line === null) return;
    const parsed = parseObject(line);
    const row = completed(parsed, lineNumber);
    const index = steps.push(Number(row["_step"])) - 1;
    texts.push(row === parsed ? line : writeNumbers(row));
    for (const [key, value] of Object.entries(row)) {
      // A logged None is a row without the key.
      if (value === null) continue;
      const column = columns.get(key) ?? { values: [], count: 0 };
      if (column.count === 0) columns.set(key, column);
      column.values[index] = spellNumbers(value);
      column.count += 1;
    }
  });
  return { steps, columns, lines: texts };
}

function isFlat(row: Row): boolean {
  return !Object.values(row).some(isNested);
}

/** Media entries (`_type`) stay whole. */
function isNested(value: unknown): value is Row {
  return isRecord(value) && !("_type" in value);
}

function flatten(row: Row, prefix = ""): Row {
  const entries = Object.entries(row).flatMap(([key, value]) =>
    isNested(value)
      ? Object.entries(flatten(value, `${prefix}${key}.`))
      : [[`${prefix}${key}`, value] as const],
  );
  return Object.fromEntries(entries);
}

/** `historyKeys` of a run: null when nothing was logged. */
export function historyKeys(lines: Lines): Readonly<Record<string, unknown>> | null {
  const { steps, columns } = tableOf(lines);
  if (steps.length === 0) return null;
  const keys = [...columns].map(([key, { values, count }]) => [key, describeColumn(values, count)] as const);
  return { lastStep: steps.reduce((a, b) => Math.max(a, b)), sets: [], keys: Object.fromEntries(keys) };
}

function describeColumn(values: readonly unknown[], count: number): Readonly<Record<string, unknown>> {
  const last = values.findLast((value) => value !== undefined);
  return { typeCounts: [{ type: typeName(last), count }], monotonic: false, previousValue: last };
}

const SPELLED: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

function typeName(value: unknown): string {
  if (SPELLED.includes(value)) return "number";
  if (Array.isArray(value)) return "list";
  return isRecord(value) ? "map" : typeof value;
}
