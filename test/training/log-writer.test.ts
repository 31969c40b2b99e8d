import { describe, expect, it } from "vitest";
import { sharedBeat } from "../../src/training/beat.ts";
import type { LogFile } from "../../src/training/log-file.ts";
import { logWriter } from "../../src/training/log-writer.ts";
import type { Clock } from "../../src/training/ports.ts";

/** A clock whose sleepers wake when the test says so, or when their signal aborts. */
function stoppedClock(): { clock: Clock; sleeping: () => number; wake: () => Promise<void> } {
  const sleepers = new Set<() => void>();
  return {
    clock: {
      now: () => 0,
      steady: () => 0,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          const end = (): void => {
            sleepers.delete(end);
            resolve();
          };
          sleepers.add(end);
          signal?.addEventListener("abort", end, { once: true });
        }),
    },
    sleeping: () => sleepers.size,
    wake: async () => {
      for (const end of [...sleepers]) end();
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}

/** Remembers what was written, a string for each time. */
function paper(write: (text: string) => Promise<void> = async () => undefined) {
  const written: string[] = [];
  const log: LogFile = {
    write: async (chunk) => {
      await write(Buffer.from(chunk).toString());
      written.push(Buffer.from(chunk).toString());
    },
    close: async () => undefined,
  };
  return { log, written };
}

function writerOn(log: LogFile) {
  const time = stoppedClock();
  const atNextBeat = sharedBeat({ clock: time.clock, everyMs: 1_000 });
  const heard: string[] = [];
  const writer = logWriter({
    log,
    atNextBeat,
    onNote: (note) => heard.push(note),
    onFull: (line) => heard.push(`full: ${line}`),
  });
  return { ...time, writer, heard, atNextBeat };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("logWriter", () => {
  it("writes together what came since the last beat, and wakes nobody while nothing comes", async () => {
    const { log, written } = paper();
    const { writer, wake, sleeping } = writerOn(log);
    expect(sleeping()).toBe(0);
    for (const text of ["one\n", "tw", "o\n"]) expect(writer.add(bytes(text))).toBeNull();
    expect([written, sleeping()]).toEqual([[], 1]);
    await wake();
    expect([written, sleeping()]).toEqual([["one\ntwo\n"], 0]);
    writer.add(bytes("three\n"));
    await wake();
    expect(written).toEqual(["one\ntwo\n", "three\n"]);
  });

  it("makes the reader wait for the disk when much has come", async () => {
    let release: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { log, written } = paper(() => slow);
    const { writer } = writerOn(log);
    writer.add(bytes("a"));
    let waited = false;
    const wait = writer.add(bytes("b".repeat(100_000)))?.then(() => {
      waited = true;
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(waited).toBe(false);
    release();
    await wait;
    expect(written.map((text) => text.length)).toEqual([100_001]);
  });

  it("has everything in the file after a flush, in its order, and leaves no timer", async () => {
    const { log, written } = paper();
    const { writer, sleeping } = writerOn(log);
    writer.add(bytes("one\n"));
    void writer.flush();
    writer.add(bytes("two\n"));
    await writer.flush();
    expect([written, sleeping()]).toEqual([["one\n", "two\n"], 0]);
  });

  it("tells once that the disk is full, and then takes nothing more", async () => {
    const { log } = paper(async () => {
      throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    });
    const { writer, heard, sleeping } = writerOn(log);
    writer.add(bytes("one\n"));
    await writer.flush();
    expect(writer.add(bytes("two\n"))).toBeNull();
    await writer.flush();
    expect(heard).toEqual([
      "The log cannot be written any more: ENOSPC: no space left",
      "full: ENOSPC: no space left",
    ]);
    expect(sleeping()).toBe(0);
  });
});

describe("sharedBeat", () => {
  it("has one timer for all who wait, and none when all have left", async () => {
    const { atNextBeat, sleeping, wake } = writerOn(paper().log);
    const done: string[] = [];
    const leave = ["a", "b"].map((name) => atNextBeat(() => void done.push(name)));
    expect(sleeping()).toBe(1);
    leave[0]?.();
    await wake();
    expect([done, sleeping()]).toEqual([["b"], 0]);
    atNextBeat(() => void done.push("c"))();
    expect([done, sleeping()]).toEqual([["b"], 0]);
  });
});
