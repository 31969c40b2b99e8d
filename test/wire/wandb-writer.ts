import { crc32 } from "node:zlib";

/** Writes `.wandb` files for tests, by the format description and not by our reader (wandb facts 9). */

export type Row = Readonly<Record<string, unknown>>;
type Field = readonly [number: number, value: number | Buffer];

const BLOCK = 32_768;
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

export function message(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) =>
      typeof value === "number"
        ? [varint(number * 8), varint(value)]
        : [varint(number * 8 + 2), varint(value.length), value],
    ),
  );
}

/** As Python's json writes it: bare tokens for what JSON lacks. */
function pythonJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(
      ([key, inner]) => `${JSON.stringify(key)}:${pythonJson(inner)}`,
    );
    return `{${members.join(",")}}`;
  }
  return Object.is(value, -0) ? "-0.0" : JSON.stringify(value);
}

function item(key: string | readonly string[], value: unknown): Buffer {
  const nested = typeof key === "string" ? [key] : key;
  return message([
    ...nested.map((part): Field => [2, Buffer.from(part)]),
    [16, Buffer.from(pythonJson(value))],
  ]);
}

/** Record payloads, to be numbered by `wandbFile`. */
export const record = {
  header: (): Field[] => [[21, message([[1, message([[1, Buffer.from("0.30.0")]])]])]],
  run: (run: {
    id: string;
    name?: string;
    group?: string;
    tags?: string[];
    startedAt?: number;
    config?: Row;
  }): Field[] => [
    [
      17,
      message([
        [1, Buffer.from(run.id)],
        [3, Buffer.from("tiny")],
        ...(run.config ? [[4, configUpdate(run.config)] as Field] : []),
        ...(run.group ? [[6, Buffer.from(run.group)] as Field] : []),
        ...(run.name ? [[8, Buffer.from(run.name)] as Field] : []),
        ...(run.tags ?? []).map((tag): Field => [10, Buffer.from(tag)]),
        [17, message([[1, run.startedAt ?? 1_700_000_000]])],
      ]),
    ],
  ],
  config: (config: Row): Field[] => [[5, configUpdate(config)]],
  history: (step: number | null, values: Row): Field[] => {
    const items = Object.entries(values).map(([key, value]): Field => [1, item(key, value)]);
    const stepItems: Field[] =
      step === null
        ? []
        : [
            [1, item("_step", step)],
            [2, message(step === 0 ? [] : [[1, step]])],
          ];
    return [[2, message([...items, ...stepItems])]];
  },
  /** One row whose items have nested keys of several elements. */
  nestedHistory: (step: number, items: readonly (readonly [readonly string[], unknown])[]): Field[] => [
    [2, message([...items.map(([key, value]): Field => [1, item(key, value)]), [2, message([[1, step]])]])],
  ],
  summary: (values: Row): Field[] => [
    [3, message(Object.entries(values).map(([key, value]): Field => [1, item(key, value)]))],
  ],
  exit: (code: number): Field[] => [[18, message([...(code === 0 ? [] : [[1, code] as Field]), [2, 12]])]],
};

function configUpdate(config: Row): Buffer {
  return message(Object.entries(config).map(([key, value]): Field => [1, item(key, value)]));
}

/** The bytes of a file with these records, and where each chunk lies. */
export function wandbFile(records: readonly Field[][]): Buffer {
  const out: Buffer[] = [FILE_HEADER];
  let at = FILE_HEADER.length;
  const write = (bytes: Buffer) => {
    out.push(bytes);
    at += bytes.length;
  };
  records.forEach((fields, index) => {
    let rest = message([[1, index + 1], ...fields]);
    let first = true;
    for (;;) {
      const left = BLOCK - (at % BLOCK);
      if (left < 7) {
        write(Buffer.alloc(left));
        continue;
      }
      const piece = rest.subarray(0, left - 7);
      rest = rest.subarray(piece.length);
      const last = rest.length === 0;
      const type = first ? (last ? 1 : 2) : last ? 4 : 3;
      write(chunk(type, piece));
      first = false;
      if (last) break;
    }
  });
  return Buffer.concat(out);
}

function chunk(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt32LE(crc32(Buffer.concat([Buffer.from([type]), payload])), 0);
  header.writeUInt16LE(payload.length, 4);
  header[6] = type;
  return Buffer.concat([header, payload]);
}
