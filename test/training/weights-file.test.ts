import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fc, it } from "@fast-check/vitest";
import { describe, expect, onTestFinished, it as test } from "vitest";
import { checkWeights } from "../../src/training/weights-file.ts";
import { scratch } from "./real-ports.ts";

/** A safetensors file with one tensor between two others. */
function file(dtype: string, bytes: Uint8Array, { cut = 0 } = {}): string {
  const [before, after] = [Buffer.alloc(8), Buffer.alloc(16)];
  const ends = [8, 8 + bytes.length, 24 + bytes.length];
  const header = JSON.stringify({
    __metadata__: { format: "pt" },
    before: { dtype: "I64", shape: [1], data_offsets: [0, ends[0]] },
    wanted: { dtype, shape: [1], data_offsets: [ends[0], ends[1]] },
    after: { dtype: "F32", shape: [4], data_offsets: [ends[1], ends[2]] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const whole = Buffer.concat([length, Buffer.from(header), before, bytes, after]);
  const path = join(scratch(onTestFinished), "model.safetensors");
  writeFileSync(path, whole.subarray(0, whole.length - cut));
  return path;
}

const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }) => new Uint8Array(buffer);
const half = (...bits: readonly number[]) => bytesOf(Uint16Array.from(bits));

describe("checkWeights", () => {
  test.each<[string, string, Uint8Array]>([
    ["single precision", "F32", bytesOf(Float32Array.of(1, -3.4e38, 1e-45, 0))],
    ["double precision", "F64", bytesOf(Float64Array.of(-1.7e308, 5e-324))],
    ["half precision", "F16", half(0x7bff, 0x0001, 0xfbff)],
    ["bfloat16", "BF16", half(0x7f7f, 0xff7f)],
    ["integers with any bits", "I64", bytesOf(BigInt64Array.of(-1n))],
    ["an empty tensor", "F32", new Uint8Array()],
  ])("calls %s finite", async (_, dtype, bytes) => {
    expect(await checkWeights(file(dtype, bytes))).toBe("finite");
  });

  test.each<[string, string, Uint8Array]>([
    ["NaN", "F32", bytesOf(Float32Array.of(1, Number.NaN))],
    ["infinity", "F64", bytesOf(Float64Array.of(1, Number.NEGATIVE_INFINITY))],
    ["a half NaN", "F16", half(0, 0x7e00)],
    ["a half infinity", "F16", half(0, 0xfc00)],
    ["a bfloat NaN", "BF16", half(0, 0x7fc0)],
  ])("finds %s", async (_, dtype, bytes) => {
    expect(await checkWeights(file(dtype, bytes))).toBe("non-finite");
  });

  test("finds one NaN among millions, wherever a piece ends", async () => {
    for (const place of [0, 2 ** 20 - 1, 2 ** 20, 2_500_000]) {
      const values = new Float32Array(2_500_001).fill(0.5);
      values[place] = Number.NaN;
      expect(await checkWeights(file("F32", bytesOf(values)))).toBe("non-finite");
    }
  });

  it.prop([fc.integer({ min: 1, max: 400 })])("calls a file that was cut short incomplete", async (cut) => {
    expect(await checkWeights(file("F32", bytesOf(new Float32Array(100)), { cut }))).toBe("incomplete");
  });

  test("calls what is missing, empty or something else incomplete", async () => {
    const folder = scratch(onTestFinished);
    expect(await checkWeights(join(folder, "none"))).toBe("incomplete");
    for (const text of ["", "short", "{}".repeat(40), "\u0004\0\0\0\0\0\0\0null"]) {
      writeFileSync(join(folder, "model"), text);
      expect(await checkWeights(join(folder, "model"))).toBe("incomplete");
    }
  });
});
