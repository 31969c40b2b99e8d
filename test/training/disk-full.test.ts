import { describe, expect, it, onTestFinished } from "vitest";
import type { LogFile } from "../../src/training/log-file.ts";
import { supervise } from "../../src/training/supervisor.ts";
import { fakeTrainer } from "./fake-trainers.ts";
import { QUICK, realPorts, scratch } from "./real-ports.ts";

/** A log on a disk that is full from the second chunk on. */
function fullDisk(): LogFile {
  let chunks = 0;
  return {
    write: async () => {
      chunks += 1;
      if (chunks > 1) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    },
    close: async () => undefined,
  };
}

async function train(stopOnFullDisk: boolean) {
  const folder = scratch(onTestFinished);
  const [file = "", ...leading] = fakeTrainer(folder, "nan");
  const notes: string[] = [];
  const supervised = await supervise({
    ...realPorts({}),
    file,
    args: [...leading, "--steps=1000", "--log_freq=50", `--output_dir=${folder}/out`],
    cwd: folder,
    env: { FAKE_PACE: "10" },
    log: fullDisk(),
    atNextBeat: (work) => {
      queueMicrotask(work);
      return () => undefined;
    },
    grid: { logFreq: 50 },
    watches: [],
    guards: [],
    ladders: QUICK.ladders,
    stopOnFullDisk,
    tap: null,
    signal: new AbortController().signal,
    onStarted: async () => undefined,
    onEvent: () => undefined,
    onLine: () => undefined,
    onNote: (note) => notes.push(note),
  });
  return { ...supervised, notes };
}

describe("a full disk under the log", () => {
  it("stops the training before its checkpoints do not fit", async () => {
    const { stop, end, notes } = await train(true);
    expect(stop).toEqual({
      outcome: "failed",
      reason: "disk-full",
      evidence: { line: "ENOSPC: no space left on device" },
      urgent: false,
    });
    expect(end).toEqual({ kind: "exited", exit: null, signal: "SIGINT" });
    expect(notes).toHaveLength(1);
  });

  it("only ends the log where that is wanted", async () => {
    const { stop, end, digest } = await train(false);
    expect([stop, end, digest.ended]).toEqual([null, { kind: "exited", exit: 0, signal: null }, true]);
  });
});
