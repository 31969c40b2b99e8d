import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { followLog } from "../../../src/training/executors/log-follower.ts";
import { scratch } from "../real-ports.ts";

function bench() {
  const path = join(scratch(onTestFinished), "trainer.log");
  const lines: string[] = [];
  let now = 1_000;
  const clock = { now: () => now, steady: () => now, sleep: async () => undefined };
  const log = followLog({ path, clock, onLine: (line) => lines.push(line) });
  return { path, lines, log, at: (time: number) => (now = time) };
}

describe("a log that grows elsewhere", () => {
  it("need not be there yet", async () => {
    const { log, lines } = bench();
    await log.read();
    await log.close();
    expect(lines).toEqual([]);
  });

  it("is read from its first line, each line once and whole", async () => {
    const { path, lines, log } = bench();
    writeFileSync(path, "one\ntw");
    await log.read();
    expect(lines).toEqual(["one"]);
    appendFileSync(path, "o\nthree");
    await log.read();
    await log.read();
    expect(lines).toEqual(["one", "two"]);
    await log.close();
    expect(lines).toEqual(["one", "two", "three"]);
  });

  it("may be cut within a character", async () => {
    const { path, lines, log } = bench();
    const bytes = Buffer.from("loss → 0.1\n");
    writeFileSync(path, bytes.subarray(0, 6));
    await log.read();
    appendFileSync(path, bytes.subarray(6));
    await log.read();
    expect(lines).toEqual(["loss → 0.1"]);
  });

  it("longer than one reading is read to its end when it is closed", async () => {
    const { path, lines, log } = bench();
    writeFileSync(path, `${"x".repeat(99)}\n`.repeat(300_000));
    await log.read();
    expect(lines.length).toBeLessThan(300_000);
    await log.close();
    expect(lines).toHaveLength(300_000);
  });

  it("tells when it last grew", async () => {
    const { path, log, at } = bench();
    expect(log.lastGrowth()).toBe(1_000);
    at(2_000);
    await log.read();
    expect(log.lastGrowth()).toBe(1_000);
    writeFileSync(path, "one\n");
    await log.read();
    at(3_000);
    await log.read();
    expect(log.lastGrowth()).toBe(2_000);
  });
});
