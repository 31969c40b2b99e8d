import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openRecordFile } from "../../../src/embedded/trainer/wandb-file.ts";
import { wandbNumber } from "../../../src/embedded/trainer/wandb-numbers.ts";
import { readRecords } from "./run-file-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "run-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "run-x.wandb");

function written(sizes: readonly number[]): { before: number; bytes: Buffer } {
  const file = openRecordFile(path);
  for (const [i, size] of sizes.entries()) file.append(Buffer.alloc(size, i + 1));
  const before = statSync(path).size;
  file.close();
  return { before, bytes: readFileSync(path) };
}

describe("openRecordFile", () => {
  it("gives back records of every size, with checksums that hold", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 8 }), (sizes) => {
        const records = readRecords(written(sizes).bytes);
        expect(records.map((record) => record.length)).toEqual(sizes);
        expect(records.every((record, i) => record.every((byte) => byte === i + 1))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("pads a block that has no room for a chunk header, and starts a chunk of nothing where exactly the header fits", () => {
    for (const left of [0, 1, 6, 7, 8]) {
      const first = 32768 - 7 - 7 - left;
      expect(readRecords(written([first, 100]).bytes).map((record) => record.length)).toEqual([first, 100]);
    }
  });

  it("reaches the disk only in whole blocks, so a killed run leaves seven bytes", () => {
    expect(written([100, 5000]).before).toBe(7);
    expect(written([40_000]).before).toBe(32768);
  });
});

describe("wandbNumber", () => {
  it.each([
    [1.795336362467802e9, false, "1.795336362467802e+09"],
    [1e6, false, "1e+06"],
    [1e-5, false, "1e-05"],
    [0.00025, false, "0.00025"],
    [20, false, "20"],
    [2_000_000, true, "2000000"],
    [8e-309, false, "8e-309"],
    [Number.NaN, false, "NaN"],
    [Number.NEGATIVE_INFINITY, false, "-Infinity"],
  ])("writes %d as the SDK's core does", (value, isInt, text) => {
    expect(wandbNumber(value, isInt)).toBe(text);
  });
});
