import { writeFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { gpuRow } from "./fake-nvidia-smi.ts";
import { scene } from "./launch-scene.ts";
import { trialJob } from "./trial-jobs.ts";

const trials = (count: number) =>
  Array.from({ length: count }, (_, seed) =>
    trialJob({ trial: `0001a-s${seed}`, seed, runId: `a00000000${seed}` }),
  );

describe("a machine that cannot train", () => {
  it("refuses everything where it can make no lease, and what was refused is not begun later", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    writeFileSync(at.settings.leaseDir, "a file, no folder");
    const { outcomes, notRun, refused } = await at.launch({ jobs: trials(2) });
    expect(refused).toContain("No lease can be created in");
    expect(outcomes.map(({ outcome, reason, evidence }) => [outcome, reason, evidence["why"]])).toEqual(
      Array(2).fill(["interrupted", "refused", refused]),
    );
    expect(notRun.map(({ trial }) => trial)).toEqual(["0001a-s0", "0001a-s1"]);
    expect(at.delivered()).toEqual(outcomes);

    const again = await at.launch({ jobs: trials(2), settings: { leaseDir: `${at.folder}/other` } });
    expect(again.outcomes).toEqual([]);
  });

  it("refuses the rest when its GPUs cannot be used any more", async () => {
    const at = scene(onTestFinished, { trainer: "fallback", gpus: [gpuRow(0)] });
    const { outcomes, refused } = await at.launch({ jobs: trials(3) });
    expect(refused).toContain("No GPU of this machine can be used any more");
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["failed", "device-fallback"],
      ["interrupted", "refused"],
      ["interrupted", "refused"],
    ]);
    expect(at.delivered()).toHaveLength(3);
  });

  it("refuses nothing where trials that asked for CUDA fail on a slot of the CPU for another reason", async () => {
    const at = scene(onTestFinished, { trainer: "keyless" });
    const { outcomes, refused } = await at.launch({ jobs: trials(2) });
    expect(refused).toBeNull();
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual(
      Array(2).fill(["failed", "wandb-error"]),
    );
  });

  it("refuses nothing that somebody had stopped before", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    writeFileSync(at.settings.leaseDir, "a file, no folder");
    let asked = 0;
    const stop = { outcome: "stopped", reason: "person", evidence: {}, urgent: true } as const;
    // Not yet when the queue asks, by the time that it has failed.
    const { outcomes } = await at.launch({ hooks: { stopOf: () => (asked++ === 0 ? null : stop) } });
    expect(outcomes).toMatchObject([{ outcome: "stopped", reason: "person" }]);
  });
});
