import { describe, expect, it } from "vitest";
import { recordReader } from "../../src/wire/wandb-records.ts";
import { message } from "./wandb-writer.ts";

const text = (value: string) => Buffer.from(value);
const whole = (bytes: Buffer) => ({ bytes, from: 0, to: bytes.length });

function reading(...records: readonly Buffer[]) {
  const reader = recordReader(() => true);
  for (const bytes of records) reader.take(whole(bytes));
  return reader;
}

/** An item whose key is in field 1, as services before wandb-core wrote it. */
const oldItem = (key: string, json: string) =>
  message([
    [1, text(key)],
    [16, text(json)],
  ]);
const nested = (path: readonly string[], json: string) =>
  message([...path.map((part) => [2, text(part)] as const), [16, text(json)]]);

describe("recordReader", () => {
  it("reads the keys of old services", () => {
    const reader = reading(
      message([
        [
          2,
          message([
            [1, oldItem("train/loss", "0.25")],
            [1, oldItem("_step", "7")],
          ]),
        ],
      ]),
    );
    expect(reader.table.points()).toMatchObject([{ key: "train/loss", steps: [7], values: [0.25] }]);
  });

  it("prefers the record's step, where an empty message is step 0", () => {
    const row = message([
      [1, oldItem("k", "1")],
      [1, oldItem("_step", "9")],
      [2, message([])],
    ]);
    expect(reading(message([[2, row]])).table.steps).toEqual([0]);
  });

  it("updates and removes config values by path", () => {
    const config = (field: 1 | 2, item: Buffer) => message([[5, message([[field, item]])]]);
    const reader = reading(
      config(1, nested(["ot"], '{"reg": 0.1, "tau": 1}')),
      config(1, nested(["ot", "reg"], "0.2")),
      config(1, nested(["gone"], "true")),
      config(2, nested(["gone"], "")),
      config(2, nested(["ot", "tau"], "")),
      config(1, nested(["__proto__"], '{"polluted": 1}')),
    );
    expect(Object.entries(reader.config() ?? {})).toEqual([
      ["ot", { reg: 0.2 }],
      ["__proto__", { polluted: 1 }],
    ]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("steps over fields that it does not know, of any width", () => {
    const eight = Buffer.concat([Buffer.from([(30 << 3) | 1 | 0x80, 0x01]), Buffer.alloc(8, 0xff)]);
    const row = message([
      [
        2,
        message([
          [1, oldItem("k", "1")],
          [2, message([[1, 3]])],
        ]),
      ],
    ]);
    expect(reading(Buffer.concat([eight, row])).table.steps).toEqual([3]);
  });

  it("counts the records that are missing by their number, and those that make no sense", () => {
    const numbered = (number: number) =>
      message([
        [1, number],
        [4, text("output")],
      ]);
    const reader = reading(numbered(1), numbered(2), numbered(5), Buffer.from([0x13, 0x99]));
    expect(reader.counts()).toEqual({ records: 4, malformed: 1, missing: 2 });
  });

  it("tells exit 0, another code, a negative one and none", () => {
    const exit = (fields: Parameters<typeof message>[0]) =>
      reading(message([[18, message(fields)]])).exitCode();
    expect([exit([[2, 5]]), exit([[1, 255]]), exit([[1, 2 ** 64 - 2 ** 11]]), reading().exitCode()]).toEqual([
      0,
      255,
      -1,
      null,
    ]);
  });
});
