import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32Of } from "../../src/wire/crc32.ts";

describe("crc32Of", () => {
  it("is zlib's checksum of any piece of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), fc.nat(80), (bytes, a, b) => {
        const [from = 0, to = 0] = [Math.min(a, bytes.length), Math.min(b, bytes.length)].sort(
          (x, y) => x - y,
        );
        expect(crc32Of(bytes, from, to) >>> 0).toBe(crc32(bytes.subarray(from, to)));
      }),
    );
  });
});
