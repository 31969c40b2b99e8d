import { describe, expect, it } from "vitest";
import { digestBuilder } from "../../../src/training/digest.ts";
import type { JobState } from "../../../src/training/executors/executor.ts";
import type { JobReport } from "../../../src/training/executors/job-folder.ts";
import { asksForState, judgeRemoteEnding } from "../../../src/training/executors/remote-ending.ts";
import type { StopRequest } from "../../../src/training/stop.ts";
import { readTrainerLog } from "../../../src/wire/trainer-log.ts";

const STEP =
  "INFO 2026-01-02 03:04:05 t_train.py:1113 step:50 smpl:1 ep:1 epch:0.10 loss:1.000 grdn:1.000 lr:1.0e-05 updt_s:0.018 data_s:0.023";
const END = "INFO 2026-01-02 03:04:05 t_train.py:1263 End of training";
const FALLBACK = "WARNING:root:Device 'cuda' is not available. Switching to 'cpu'.";
const OURS: StopRequest = { outcome: "stopped", reason: "hopeless", evidence: { step: 600 }, urgent: false };

type Ended = NonNullable<JobReport["ended"]>;

function judge(given: {
  ended?: Partial<Ended> | null;
  word?: string | "absent" | "silent";
  stop?: StopRequest;
  lines?: readonly string[];
  gpu?: boolean;
}) {
  const { word = "silent", lines = [STEP], stop = null, gpu = false } = given;
  const digest = digestBuilder();
  for (const event of readTrainerLog(lines.join("\n"), { logFreq: 50 })) digest.add(event);
  const ended =
    given.ended === null
      ? null
      : { job: "12", exit: null, signal: null, asked: null, why: null, at: 2_000, ...given.ended };
  const state: JobState =
    word === "absent"
      ? { kind: "absent" }
      : word === "silent"
        ? { kind: "silent", why: "" }
        : { kind: word === "COMPLETED" ? "done" : "failed", word };
  const report = { started: { job: "12", node: "n1", gpus: null, at: 1_000 }, ended };
  const { outcome, reason } = judgeRemoteEnding({
    report,
    state,
    stop,
    digest: digest.read(),
    tail: lines,
    gpu,
  });
  return [outcome, reason];
}

describe("a job that reported its end", () => {
  it.each([
    [{ ended: { exit: 0 }, lines: [STEP, END] }, ["finished", null]],
    [{ ended: { exit: 1 } }, ["failed", "exit"]],
    [{ ended: { exit: 0 }, lines: [FALLBACK, STEP, END], gpu: true }, ["failed", "device-fallback"]],
    [{ ended: { exit: 0 }, lines: [FALLBACK, STEP, END], gpu: false }, ["finished", null]],
    [{ ended: { signal: "SIGKILL" }, word: "FAILED" }, ["interrupted", "signal"]],
    [{ ended: { why: "no-folder" as const } }, ["failed", "cannot-start"]],
    [{ ended: { exit: 127 }, lines: ["job.sh: exec: python: not found"] }, ["failed", "cannot-start"]],
    [{ ended: { exit: 127 }, lines: [STEP] }, ["failed", "exit"]],
  ])("%j → %j", (given, wanted) => {
    expect(judge(given)).toEqual(wanted);
  });

  it("because we asked for it is what we asked for, whatever Slurm calls it", () => {
    const ended = { signal: "SIGINT", asked: "INT" as const };
    for (const word of ["silent", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY"]) {
      expect(judge({ ended, word, stop: OURS })).toEqual(["stopped", "hopeless"]);
    }
  });

  it("and was through before any signal is finished", () => {
    const ended = { exit: 0, asked: "TERM" as const };
    expect(judge({ ended, word: "COMPLETED", lines: [STEP, END] })).toEqual(["finished", null]);
    expect(judge({ ended, word: "CANCELLED", lines: [STEP, END], stop: OURS })).toEqual(["finished", null]);
  });

  it.each([
    ["PREEMPTED", ["interrupted", "preempted"]],
    ["CANCELLED", ["interrupted", "job-cancelled"]],
    ["TIMEOUT", ["failed", "time-limit"]],
    // The notice before the limit: the job then ends by itself.
    ["FAILED", ["failed", "time-limit"]],
    ["COMPLETED", ["failed", "time-limit"]],
    ["absent", ["interrupted", "signal"]],
    ["silent", ["interrupted", "signal"]],
  ])("after SIGTERM that was not ours, Slurm says %s → %j", (word, wanted) => {
    expect(judge({ ended: { signal: "SIGINT", asked: "TERM" }, word })).toEqual(wanted);
    expect(judge({ ended: { exit: 1, asked: "TERM" }, word })).toEqual(wanted);
  });

  it("by SIGKILL was out of memory when Slurm says so", () => {
    expect(judge({ ended: { signal: "SIGKILL" }, word: "OUT_OF_MEMORY" })).toEqual([
      "failed",
      "out-of-memory",
    ]);
  });

  it("by a second start of the job is interrupted", () => {
    expect(judge({ ended: { asked: "requeue" }, word: "FAILED" })).toEqual(["interrupted", "requeued"]);
  });
});

describe("a job that never reported its end", () => {
  it.each([
    ["absent", ["interrupted", "job-lost"]],
    ["PREEMPTED", ["interrupted", "preempted"]],
    ["NODE_FAIL", ["interrupted", "node-fail"]],
    ["BOOT_FAIL", ["interrupted", "node-fail"]],
    ["CANCELLED", ["interrupted", "job-cancelled"]],
    ["TIMEOUT", ["failed", "time-limit"]],
    ["OUT_OF_MEMORY", ["failed", "out-of-memory"]],
    ["FAILED", ["failed", "no-report"]],
    ["COMPLETED", ["failed", "no-report"]],
  ])("%s → %j", (word, wanted) => {
    expect(judge({ ended: null, word })).toEqual(wanted);
    expect(judge({ ended: null, word, stop: OURS })).toEqual(["stopped", "hopeless"]);
  });
});

describe("Slurm has to be asked", () => {
  const report = (ended: Partial<Ended> | null): JobReport => ({
    started: null,
    ended: ended && { job: "12", exit: null, signal: null, asked: null, why: null, at: 0, ...ended },
  });

  it("how a job came to a signal that was not ours, and nothing else", () => {
    expect(asksForState(report({ exit: 0 }), null)).toBe(false);
    expect(asksForState(report({ exit: 1 }), null)).toBe(false);
    expect(asksForState(report({ why: "no-folder" }), null)).toBe(false);
    expect(asksForState(report(null), null)).toBe(false);
    expect(asksForState(report({ signal: "SIGKILL" }), null)).toBe(true);
    expect(asksForState(report({ exit: 0, asked: "TERM" }), null)).toBe(true);
    expect(asksForState(report({ signal: "SIGINT", asked: "INT" }), OURS)).toBe(false);
  });
});
