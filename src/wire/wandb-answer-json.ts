import { type PlainRows, readPlainRows } from "./wandb-plain-rows.ts";
import type { LoggedRows } from "./wandb-rows.ts";

const FIELD = "sampledHistory";
const FIELD_START = `"${FIELD}":[`;
/** Stands for the lists that were cut out; no server answers a number here. */
const PLACEHOLDER = 0;
const COMMA = 0x2c;
const LIST_END = 0x5d;

/**
 * `JSON.parse` of an answer of W&B. Where every list of `sampledHistory` is plain, their rows are not parsed but read as
 * `LoggedRows`; else they come as any other JSON.
 * @throws SyntaxError
 */
export function parseWandbAnswer(bytes: Buffer): unknown {
  const cut = cutRows(bytes);
  if (cut === null || cut.lists.length === 0) return JSON.parse(bytes.toString());
  const waiting = [...cut.lists];
  // In the order of the text: the reviver comes by in it.
  const answer: unknown = JSON.parse(cut.rest, (key, value: unknown) =>
    key === FIELD && value === PLACEHOLDER ? waiting.shift() : value,
  );
  return waiting.length === 0 ? answer : JSON.parse(bytes.toString());
}

interface CutAnswer {
  readonly rest: string;
  /** One list of rows per spec, for every time that the field occurs. */
  readonly lists: readonly (readonly LoggedRows[])[];
}

function cutRows(bytes: Buffer): CutAnswer | null {
  const rest: string[] = [];
  const lists: (readonly LoggedRows[])[] = [];
  let end = 0;
  for (;;) {
    // Inside of a string its quotes would have backslashes.
    const field = bytes.indexOf(FIELD_START, end);
    if (field < 0) break;
    const found = readLists(bytes, field + FIELD_START.length);
    if (found === null) return null;
    rest.push(bytes.toString("utf8", end, field), `"${FIELD}":${PLACEHOLDER}`);
    lists.push(found.lists);
    end = found.end;
  }
  return { rest: [...rest, bytes.toString("utf8", end)].join(""), lists };
}

/** From behind the opening bracket. */
function readLists(bytes: Buffer, from: number): { lists: LoggedRows[]; end: number } | null {
  const lists: LoggedRows[] = [];
  if (bytes[from] === LIST_END) return { lists, end: from + 1 };
  for (let at = from; ; ) {
    const read: PlainRows | null = readPlainRows(bytes, at);
    if (read === null) return null;
    lists.push(read.rows);
    const mark = bytes[read.end];
    if (mark === LIST_END) return { lists, end: read.end + 1 };
    if (mark !== COMMA) return null;
    at = read.end + 1;
  }
}
