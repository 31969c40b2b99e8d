import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { openAttempts, writeAttempt } from "../../src/training/attempt-record.ts";
import { lockAttempt, type ReapOptions, reapOrphans } from "../../src/training/orphans.ts";
import { type ProcessIdentity, systemProcessTable } from "../../src/training/process-table.ts";
import { ATTEMPT } from "./attempt-records.ts";
import { QUICK, realClock, scratch, until } from "./real-ports.ts";

const table = systemProcessTable();
const EARLIER = { boot: "00000000-0000-0000-0000-000000000000" };
const ELSEWHERE = { ...EARLIER, machine: "box2 5eed" };

function reaping(stateDir: string, self: Partial<ProcessIdentity> = {}): ReapOptions {
  return {
    stateDir,
    ladder: QUICK.ladders.gentle,
    processes: { ...table, self: async () => ({ ...(await table.self()), ...self }) },
    clock: realClock,
    clean: (text) => text,
  };
}

/** An attempt whose launcher is that process, and the file of its lock. */
async function attemptOf(launcher: Partial<ProcessIdentity>) {
  const stateDir = scratch(onTestFinished);
  await writeAttempt(stateDir, { ...ATTEMPT, state: "running", log: join(stateDir, "log") });
  const lock = await lockAttempt(ATTEMPT, reaping(stateDir, launcher));
  if (!lock) throw new Error("the lock should have been free");
  onTestFinished(lock.release);
  return { stateDir, file: join(stateDir, "locks", "0001a-s42-1.00000001.lease") };
}

describe("an attempt in a state folder that several machines share", () => {
  it("is left alone as long as the heart of its launcher beats on another machine", async () => {
    const { stateDir, file } = await attemptOf(ELSEWHERE);
    expect(await reapOrphans(reaping(stateDir))).toEqual([]);
    expect(await openAttempts(stateDir)).toHaveLength(1);
    utimesSync(file, 1, 1);
    expect(await reapOrphans(reaping(stateDir))).toMatchObject([{ reason: "launcher-lost" }]);
    expect(await openAttempts(stateDir)).toEqual([]);
  });

  it("is ended at once when its machine was booted since", async () => {
    const { stateDir } = await attemptOf(EARLIER);
    expect(await reapOrphans(reaping(stateDir))).toMatchObject([{ reason: "launcher-lost" }]);
  });
});

describe("the lock of an attempt", () => {
  it("is renewed until it is released, also after a beat that failed", async () => {
    const stateDir = scratch(onTestFinished);
    const beats: number[] = [];
    const notes: string[] = [];
    // A minute is a moment here, and the second beat has no time to write.
    const clock: ReapOptions["clock"] = {
      ...realClock,
      now: () => (beats.length === 2 ? Number.NaN : Date.now()),
      sleep: (ms, signal) => {
        beats.push(ms);
        return sleep(5, undefined, signal ? { signal } : {}).catch(() => undefined);
      },
    };
    const onNote = (note: string) => void notes.push(note);
    const lock = await lockAttempt(ATTEMPT, { ...reaping(stateDir), clock, onNote });
    const file = join(stateDir, "locks", "0001a-s42-1.00000001.lease");
    await until("a beat has failed", () => notes.length > 0);
    utimesSync(file, 1, 1);
    await until("it is renewed", () => statSync(file).mtimeMs > 1_000);
    await lock?.release();
    expect(new Set(beats)).toEqual(new Set([60_000]));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain("The lock of 0001a-s42-1 cannot be renewed");
  });
});
