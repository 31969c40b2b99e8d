import { describe, expect, it } from "vitest";
import { digestBuilder } from "../../src/training/digest.ts";
import { type Ending, judgeEnding } from "../../src/training/ending.ts";
import type { StopRequest } from "../../src/training/stop.ts";
import { watchDeviceFallback, watchNonFinite } from "../../src/training/watch.ts";
import { readTrainerLog } from "../../src/wire/trainer-log.ts";

const at = (message: string) => `INFO 2026-01-02 03:04:05 t_train.py:1113 ${message}`;
const STEP = at(
  "step:50 smpl:400 ep:7 epch:0.67 loss:9.037 grdn:68.834 lr:3.0e-04 updt_s:0.018 data_s:0.023",
);
const NAN_STEP = STEP.replace("9.037", "nan");
const NAN_ERROR = "ERROR 2026-01-02 03:04:05 ot_train.py:231 Non-finite loss detected: tensor(nan)";
const FALLBACK = "WARNING:root:Device 'cuda' is not available. Switching to 'cpu'.";
const END = at("End of training");
const BY_HAND: StopRequest = {
  outcome: "stopped",
  reason: "by-hand",
  evidence: { by: "lab" },
  urgent: false,
};

function judge(lines: readonly string[], given: { exit?: number; signal?: string } & Partial<Ending> = {}) {
  const { exit = null, signal = null, ...rest } = given;
  const digest = digestBuilder();
  for (const event of readTrainerLog(lines.join("\n"), { logFreq: 50 })) digest.add(event);
  return judgeEnding({
    end: { kind: "exited", exit, signal },
    stop: null,
    digest: digest.read(),
    device: { kind: "gpu" },
    tail: lines,
    ...rest,
  });
}

describe("judgeEnding", () => {
  it("a trainer that hangs after it ran out of memory failed by that, not by its silence", () => {
    const stop: StopRequest = {
      outcome: "failed",
      reason: "stalled",
      evidence: { silent_seconds: 1800 },
      urgent: false,
    };
    const line = "torch.OutOfMemoryError: CUDA out of memory.";
    expect(judge([STEP, line], { signal: "SIGTERM", stop })).toEqual({
      outcome: "failed",
      reason: "out-of-memory",
      evidence: { silent_seconds: 1800, line },
    });
    expect(judge([STEP], { signal: "SIGTERM", stop }).reason).toBe("stalled");
  });

  it("exit 0 after training is finished", () => {
    expect(judge([STEP, END], { exit: 0 })).toEqual({ outcome: "finished", reason: null, evidence: {} });
  });

  it("exit 0 without having trained is a failure", () => {
    expect(judge([END], { exit: 0 })).toMatchObject({ outcome: "failed", reason: "trained-nothing" });
  });

  it("exit 0 with a checkpoint is finished, although so few steps were never logged", () => {
    expect(judge([at("Checkpoint policy after step 20"), END], { exit: 0 }).outcome).toBe("finished");
  });

  it.each([
    ["a line about it", NAN_ERROR, { after_step: 50, line: NAN_ERROR }],
    ["a step line", NAN_STEP, { step: 50, line: "step 50: loss is NaN" }],
    [
      "an eval",
      at("Offline eval: avg_loss=inf, avg_l1=0.1 over 8 batches"),
      { step: 0, line: "eval 0: avgLoss is Infinity" },
    ],
  ])("exit 0 with a non-finite value in %s is invalid", (_, line, evidence) => {
    const lines = line === NAN_STEP ? [line, END] : [STEP, line, END];
    expect(judge(lines, { exit: 0 })).toEqual({ outcome: "invalid", reason: "non-finite", evidence });
  });

  it("a GPU trial that trained on the CPU failed; on a CPU slot it finished", () => {
    const lines = [FALLBACK, STEP, END];
    expect(judge(lines, { exit: 0 })).toMatchObject({ outcome: "failed", reason: "device-fallback" });
    expect(judge(lines, { exit: 0, device: { kind: "cpu" } }).outcome).toBe("finished");
  });

  it.each([
    ["torch.OutOfMemoryError: CUDA out of memory.", "out-of-memory"],
    ["draccus.utils.DecodingError: `x`: no", "config-refused"],
    ["FileExistsError: Output directory /x already exists", "output-exists"],
    ["wandb.errors.errors.CommError: Timed out", "wandb-error"],
    ["ZeroDivisionError: integer modulo by zero", "exit"],
  ])("exit 1 after %s", (line, reason) => {
    expect(judge(["Traceback (most recent call last):", line, "wandb: bye"], { exit: 1 })).toEqual({
      outcome: "failed",
      reason,
      evidence: { exit: 1, line },
    });
  });

  it("a signal that was not ours interrupted it", () => {
    expect(judge([STEP], { signal: "SIGKILL" })).toMatchObject({
      outcome: "interrupted",
      reason: "signal",
      evidence: { signal: "SIGKILL" },
    });
  });

  it("our stop is what its request says, however the process took it", () => {
    const wanted = { outcome: "stopped", reason: "by-hand", evidence: { by: "lab" } };
    expect(judge([STEP], { signal: "SIGINT", stop: BY_HAND })).toEqual(wanted);
    expect(judge([STEP], { exit: 1, stop: BY_HAND })).toEqual(wanted);
    expect(judge([STEP], { exit: 0, stop: BY_HAND })).toEqual(wanted);
  });

  it("a stop that came after the end of training changes nothing", () => {
    expect(judge([STEP, END], { exit: 0, stop: BY_HAND }).outcome).toBe("finished");
  });

  it("what could not be started, or not be ended, failed", () => {
    expect(judge([], { end: { kind: "not-started", why: "spawn python ENOENT" } })).toEqual({
      outcome: "failed",
      reason: "cannot-start",
      evidence: { line: "spawn python ENOENT" },
    });
    expect(judge([STEP], { end: { kind: "stuck" }, stop: BY_HAND })).toMatchObject({
      outcome: "failed",
      reason: "stuck",
      evidence: { asked: "by-hand" },
    });
  });
});

describe("watches", () => {
  const first = (lines: readonly string[], watch: typeof watchNonFinite) =>
    readTrainerLog(lines.join("\n"), { logFreq: 50 })
      .map(watch)
      .find((request) => request !== null);

  it("ask to stop at the first non-finite value", () => {
    expect(first([STEP, NAN_ERROR], watchNonFinite)).toMatchObject({
      outcome: "invalid",
      reason: "non-finite",
    });
    expect(first([STEP, END], watchNonFinite)).toBeUndefined();
  });

  it("ask to stop when the GPU is not used", () => {
    expect(first([FALLBACK], watchDeviceFallback)).toMatchObject({
      outcome: "failed",
      reason: "device-fallback",
    });
  });
});
