import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attemptProgress } from "../../src/training/attempt-progress.ts";
import { type AttemptRecord, writeAttempt } from "../../src/training/attempt-record.ts";
import { ATTEMPT } from "./attempt-records.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "autoloop-progress-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const at = (line: string) => `INFO 2026-01-02 03:04:05 t_train.py:1113 ${line}`;
const stepLine = (step: string) =>
  at(`step:${step} smpl:800 ep:13 epch:1.33 loss:0.77 grdn:17.2 lr:3.0e-04 updt_s:0.019 data_s:0.017`);
const evalLines = (step: number, l1: string) => [
  at(`Offline eval (no env) at step ${step} on hold-out episodes`),
  at(`Offline eval: avg_loss=0.5, avg_l1=${l1} over 3 batches`),
];

async function running(lines: readonly string[], change: Partial<AttemptRecord> = {}): Promise<void> {
  const log = join(dir, "trainer.log");
  await writeFile(log, lines.map((line) => `${line}\n`).join(""));
  await writeAttempt(dir, { ...ATTEMPT, state: "running", device: "GPU-1", log, ...change });
}

describe("attemptProgress", () => {
  it("is nothing on a machine that never trained", async () => {
    expect(await attemptProgress(join(dir, "nowhere"))).toEqual([]);
  });

  it("is the last step and the last eval of each attempt that has not ended", async () => {
    await running([stepLine("50"), stepLine("100"), ...evalLines(100, "0.412"), stepLine("150")]);
    await writeAttempt(dir, { ...ATTEMPT, trial: "0001b-s42", state: "ended" });
    expect(await attemptProgress(dir)).toEqual([
      { trial: "0001a-s42", attempt: 1, device: "GPU-1", step: 150, evalL1: 0.412 },
    ]);
  });

  it("has no numbers where the log has none: not there yet, no file, an eval that is no number", async () => {
    await running(evalLines(100, "nan"));
    expect(await attemptProgress(dir)).toMatchObject([{ step: 100, evalL1: null }]);
    await mkdir(join(dir, "folder"));
    for (const log of ["nothing.log", "folder"]) {
      await running([], { log: join(dir, log) });
      expect(await attemptProgress(dir)).toMatchObject([{ step: null, evalL1: null }]);
    }
  });
});
