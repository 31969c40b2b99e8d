import { appendFile, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { followWandbFile, readWandbFile, wandbFileReader } from "../../src/runs/wandb-file.ts";
import { record, wandbFile } from "../wire/wandb-writer.ts";

const everything = () => true;

function read(file: Uint8Array, wants: (key: string) => boolean = everything) {
  const reader = wandbFileReader(wants);
  reader.push(file);
  const content = reader.content();
  const curve = (key: string) => content.points.find((points) => points.key === key);
  return { ...content, curve };
}

const intact = { badHeader: false, damaged: 0, lostRecords: 0, tail: 0, rowsWithoutStep: 0, notNumbers: 0 };

describe("wandbFileReader", () => {
  it("reads run, config, rows and exit", () => {
    const file = wandbFile([
      record.header(),
      record.run({
        id: "abc123",
        name: "act r1",
        group: "g",
        tags: ["policy:act", "seed:42"],
        config: { _wandb: {}, seed: 42 },
      }),
      record.config({ policy: { type: "act" }, _wandb: { t: 1 } }),
      record.history(0, { "train/loss": 2 }),
      record.summary({ "train/loss": 2 }),
      record.history(50, { "train/loss": 1.5, "train/lr": 1e-5 }),
      record.exit(255),
    ]);
    const content = read(file);
    expect(content.run).toEqual({
      id: "abc123",
      entity: null,
      project: "tiny",
      group: "g",
      jobType: null,
      displayName: "act r1",
      tags: ["policy:act", "seed:42"],
      startedAt: 1_700_000_000,
    });
    expect(content.config).toEqual({ seed: 42, policy: { type: "act" } });
    expect(content.steps).toEqual([0, 50]);
    expect(content.curve("train/loss")).toMatchObject({ steps: [0, 50], values: [2, 1.5] });
    expect(content.curve("train/lr")).toMatchObject({ steps: [50], values: [1e-5] });
    expect(content.exitCode).toBe(255);
    expect(content.losses).toEqual(intact);
  });

  it("keeps NaN and infinities as evidence, and tells null and text from numbers", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minus } = Number;
    const rows = [nan, inf, minus, "NaN", null, "high", -0, 1e-116, 5e-324];
    const file = wandbFile(rows.map((value, step) => record.history(step, { k: value })));
    const { curve, losses } = read(file);
    expect(curve("k")).toMatchObject({
      steps: [0, 1, 2, 3, 6, 7, 8],
      values: [nan, inf, minus, nan, -0, 1e-116, 5e-324],
    });
    expect(losses).toEqual({ ...intact, notNumbers: 2 });
  });

  it("names wanted keys that were logged without one number", () => {
    const rows = [record.history(0, { a: "x", b: null, c: "y", d: 1 }), record.history(1, { b: 2, c: {} })];
    expect(read(wandbFile(rows), (key) => key !== "c").unread).toEqual(["a"]);
  });

  it("flattens nested keys and nested values, and leaves unwanted keys alone", () => {
    const file = wandbFile([
      record.nestedHistory(1, [
        [["eval", "l1"], 0.5],
        [["deep"], { inner: { a: 1, b: "NaN" }, picture: [1, 2] }],
        [["noise"], 7],
      ]),
    ]);
    const { points } = read(file, (key) => key !== "noise");
    expect(Object.fromEntries(points.map(({ key, values }) => [key, values]))).toEqual({
      "eval.l1": [0.5],
      "deep.inner.a": [1],
      "deep.inner.b": [Number.NaN],
    });
  });

  it("leaves out rows without a step, and counts them", () => {
    const { steps, losses } = read(wandbFile([record.history(null, { k: 1 }), record.history(3, { k: 2 })]));
    expect(steps).toEqual([3]);
    expect(losses.rowsWithoutStep).toBe(1);
  });

  it("reads every double exactly as it was written", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 30 }), (values) => {
        const file = wandbFile(values.map((value, step) => record.history(step, { k: value })));
        expect(read(file).curve("k")?.values).toEqual(values);
      }),
    );
  });

  it("survives any flipped bit: no crash, all other rows, and the loss is counted", () => {
    const rows = Array.from({ length: 90 }, (_, step) => ({
      a: step / 7,
      b: -step,
      filler: "x".repeat(1000),
    }));
    const file = wandbFile([record.run({ id: "r" }), ...rows.map((row, step) => record.history(step, row))]);
    expect(file.length).toBeGreaterThan(2 * 32_768);
    const whole = read(file).steps.length;
    fc.assert(
      fc.property(fc.nat(file.length * 8 - 1), (bit) => {
        const broken = Buffer.from(file);
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const { steps, curve, losses, run } = read(broken);
        const lost = whole - steps.length + (run ? 0 : 1);
        expect(lost).toBeLessThanOrEqual(1);
        expect(curve("a")?.values).toEqual(steps.map((step) => step / 7));
        if (lost > 0) expect(losses.damaged + losses.lostRecords + losses.tail).toBeGreaterThan(0);
        else expect(losses.badHeader || losses.damaged > 0 || isPadding(broken, bit)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it("says how many records are missing when a whole block is gone", () => {
    const file = wandbFile(
      Array.from({ length: 120 }, (_, step) => record.history(step, { a: 1, filler: "x".repeat(1000) })),
    );
    const before = read(file).steps.length;
    file.fill(0xee, 32_768, 65_536);
    const { steps, losses } = read(file);
    expect(steps.length).toBeGreaterThan(80);
    expect(losses.lostRecords).toBe(before - steps.length);
    expect(losses.damaged).toBeGreaterThanOrEqual(1);
  });

  it("does not crash on records whose checksum is right and whose content is not", () => {
    const junk = fc.uint8Array({ maxLength: 60 }).map((bytes) => [[2, Buffer.from(bytes)] as const]);
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 6 }), (records) => {
        const { steps } = read(
          wandbFile([...records.map((fields) => [...fields]), record.history(9, { k: 1 })]),
        );
        expect(steps.at(-1)).toBe(9);
      }),
    );
  });
});

/** Bits between the last chunk of a block and its end mean nothing. */
function isPadding(file: Buffer, bit: number): boolean {
  return 32_768 - ((bit >> 3) % 32_768) <= 7 || file.length === 0;
}

describe("a file on disk", () => {
  const folder = () => mkdtemp(join(tmpdir(), "autoloop-wandb-"));

  it("is followed while it is written", async () => {
    const path = join(await folder(), "run-x.wandb");
    const file = wandbFile(Array.from({ length: 50 }, (_, step) => record.history(step, { k: step })));
    await writeFile(path, file.subarray(0, 7));
    const follower = followWandbFile({ path, wants: everything });
    expect((await follower.readOn()).steps).toEqual([]);
    await appendFile(path, file.subarray(7, 700));
    const partly = await follower.readOn();
    expect(partly.steps.length).toBeGreaterThan(3);
    expect(partly.losses.tail).toBeGreaterThan(0);
    await appendFile(path, file.subarray(700));
    const whole = await follower.readOn();
    expect(whole.steps).toHaveLength(50);
    expect(whole.losses).toEqual(intact);
  });

  it("of another kind is refused by name", async () => {
    const path = join(await folder(), "notes.wandb");
    await writeFile(path, "these are notes, not records");
    await expect(readWandbFile({ path, wants: everything })).rejects.toMatchObject({ code: "runs.bad-file" });
    await expect(readWandbFile({ path, wants: everything })).rejects.toThrow(
      /notes\.wandb is not a \.wandb file/,
    );
  });

  it("that is missing is named", async () => {
    await expect(readWandbFile({ path: "/nowhere/x.wandb", wants: everything })).rejects.toMatchObject({
      code: "runs.bad-file",
    });
  });
});
