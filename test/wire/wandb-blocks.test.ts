import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK_BYTES, blockReader } from "../../src/wire/wandb-blocks.ts";
import { message, wandbFile } from "./wandb-writer.ts";

/** Reads pieces and returns the records as text, with the losses. */
function read(...pieces: readonly Uint8Array[]) {
  const reader = blockReader();
  const records: string[] = [];
  for (const piece of pieces) {
    const reused = Uint8Array.from(piece);
    reader.push(reused, (bytes, from, to) =>
      records.push(Buffer.from(bytes.slice(from, to)).toString("latin1")),
    );
    reused.fill(0xff); // the reader must not look at a piece again
  }
  return { records, losses: reader.losses() };
}

const noLosses = { badHeader: false, damaged: 0, tail: 0 };
/** A record of about this many bytes; with its number inside. */
const sized = (size: number) => [[4, Buffer.alloc(size, "x")] as const];
const written = (sizes: readonly number[]) =>
  sizes.map((size, index) => message([[1, index + 1], ...sized(size)]).toString("latin1"));
const fileOf = (sizes: readonly number[]) => wandbFile(sizes.map((size) => [...sized(size)]));

describe("blockReader", () => {
  it("reads records that fill, cross and exactly end blocks", () => {
    const sizes = [10, BLOCK_BYTES * 3, 5, BLOCK_BYTES - 40, 0, 70_000];
    expect(read(fileOf(sizes))).toEqual({ records: written(sizes), losses: noLosses });
  });

  it("reads a block whose last seven bytes are an empty first chunk", () => {
    // 7 (file) + 7 (chunk) + record + 7 = one block, so the next record begins with a chunk of length 0.
    const sizes = [BLOCK_BYTES - 7 - 7 - 7 - 2 - 4, 20];
    const file = fileOf(sizes);
    expect(file.readUInt16LE(BLOCK_BYTES - 3)).toBe(0);
    expect(file[BLOCK_BYTES - 1]).toBe(2);
    expect(read(file)).toEqual({ records: written(sizes), losses: noLosses });
  });

  it("gives the same records however the bytes arrive", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(40_000), { maxLength: 8 }),
        fc.array(fc.nat(200_000), { maxLength: 6 }),
        (sizes, cuts) => {
          const file = fileOf(sizes);
          const places = [
            0,
            ...cuts.map((cut) => Math.min(cut, file.length)).sort((a, b) => a - b),
            file.length,
          ];
          const pieces = places.slice(1).map((to, index) => file.subarray(places[index], to));
          expect(read(...pieces)).toEqual({ records: written(sizes), losses: noLosses });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes a cut file for one that is being written: whole records, and a tail", () => {
    const sizes = [100, 40_000, 300];
    const file = fileOf(sizes);
    fc.assert(
      fc.property(fc.integer({ min: 7, max: file.length - 1 }), (length) => {
        const { records, losses } = read(file.subarray(0, length));
        expect(written(sizes).slice(0, records.length)).toEqual(records);
        expect(losses).toMatchObject({ damaged: 0, badHeader: false });
        expect(records.length).toBeLessThan(sizes.length);
        const rest = read(file.subarray(0, length), file.subarray(length));
        expect(rest).toEqual({ records: written(sizes), losses: noLosses });
      }),
    );
  });

  it("loses one record to one flipped bit in a record's chunk, and counts it", () => {
    const sizes = [20, 30, 40, 50];
    const file = fileOf(sizes);
    for (let bit = 7 * 8; bit < file.length * 8; bit++) {
      const broken = Buffer.from(file);
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { records, losses } = read(broken);
      expect(written(sizes).filter((record) => records.includes(record))).toHaveLength(3);
      expect(records).toHaveLength(3);
      // A length that points behind the end looks like a record that is not complete yet.
      expect(losses.damaged + Math.sign(losses.tail)).toBe(1);
    }
  });

  it("goes on with the next block when nothing intact is left in one", () => {
    const sizes = [BLOCK_BYTES - 500, 100, 100, BLOCK_BYTES - 500, 100];
    const file = fileOf(sizes);
    file.fill(0x5a, 7, BLOCK_BYTES);
    const { records, losses } = read(file);
    expect(records).toEqual(written(sizes).slice(-records.length));
    expect(records.length).toBeGreaterThanOrEqual(1);
    expect(losses.damaged).toBe(1);
  });

  it("reads on behind a damaged file header, and says so", () => {
    const file = fileOf([10, 20]);
    file[2] = 0;
    expect(read(file)).toEqual({ records: written([10, 20]), losses: { ...noLosses, badHeader: true } });
  });
});
