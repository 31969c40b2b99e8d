import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { gpuRow } from "../fake-nvidia-smi.ts";
import { fakeTrainer } from "../fake-trainers.ts";
import { type Scene, scene } from "../launch-scene.ts";
import { until, writeProgram } from "../real-ports.ts";
import { trialJob } from "../trial-jobs.ts";
import { FACTS, SERVER } from "./facts.ts";

/** A machine whose `python` answers the probe with `facts`, and else runs the fake trainer. */
function withPython(facts: object | null, given: { gpus?: readonly string[] } = {}) {
  const at = scene(onTestFinished, { trainer: "healthy", environment: { SECRET: "s3cret" }, ...given });
  const answer = facts === null ? "Segmentation fault" : `autoloop-probe ${JSON.stringify(facts)}`;
  writeFileSync(join(at.folder, "answer"), `a warning of some package\n${answer}\n`);
  writeProgram(
    join(at.folder, "bin"),
    "python",
    `#!/bin/sh
if [ "$1" = -c ]; then
  echo "$3" > '${at.folder}/asked'; pwd > '${at.folder}/cwd'; echo "$SECRET" > '${at.folder}/secret'
  cat '${at.folder}/answer'; exit
fi
exec '${process.execPath}' "$@"
`,
  );
  const [, program = ""] = fakeTrainer(join(at.folder, "trainers"), "healthy");
  const command = ["python", program, "-m", "lerobot.scripts.lerobot_train"];
  const trainer = { ...at.settings.trainer, command, preflight: true };
  const notes: string[] = [];
  const launch = (more: Parameters<Scene["launch"]>[0] = {}) =>
    at.launch({
      ...more,
      settings: { trainer, ...more.settings },
      hooks: { onNote: (text) => notes.push(text) },
    });
  return { ...at, notes, launch, asked: () => JSON.parse(readFileSync(join(at.folder, "asked"), "utf8")) };
}

const OT = { ot: { enable: true, pair_info_path: "data/pairs.json", src_root: "data/src" } };
const ONLINE = { wandb: { project: "p", mode: "online" } } as const;

describe("a launch on a machine that can train", () => {
  it("asks the trainer's own Python, in its folder and with its environment, says what it found, and trains", async () => {
    const at = withPython(FACTS);
    const { outcomes, refused } = await at.launch();
    expect(outcomes).toMatchObject([{ outcome: "finished" }]);
    expect(refused).toBeNull();
    expect(at.asked()).toEqual({
      cuda: false,
      server: null,
      module: "lerobot.scripts.lerobot_train",
      get_url: true,
    });
    expect(readFileSync(join(at.folder, "cwd"), "utf8").trim()).toBe(at.cwd);
    expect(readFileSync(join(at.folder, "secret"), "utf8")).toBe("\n");
    expect(at.notes).toEqual([
      "`trainer.cwd` is no git clone: results cannot be told apart by the trainer's version.",
      "The trainer's environment: Python 3.11.9, torch 2.7.1, wandb 0.21.4, POT 0.9.5.",
    ]);
  });

  it("asks for CUDA where GPUs are, and for W&B where the trainer talks to it", async () => {
    const at = withPython({ ...FACTS, server: SERVER }, { gpus: [gpuRow(0)] });
    const { outcomes } = await at.launch({ settings: ONLINE });
    expect(outcomes).toMatchObject([{ outcome: "finished" }]);
    expect(at.asked()).toMatchObject({ cuda: true, server: "https://api.wandb.ai" });
  });

  it("asks no program that is no Python", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    const notes: string[] = [];
    const settings = { trainer: { ...at.settings.trainer, preflight: true } };
    const { outcomes } = await at.launch({ settings, hooks: { onNote: (text) => notes.push(text) } });
    expect(outcomes).toMatchObject([{ outcome: "finished" }]);
    expect(notes).toEqual(
      expect.arrayContaining([expect.stringMatching(/^`trainer\.command` does not begin with python: /)]),
    );
  });
});

describe("a launch that could not train", () => {
  it.each<[string, object | null, RegExp]>([
    ["a broken Python", null, /^The trainer's Python does not work: exit code 0/],
    [
      "a wandb that the trainer dies of",
      { ...FACTS, wandb: "0.22.1", get_url: false },
      /^wandb 0\.22\.1 no longer/,
    ],
    [
      "no module to start",
      { ...FACTS, module: "missing" },
      /^The module lerobot\.scripts\.lerobot_train is not there/,
    ],
  ])("for %s begins nothing, and says of every claim that it never began", async (_, facts, why) => {
    const at = withPython(facts);
    const { outcomes, notRun, refused } = await at.launch();
    expect(refused).toMatch(why);
    const evidence = { why: refused };
    expect(outcomes).toMatchObject([
      { outcome: "interrupted", reason: "refused", evidence, device_seconds: 0 },
    ]);
    expect(at.delivered()).toEqual(outcomes);
    expect(notRun).toEqual([{ trial: "0001a-s42", attempt: 1, why: refused }]);
    expect(readdirSync(at.settings.stateDir)).not.toContain("attempts");
    // Nothing was leased either.
    expect(readdirSync(at.folder)).not.toContain("leases");
  });

  it("that is cancelled while Python thinks ends at once", async () => {
    const at = withPython(FACTS);
    writeProgram(
      join(at.folder, "bin"),
      "python",
      `#!/bin/sh\n: > '${at.folder}/asked'\nwhile :; do :; done\n`,
    );
    const cancel = new AbortController();
    const launched = at.launch({ signal: cancel.signal });
    await until("Python is asked", () => existsSync(join(at.folder, "asked")));
    cancel.abort();
    const { outcomes, notRun } = await launched;
    expect(outcomes).toEqual([]);
    expect(notRun).toMatchObject([{ why: "the launch was stopped before a device was free" }]);
  });

  it("names the program when there is none", async () => {
    const at = withPython(FACTS);
    const trainer = { ...at.settings.trainer, command: ["python3.9", "-m", "x"], preflight: true };
    const { refused } = await at.launch({ settings: { trainer } });
    expect(refused).toMatch(/^The trainer cannot be started: there is no program python3\.9\./);
  });

  it("for lack of space names the command that makes some, and trains once there is room", async () => {
    const at = withPython(FACTS);
    const full = await at.launch({ settings: { minFreeBytes: Number.MAX_SAFE_INTEGER } });
    expect(full.outcomes).toMatchObject([{ reason: "refused", attempt: 1 }]);
    expect(full.refused).toMatch(/asks for 9007199\.3; `autoloop prune` lists the checkpoints that can go/);
    const next = await at.launch({ jobs: [trialJob({ attempt: 2 })] });
    expect(next.outcomes).toMatchObject([{ outcome: "finished", attempt: 2 }]);
  });

  it("still reports what ended before", async () => {
    const at = withPython(FACTS);
    await at.launch();
    writeFileSync(join(at.folder, "answer"), "broken\n");
    const second = trialJob({ trial: "0001a-s7", seed: 7, runId: "b123456789" });
    const { notRun } = await at.launch({ jobs: [trialJob(), second] });
    expect(notRun).toMatchObject([
      { trial: "0001a-s42", why: "this attempt has an outcome already" },
      { trial: "0001a-s7", why: expect.stringMatching(/^The trainer's Python does not work/) },
    ]);
    expect(at.delivered().map(({ outcome }) => outcome)).toEqual(["finished", "interrupted"]);
  });
});

describe("a trial whose data are missing", () => {
  it("is left out with the path and the remedy; the others train", async () => {
    const at = withPython(FACTS);
    const job = (trial: string, seed: number, config: object) =>
      trialJob({ trial, seed, runId: `a00000000${seed}`, config: { ...config } });
    mkdirSync(join(at.cwd, "data/src"), { recursive: true });
    const jobs = [
      job("0001a-s1", 1, OT),
      job("0001b-s2", 2, { dataset: { root: "/nowhere/tgt" } }),
      job("0001d-s4", 4, { dataset: { root: `data/${"x".repeat(5_000)}` } }),
      job("0001c-s3", 3, { dataset: { root: "data/src" }, ot: { ...OT.ot, enable: false } }),
    ];
    const { outcomes, notRun, refused } = await at.launch({ jobs });
    expect(refused).toBeNull();
    expect(outcomes.map(({ trial, outcome, reason }) => [trial, outcome, reason])).toEqual([
      ["0001a-s1", "interrupted", "refused"],
      ["0001b-s2", "interrupted", "refused"],
      ["0001d-s4", "interrupted", "refused"],
      ["0001c-s3", "finished", null],
    ]);
    expect(notRun.map(({ trial, why }) => [trial, why.split(".")[0]])).toEqual([
      ["0001a-s1", "`ot"],
      ["0001b-s2", "`dataset"],
      ["0001d-s4", "`dataset"],
    ]);
    expect(notRun[0]?.why).toContain(`is data/pairs.json, and there is no such file, seen from ${at.cwd}.`);
    for (const { why } of notRun.slice(0, 2)) expect(why).toContain("correct the path in the template");
    writeFileSync(join(at.cwd, "data/pairs.json"), "{}");
    const again = await at.launch({ jobs: jobs.slice(0, 1).map((one) => ({ ...one, attempt: 2 })) });
    expect(again.outcomes).toMatchObject([{ outcome: "finished" }]);
  });
});
