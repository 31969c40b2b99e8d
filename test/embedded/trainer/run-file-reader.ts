import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

/** An independent reader of `.wandb` files, only as good as these tests need it. Throws on a wrong checksum. */
export interface RunFile {
  readonly numbers: readonly number[];
  readonly history: readonly Readonly<Record<string, string>>[];
  readonly run: Readonly<Record<number, string>>;
  readonly tags: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly output: readonly string[];
  /** undefined = no exit record. */
  readonly exitCode: number | undefined;
}

type Fields = (readonly [number, number | Buffer])[];

export function readRecords(bytes: Buffer): Buffer[] {
  if (bytes.subarray(0, 7).toString("hex") !== "3a572642e1be00") throw new Error("no run file");
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  let at = 7;
  while (at + 7 <= bytes.length) {
    const left = 32768 - (at % 32768);
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes[at + 6] ?? 0;
    if (left < 7 || (bytes.readUInt32LE(at) === 0 && length === 0 && type === 0)) {
      at += left;
      continue;
    }
    const data = bytes.subarray(at + 7, at + 7 + length);
    if (crc32(bytes.subarray(at + 6, at + 7 + length)) !== bytes.readUInt32LE(at))
      throw new Error(`bad checksum at ${at}`);
    parts.push(data);
    if (type === 1 || type === 4) {
      records.push(Buffer.concat(parts));
      parts = [];
    }
    at += 7 + length;
  }
  return records;
}

export function readRunFile(path: string): RunFile {
  const records = readRecords(readFileSync(path)).map(fieldsOf);
  const messages = (number: number) => records.flatMap((record) => sub(record, number));
  const run = messages(17)[0] ?? [];
  return {
    numbers: records.map((record) => Number(record.find(([field]) => field === 1)?.[1])),
    history: messages(2).map((history) => items(history, 1)),
    run: Object.fromEntries(
      run.filter(([, value]) => Buffer.isBuffer(value)).map(([key, value]) => [key, String(value)]),
    ),
    tags: run.filter(([field]) => field === 10).map(([, value]) => String(value)),
    config: Object.assign({}, ...sub(run, 4).map((config) => items(config, 1))),
    output: messages(13).map((output) => text(output, 3)),
    exitCode: messages(18).map((exit) => Number(exit.find(([field]) => field === 1)?.[1] ?? 0))[0],
  };
}

function items(message: Fields, field: number): Record<string, string> {
  return Object.fromEntries(
    sub(message, field).map((item) => [text(item, 2) || text(item, 1), text(item, 16)]),
  );
}

function sub(message: Fields, field: number): Fields[] {
  return message.flatMap(([number, value]) =>
    number === field && Buffer.isBuffer(value) ? [fieldsOf(value)] : [],
  );
}

function text(message: Fields, field: number): string {
  return String(message.find(([number]) => number === field)?.[1] ?? "");
}

function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    if (key % 8 === 0) fields.push([Math.floor(key / 8), varint()]);
    else {
      const length = varint();
      fields.push([Math.floor(key / 8), bytes.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}
