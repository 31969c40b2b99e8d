/** Trainings whose plan is dead, end to end: with the live tap's rows, and with the file that the SDK writes. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { liveFileRows } from "../../src/runs/live-file.ts";
import { launchTrials } from "../../src/training/launch.ts";
import type { TrainerTap } from "../../src/training/tap/trainer-tap.ts";
import { watchOt } from "../../src/training/watchdog/ot.ts";
import { guardByRows } from "../../src/training/watchdog/row-guard.ts";
import { exampleConfig } from "../judgement/example-run.ts";
import { record, wandbFile } from "../wire/wandb-writer.ts";
import { scene } from "./launch-scene.ts";
import { realClock, realPorts, until } from "./real-ports.ts";
import { trialJob } from "./trial-jobs.ts";

const MASS = "train/ot_pi_sum";
const limits = { at: 500, points: 10, dead: 1e-6, live: 1e-3, brokenShare: 0.5 };
const job = trialJob({ config: exampleConfig() });
const steps = Array.from({ length: 12 }, (_, index) => (index + 1) * 50);
const watch = () => {
  const made = watchOt(job.config, limits);
  if (!made) throw new Error("nothing to watch");
  return made;
};
const DEAD = {
  outcome: "stopped",
  reason: "ot-dead",
  signal: "SIGINT",
  evidence: { step: 500, median_pi_sum: 1e-9, readings: 10 },
};

describe("a dead plan", () => {
  it("is stopped by the rows of the tap", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    let show: Parameters<TrainerTap["rows"]>[1] = () => undefined;
    const tap: TrainerTap = {
      environment: () => ({}),
      requestStop: () => true,
      rows: (_, listener) => {
        show = listener;
        return () => undefined;
      },
      pageOf: () => null,
      knowsRuns: true,
    };
    const { outcomes } = await launchTrials({
      jobs: [job],
      settings: at.settings,
      ports: { ...realPorts(at.environment), tap },
      hooks: {
        watchesOf: () => [watch()],
        // The trainer can be interrupted once it has logged a step.
        onProgress: () => {
          for (const [line, step] of steps.entries())
            show({ runId: job.runId, line, step, values: new Map([[MASS, 1e-9]]) });
        },
      },
      signal: new AbortController().signal,
    });
    expect(outcomes).toMatchObject([DEAD]);
  });

  it("is stopped by what the SDK writes, where there is no tap", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    let logged = false;
    const { outcomes } = await at.launch({
      jobs: [job],
      hooks: {
        onProgress: () => {
          logged = true;
        },
        guardsOf: (_, { outputDir }) => [
          guardByRows({
            watch: watch(),
            read: liveFileRows({ folder: join(outputDir, "wandb"), keys: [MASS] }),
            everyMs: 20,
            clock: realClock,
            onNote: () => undefined,
          }),
          async () => {
            await until("it logs", () => logged);
            const folder = join(outputDir, "wandb", "offline-run-20260102_030405-a123456789");
            await mkdir(folder, { recursive: true });
            const rows = steps.map((step) => record.history(step, { [MASS]: 1e-9 }));
            await writeFile(join(folder, "run-a123456789.wandb"), wandbFile([record.header(), ...rows]));
            return null;
          },
        ],
      },
    });
    expect(outcomes).toMatchObject([DEAD]);
  });
});
