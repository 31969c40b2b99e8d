import { closeSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/** Writes `.wandb` files of any size as the SDK does, by the format's description and not by our reader (wandb facts 9). */

const BLOCK = 32_768;
const CHUNK_HEADER = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** What each step logs. */
export interface Shape {
  readonly keys: readonly string[];
  /** Per step, beside the row itself: summary records, which repeat its keys, and lines of console output. */
  readonly summaries: number;
  readonly lines: number;
}

/** @returns the number of rows. */
export function writeBigFile(path: string, { shape, bytes }: { shape: Shape; bytes: number }): number {
  const file = openSync(path, "w");
  const blocks = blockWriter((block) => writeSync(file, block));
  const records = recordWriter();
  let rows = 0;
  while (blocks.written() < bytes) {
    const values = valuesOf(shape.keys, rows);
    blocks.add(records.items(2, values));
    for (let summary = 0; summary < shape.summaries; summary += 1) blocks.add(records.items(3, values));
    for (let line = 0; line < shape.lines; line += 1)
      blocks.add(records.line(`INFO step:${rows} ${"x".repeat(100)}`));
    rows += 1;
  }
  blocks.end();
  closeSync(file);
  return rows;
}

type Item = readonly [key: string, json: string];

/** In another order in every row, as the SDK's maps give them. */
function valuesOf(keys: readonly string[], row: number): readonly Item[] {
  const own = keys.map((key, place): Item => [key, String(level(row, place))]);
  return shuffled(row, [
    ...own,
    ["_step", String(row)],
    ["_runtime", String(row * 0.71 + 3.1)],
    ["_timestamp", `1.79533637${row}e+09`],
  ]);
}

function shuffled(seed: number, items: readonly Item[]): readonly Item[] {
  const order = items.map((item, place) => ({ item, drawn: mixed(seed * 64 + place) }));
  return order.sort((a, b) => a.drawn - b.drawn).map(({ item }) => item);
}

function mixed(number: number): number {
  const once = Math.imul(number + 1, 0x9e3779b1);
  return Math.imul(once ^ (once >>> 15), 0x85ebca6b);
}

/** Full precision, as float32 losses look in Python. */
function level(row: number, place: number): number {
  const drawn = Math.imul(row * 31 + place + 1, 0x9e3779b1) >>> 0;
  return Math.fround(0.1 + Math.exp(-row / 3000) + drawn / 2 ** 36);
}

/** Cuts records into chunks inside blocks of 32 KiB; the first block begins with the file's header. */
function blockWriter(write: (block: Uint8Array) => void) {
  const block = Buffer.alloc(BLOCK);
  Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]).copy(block);
  let at = 7;
  let flushed = 0;

  function add(record: Buffer): void {
    let from = 0;
    let first = true;
    while (first || from < record.length) {
      if (BLOCK - at < CHUNK_HEADER) flush(BLOCK);
      const size = Math.min(record.length - from, BLOCK - at - CHUNK_HEADER);
      const ends = from + size === record.length;
      put(record.subarray(from, from + size), first ? (ends ? FULL : FIRST) : ends ? LAST : MIDDLE);
      from += size;
      first = false;
    }
  }

  function put(piece: Buffer, type: number): void {
    block[at + 6] = type;
    piece.copy(block, at + CHUNK_HEADER);
    const end = at + CHUNK_HEADER + piece.length;
    block.writeUInt32LE(crc32(block.subarray(at + 6, end)), at);
    block.writeUInt16LE(piece.length, at + 4);
    at = end;
  }

  function flush(length: number): void {
    write(block.subarray(0, length));
    flushed += length;
    block.fill(0);
    at = 0;
  }

  return { add, written: () => flushed + at, end: () => flush(at) };
}

/** Records of a numbered sequence. What it returns is valid until the next call. */
function recordWriter() {
  const body = Buffer.alloc(1 << 16);
  const whole = Buffer.alloc(1 << 16);
  let number = 0;

  function finish(field: number, length: number): Buffer {
    number += 1;
    let at = varint(whole, 0, 8);
    at = varint(whole, at, number);
    at = varint(whole, at, field * 8 + 2);
    at = varint(whole, at, length);
    return whole.subarray(0, at + body.copy(whole, at, 0, length));
  }

  return {
    /** A history (2) or summary (3) record: items {nested_key 2, value_json 16} as field 1. */
    items(field: number, values: readonly Item[]): Buffer {
      let at = 0;
      for (const [key, json] of values) {
        at = varint(body, at, 10);
        at = varint(body, at, 5 + key.length + json.length);
        at = varint(body, at, 18);
        at = varint(body, at, key.length);
        at += body.write(key, at, "latin1");
        at = varint(body, at, 130);
        at = varint(body, at, json.length);
        at += body.write(json, at, "latin1");
      }
      return finish(field, at);
    },
    /** output_raw (13): {line 3}. */
    line(text: string): Buffer {
      const at = varint(body, varint(body, 0, 26), text.length);
      return finish(13, at + body.write(text, at, "latin1"));
    },
  };
}

function varint(into: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 127) {
    into[at++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  into[at++] = rest;
  return at;
}
