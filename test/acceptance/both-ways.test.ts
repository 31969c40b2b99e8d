import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedWandb, startWandb } from "../../src/embedded/wandb/server.ts";
import { AnalysisDocument } from "../../src/report/documents.ts";
import { createBox, type TrainerBox } from "../embedded/trainer/spawned-trainer.ts";
import { autoloop } from "./programs.ts";

const KEY = "k".repeat(40);

let box: TrainerBox;
let wandb: EmbeddedWandb;
let repo = "";
beforeAll(async () => {
  repo = await mkdtemp(join(tmpdir(), "autoloop-repo-"));
  [box, wandb] = await Promise.all([createBox(), startWandb({ apiKeys: [KEY] })]);
});
afterAll(async () => {
  await wandb.close();
  box.remove();
  await rm(repo, { recursive: true, force: true });
});

const online = () => ({ WANDB_BASE_URL: wandb.url, WANDB_API_KEY: KEY });

/** Trains online: every row lands in the `.wandb` file and at W&B. */
async function train(name: string, env: Record<string, string> = {}) {
  const args = ["--steps=600", "--log_freq=20", "--eval_freq=100", "--save_checkpoint=false"];
  const names = [
    `--output_dir=outputs/train/${name}`,
    `--job_name=${name}`,
    `--wandb.run_id=a00000000${name}`,
  ];
  const config = box.config(name, ({ wandb }) => Object.assign(wandb, { mode: "online", project: "tiny" }));
  const { code, stderr } = await box.start([config, ...args, ...names], { ...online(), ...env }).ended;
  expect(stderr).toMatch(/End of training/);
  return code;
}

async function analysed(source: string, args: readonly string[] = []) {
  const given = ["analyze", "--json", "--repo", repo, "--source", source, ...args];
  const { exit, stdout, stderr } = await autoloop(given, { env: online() });
  expect(stderr).toBe("");
  expect(exit).toBe(0);
  return AnalysisDocument.parse(JSON.parse(stdout));
}

describe("the same runs read from W&B and from their files", () => {
  it("have the same curves, findings and actions, NaN included", async () => {
    expect(await train("1")).toBe(0);
    await train("2", { TINY_NAN_AT: "300" });
    const cloud = await analysed("wandb", ["--entity", "me", "--project", "tiny"]);
    const files = await analysed("files", ["--dir", join(box.folder, "outputs")]);
    expect(cloud.runs).toHaveLength(2);
    expect(cloud.runs[0]?.findings).not.toEqual([]);
    expect(cloud.runs[1]?.findings.map(({ code }) => code)).toContain("non-finite");
    expect(files.runs.map((run) => ({ ...run, url: null }))).toEqual(
      cloud.runs.map((run) => ({ ...run, url: null })),
    );
    expect([cloud.warnings, files.warnings]).toEqual([[], []]);
  });
});
