import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type AttemptRecord, writeAttempt } from "../../src/training/attempt-record.ts";
import { removeCheckpoints, storedCheckpoints } from "../../src/training/checkpoint-store.ts";
import { ATTEMPT as RECORD } from "./attempt-records.ts";
import { scratch } from "./real-ports.ts";

/** A state folder with one attempt in `outputs/train/day/<name>` and 10 kB of weights. */
async function box(given: Partial<AttemptRecord> = {}) {
  const stateDir = scratch(onTestFinished);
  const output = join(stateDir, "outputs/train/day/trial-a1");
  mkdirSync(join(output, "checkpoints/000100"), { recursive: true });
  writeFileSync(join(output, "checkpoints/000100/model"), "x".repeat(10_000));
  symlinkSync("000100", join(output, "checkpoints/last"));
  mkdirSync(join(output, "wandb"));
  await writeAttempt(stateDir, { ...RECORD, output_dir: output, ...given });
  return { stateDir, output };
}

/** What of the state folder's outputs is listed. */
const listed = async (stateDir: string) => (await storedCheckpoints(stateDir)).map(({ path }) => path);

describe("storedCheckpoints", () => {
  it("knows size, trial and every attempt that trained there", async () => {
    const { stateDir, output } = await box();
    await writeAttempt(stateDir, { ...RECORD, attempt: 2, output_dir: output });
    const [stored, ...others] = await storedCheckpoints(stateDir);
    expect(others).toEqual([]);
    expect(stored).toMatchObject({
      path: join(output, "checkpoints"),
      trial: "0001a-s42",
      attempts: [1, 2],
      running: false,
    });
    expect(stored?.bytes).toBeGreaterThanOrEqual(10_000);
    expect(stored?.bytes).toBeLessThan(100_000);
  });

  it("lists nothing that no attempt wrote, lies elsewhere or is reached by a link", async () => {
    const { stateDir, output } = await box();
    const elsewhere = scratch(onTestFinished);
    mkdirSync(join(elsewhere, "checkpoints"));
    mkdirSync(join(stateDir, "outputs/train/day/nobody/checkpoints"), { recursive: true });
    const linked = join(dirname(output), "linked");
    symlinkSync(elsewhere, linked);
    const inner = join(dirname(output), "inner");
    mkdirSync(inner);
    symlinkSync(join(output, "checkpoints"), join(inner, "checkpoints"));
    const wrong = [
      elsewhere,
      linked,
      inner,
      join(stateDir, "outputs/../x"),
      join(stateDir, "outputs"),
      "relative",
    ];
    for (const [index, output_dir] of wrong.entries())
      await writeAttempt(stateDir, { ...RECORD, attempt: 10 + index, output_dir });
    expect(await listed(stateDir)).toEqual([join(output, "checkpoints")]);
  });

  it("stops at a record that it cannot read: it may be that of a running trainer", async () => {
    const { stateDir } = await box();
    writeFileSync(join(stateDir, "attempts/0001a-s42-9.json"), "{");
    await expect(storedCheckpoints(stateDir)).rejects.toMatchObject({ code: "training.attempt-record" });
  });
});

describe("removeCheckpoints", () => {
  it("takes the checkpoints and nothing else", async () => {
    const { stateDir, output } = await box();
    const [stored] = await storedCheckpoints(stateDir);
    expect(stored && (await removeCheckpoints(stored, stateDir))).toBe(true);
    expect(readdirSync(output)).toEqual(["wandb"]);
    expect(await listed(stateDir)).toEqual([]);
  });

  it("leaves what began to train since it was listed", async () => {
    const { stateDir, output } = await box();
    const [stored] = await storedCheckpoints(stateDir);
    await writeAttempt(stateDir, { ...RECORD, attempt: 2, state: "starting", output_dir: output });
    expect(stored && (await removeCheckpoints(stored, stateDir))).toBe(false);
    expect(existsSync(join(output, "checkpoints/000100/model"))).toBe(true);
    expect(await storedCheckpoints(stateDir)).toMatchObject([{ running: true }]);
  });

  it("finds again what a removal that was killed left behind", async () => {
    const { stateDir, output } = await box();
    mkdirSync(join(output, ".checkpoints-removed-x/000100"), { recursive: true });
    for (const stored of await storedCheckpoints(stateDir)) await removeCheckpoints(stored, stateDir);
    expect(readdirSync(output)).toEqual(["wandb"]);
  });

  it("does not follow a link that took the folder's place", async () => {
    const { stateDir, output } = await box();
    const [stored] = await storedCheckpoints(stateDir);
    const precious = scratch(onTestFinished);
    mkdirSync(join(precious, "checkpoints"));
    renameSync(output, `${output}-moved`);
    symlinkSync(precious, output);
    expect(stored && (await removeCheckpoints(stored, stateDir))).toBe(false);
    expect(existsSync(join(precious, "checkpoints"))).toBe(true);
  });
});
