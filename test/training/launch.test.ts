import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LaunchHooks, TrialProgress } from "../../src/training/launch-options.ts";
import { markSent, unsentOutcomes } from "../../src/training/outcome-files.ts";
import { systemProcessTable } from "../../src/training/process-table.ts";
import { gpuRow, uuid } from "./fake-nvidia-smi.ts";
import { readOutcomes, scene } from "./launch-scene.ts";
import { until } from "./real-ports.ts";
import { trialJob } from "./trial-jobs.ts";

const trials = (count: number) =>
  Array.from({ length: count }, (_, seed) =>
    trialJob({ trial: `0001a-s${seed}`, seed, runId: `a00000000${seed}` }),
  );

describe("a healthy trial", () => {
  it("is finished, with curves, conditions and everything in its place", async () => {
    const config = { batch_size: 12, num_workers: 2, ot: { pair_info_path: "data/pairs.json" } };
    const at = scene(onTestFinished, {
      trainer: "healthy",
      environment: { GITHUB_TOKEN: "ghs_secret", WANDB_API_KEY: "0123456789abcdef" },
    });
    mkdirSync(join(at.cwd, "data"));
    writeFileSync(join(at.cwd, "data/pairs.json"), "{}");
    const commit = await commitAll(at.cwd);
    writeFileSync(join(at.cwd, "changed.py"), "");
    const progress: TrialProgress[] = [];
    const { outcomes, notRun } = await at.launch({
      jobs: [trialJob({ config })],
      hooks: { onProgress: (one) => progress.push(one) },
    });

    expect(notRun).toEqual([]);
    const [outcome] = outcomes;
    expect(outcome).toMatchObject({
      trial: "0001a-s42",
      attempt: 1,
      outcome: "finished",
      reason: null,
      exit: 0,
      signal: null,
      device: "cpu",
      steps: 200,
      run_id: "a123456789",
      run_url: "https://wandb.example/lab/p/runs/a123456789",
      conditions: {
        fork_commit: commit,
        fork_dirty: true,
        pair_data: createHash("sha256").update("{}").digest("hex"),
        eval_freq: 100,
        batch_size: 12,
        num_workers: 2,
      },
    });
    expect(outcome?.curves["train/loss"]).toEqual({
      steps: [50, 100, 150, 200],
      values: [0.18, 0.09, 0.06, 0.045],
    });
    expect(outcome?.curves["eval/offline_eval/avg_l1"]).toEqual({ steps: [100, 200], values: [0.25, 0.25] });
    expect(outcome?.log_tail.at(-1)).toMatch(/End of training$/);
    expect(progress.at(-1)).toEqual({
      trial: "0001a-s42",
      attempt: 1,
      step: 200,
      steps: 200,
      loss: 0.045,
      evalL1: 0.25,
    });

    expect(at.delivered()).toEqual(outcomes);
    const { stateDir } = at.settings;
    const stem = "act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a1";
    expect(JSON.parse(readFileSync(join(stateDir, "configs", `${stem}.json`), "utf8"))).toEqual(config);
    expect(readFileSync(join(stateDir, "logs", "0001a-s42-a1.log"), "utf8")).toContain("End of training");
    const [day = ""] = readdirSync(join(stateDir, "outputs/train"));
    const seen = JSON.parse(readFileSync(join(stateDir, "outputs/train", day, stem, "seen.json"), "utf8"));
    expect(seen.cwd).toBe(at.cwd);
    expect(seen.argv).toContain(`--config_path=${stateDir}/configs/${stem}.json`);
    expect(Object.keys(seen.env).toSorted()).toEqual([
      "CUDA_VISIBLE_DEVICES",
      "HOME",
      "PATH",
      "WANDB_API_KEY",
      "WANDB_RUN_GROUP",
    ]);
    expect(readdirSync(at.settings.leaseDir)).toEqual([]);
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  });

  it("is not run twice, and is handed out until it was sent", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    await at.launch();
    const elsewhere = join(at.folder, "second");
    const again = await at.launch({ settings: { outcomesDir: elsewhere } });
    expect(again.outcomes).toEqual([]);
    expect(again.notRun).toEqual([
      { trial: "0001a-s42", attempt: 1, why: "this attempt has an outcome already" },
    ]);
    expect(readOutcomes(elsewhere)).toEqual(at.delivered());

    await markSent(at.settings.stateDir, { trial: "0001a-s42", attempt: 1 });
    expect(await unsentOutcomes(at.settings.stateDir, () => undefined)).toEqual([]);
    const next = await at.launch({ jobs: [trialJob({ attempt: 2 })] });
    expect(next.outcomes.map(({ attempt }) => attempt)).toEqual([2]);
  });

  it("runs on a GPU by its uuid", async () => {
    const at = scene(onTestFinished, { trainer: "healthy", gpus: [gpuRow(0, { used: "9000" }), gpuRow(1)] });
    const notes: string[] = [];
    const { outcomes } = await at.launch({ hooks: { onNote: (note) => notes.push(note) } });
    expect(outcomes).toMatchObject([{ outcome: "finished", device: uuid(1) }]);
    expect(notes).toEqual([`${uuid(0)} is busy: 9000 MiB of its memory are in use, idle is below 1229.`]);
  });
});

describe("a trial that goes wrong", () => {
  it("with NaN is stopped long before its end and is invalid", async () => {
    const at = scene(onTestFinished, { trainer: "nan" });
    const { outcomes } = await at.launch({ jobs: [trialJob({ steps: 100_000 })] });
    expect(outcomes).toMatchObject([
      {
        outcome: "invalid",
        reason: "non-finite",
        signal: "SIGINT",
        exit: null,
        evidence: { after_step: 50 },
      },
    ]);
    expect(outcomes[0]?.steps).toBeLessThan(5_000);
  });

  it("with NaN may run on where the watch is off, and is invalid all the same", async () => {
    const at = scene(onTestFinished, {
      trainer: "nan",
      supervision: { stopOnNonFinite: false },
      environment: { FAKE_PACE: "0" },
    });
    const { outcomes } = await at.launch();
    expect(outcomes).toMatchObject([{ outcome: "invalid", reason: "non-finite", exit: 0, steps: 200 }]);
    expect(outcomes[0]?.curves["train/loss"]?.values).toEqual([0.18, "NaN", "NaN", "NaN"]);
  });

  it.each([
    ["crash", { outcome: "failed", reason: "out-of-memory", exit: 1 }],
    ["suicide", { outcome: "interrupted", reason: "signal", signal: "SIGKILL", exit: null }],
    ["idler", { outcome: "failed", reason: "trained-nothing", exit: 0, steps: null }],
  ] as const)("%s", async (trainer, wanted) => {
    const at = scene(onTestFinished, { trainer });
    expect((await at.launch()).outcomes).toMatchObject([wanted]);
  });

  it("without output for too long is stalled", async () => {
    const at = scene(onTestFinished, { trainer: "hanging", supervision: { stallMs: 300 } });
    expect((await at.launch()).outcomes).toMatchObject([
      { outcome: "failed", reason: "stalled", signal: "SIGINT", evidence: { silent_seconds: 0.3 } },
    ]);
  });

  it("that lost its GPU is stopped", async () => {
    const at = scene(onTestFinished, { trainer: "fallback", gpus: [gpuRow(0)] });
    expect((await at.launch()).outcomes).toMatchObject([
      { outcome: "failed", reason: "device-fallback", device: uuid(0) },
    ]);
  });

  it("whose program is missing fails with a reason", async () => {
    const at = scene(onTestFinished, { trainer: ["no-such-python", "-m", "x"] });
    expect((await at.launch()).outcomes).toMatchObject([
      { outcome: "failed", reason: "cannot-start", evidence: { line: "spawn no-such-python ENOENT" } },
    ]);
  });

  it("gives way when a foreign process computes on its GPU", async () => {
    const at = scene(onTestFinished, { trainer: "hanging", gpus: [gpuRow(0)] });
    const apps = join(at.folder, "bin/apps.csv");
    const { outcomes } = await at.launch({
      hooks: {
        guardsOf: () => [
          async ({ pid }) => {
            writeFileSync(apps, `${uuid(0)}, ${pid}\n${uuid(0)}, ${process.pid}\n`);
            return null;
          },
        ],
      },
    });
    expect(outcomes).toMatchObject([
      { outcome: "interrupted", reason: "contention", evidence: { foreign_pid: process.pid } },
    ]);
  });

  it("floods nobody: the log is capped and its lines are no workflow commands", async () => {
    const at = scene(onTestFinished, { trainer: "flood", supervision: { logCapBytes: 100_000 } });
    const lines: string[] = [];
    const { outcomes } = await at.launch({ hooks: { onLine: (line) => lines.push(line) } });
    expect(outcomes).toMatchObject([{ outcome: "finished", steps: 100 }]);
    const logs = join(at.settings.stateDir, "logs");
    expect(readdirSync(logs).toSorted()).toEqual(["0001a-s42-a1.log", "0001a-s42-a1.log.1"]);
    for (const file of readdirSync(logs)) expect(statSync(join(logs, file)).size).toBeLessThan(400_000);
    expect(lines).toContain("0001a-s42 | : :set-output name=a::b");
    expect(lines.filter((line) => /^\s*::|##\[/.test(line))).toEqual([]);
    expect(JSON.stringify(outcomes).length).toBeLessThan(100_000);
  });

  it("leaves no worker behind and does not wait for a daemon that keeps its output open", async () => {
    const at = scene(onTestFinished, { trainer: "leaving" });
    const before = Date.now();
    expect((await at.launch()).outcomes).toMatchObject([{ outcome: "finished" }]);
    expect(Date.now() - before).toBeLessThan(6_000);
    const [day = ""] = readdirSync(join(at.settings.stateDir, "outputs/train"));
    const stem = join(at.settings.stateDir, "outputs/train", day, "act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a1");
    const [worker, daemon] = readFileSync(join(stem, "pids"), "utf8").split(" ").map(Number);
    const table = systemProcessTable();
    await until("the worker is gone", async () => !(await table.identify(worker ?? 0)).started);
    process.kill(daemon ?? 0, "SIGKILL");
  });
});

describe("stopping", () => {
  it("by a guard counts as what the guard says, and climbs to SIGKILL", async () => {
    const at = scene(onTestFinished, { trainer: "stubborn" });
    const { outcomes } = await at.launch({ hooks: stopByHand() });
    expect(outcomes).toMatchObject([
      { outcome: "stopped", reason: "by-hand", evidence: { by: "lab" }, signal: "SIGKILL" },
    ]);
    expect(outcomes[0]?.log_tail).toEqual(expect.arrayContaining(["ignored SIGINT", "ignored SIGTERM"]));
  });

  it("by cancelling interrupts all at once and starts nothing more", async () => {
    const at = scene(onTestFinished, { trainer: "hanging", slots: 2 });
    const cancel = new AbortController();
    const running = new Set<string>();
    const launched = at.launch({
      jobs: trials(4),
      signal: cancel.signal,
      hooks: { onProgress: ({ trial }) => running.add(trial) },
    });
    await until("two trials run", () => running.size === 2);
    const before = Date.now();
    cancel.abort("SIGINT");
    const { outcomes, notRun } = await launched;
    expect(Date.now() - before).toBeLessThan(7_000);
    expect(outcomes.map(({ outcome, reason, signal }) => [outcome, reason, signal])).toEqual([
      ["interrupted", "cancelled", "SIGINT"],
      ["interrupted", "cancelled", "SIGINT"],
    ]);
    expect(notRun.map(({ trial }) => trial)).toEqual(["0001a-s2", "0001a-s3"]);
    expect(readdirSync(at.settings.leaseDir)).toEqual([]);
  });

  it("by cancelling hurries a gentle stop without a second SIGINT", async () => {
    const at = scene(onTestFinished, {
      trainer: "stubborn",
      supervision: {
        ladders: {
          gentle: [{ signal: "SIGINT", graceMs: 60_000 }],
          urgent: [
            { signal: "SIGINT", graceMs: 200 },
            { signal: "SIGTERM", graceMs: 200 },
            { signal: "SIGKILL", graceMs: 2_000 },
          ],
        },
      },
    });
    const cancel = new AbortController();
    const { outcomes } = await at.launch({
      signal: cancel.signal,
      hooks: {
        ...stopByHand(),
        onLine: (line) => line.includes("ignored SIGINT") && cancel.abort(),
      },
    });
    expect(outcomes).toMatchObject([{ outcome: "stopped", reason: "by-hand", signal: "SIGKILL" }]);
    expect(outcomes[0]?.log_tail.filter((line) => line === "ignored SIGINT")).toHaveLength(1);
  });
});

describe("a mistake of our own", () => {
  it("leaves no trainer behind and is told, not thrown over the other trials", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    const pids: number[] = [];
    const { outcomes, notRun } = await at.launch({
      hooks: {
        onProgress: () => {
          throw new Error("the terminal is gone");
        },
        guardsOf: () => [
          async ({ pid }) => {
            if (pid !== null) pids.push(pid);
            return null;
          },
        ],
      },
    });
    expect(outcomes).toEqual([]);
    expect(notRun).toEqual([{ trial: "0001a-s42", attempt: 1, why: "the terminal is gone" }]);
    expect(pids).toHaveLength(1);
    expect(await systemProcessTable().membersOf(pids[0] ?? 0)).toEqual([]);
    expect(readdirSync(at.settings.leaseDir)).toEqual([]);
  });
});

describe("a launch that cannot be", () => {
  it("starts nothing when it is cancelled before", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    const { outcomes, notRun } = await at.launch({ signal: AbortSignal.abort() });
    expect(outcomes).toEqual([]);
    expect(notRun).toHaveLength(1);
  });

  it("names the variable that a training must not see", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    const trainer = { ...at.settings.trainer, env: ["GITHUB_TOKEN"] };
    await expect(at.launch({ settings: { trainer } })).rejects.toMatchObject({
      code: "settings.trainer-env",
    });
  });

  it("names the setting without GPU", async () => {
    const at = scene(onTestFinished, { trainer: "healthy", slots: 0 });
    expect((await at.launch()).refused).toMatch(/^This machine has no GPU .*`gpus\.cpu_slots`/);
  });

  it("names the folder of the trainer", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    const trainer = { ...at.settings.trainer, cwd: join(at.folder, "nowhere") };
    const { outcomes, refused } = await at.launch({ settings: { trainer } });
    expect(refused).toMatch(/nowhere is not a folder\. Set `trainer\.cwd`/);
    expect(outcomes).toMatchObject([
      { outcome: "interrupted", reason: "refused", evidence: { why: refused } },
    ]);
  });

  it.each(["../../etc/cron.d/x", "a/b", ".hidden", "a\nb"])(
    "refuses the variant %j as a file name",
    async (variant) => {
      const at = scene(onTestFinished, { trainer: "healthy" });
      await expect(at.launch({ jobs: [trialJob({ variant })] })).rejects.toMatchObject({
        code: "input.trial-job",
      });
    },
  );
});

/** A guard that asks to stop once the trial has logged a step, and with it has its signal handlers. */
function stopByHand(): LaunchHooks {
  let stepped: () => void = () => undefined;
  const firstStep = new Promise<void>((resolve) => {
    stepped = resolve;
  });
  return {
    onProgress: () => stepped(),
    guardsOf: () => [
      async () => {
        await firstStep;
        return { outcome: "stopped", reason: "by-hand", evidence: { by: "lab" }, urgent: false };
      },
    ],
  };
}

async function commitAll(cwd: string): Promise<string> {
  const git = (...args: string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd });
  await git("init", "-q");
  await git("add", ".");
  await git("commit", "-qm", "trainer");
  return (await git("rev-parse", "HEAD")).stdout;
}

describe("a trial that is stopped before it begins", () => {
  it("ends without a process, for good, while the others train", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    const [first, second] = trials(2);
    if (!first || !second) throw new Error("two trials");
    const hooks: LaunchHooks = {
      stopOf: ({ trial }) =>
        trial === second.trial
          ? { outcome: "stopped", reason: "person", evidence: { by: "ana" }, urgent: false }
          : null,
    };
    const { outcomes, notRun } = await at.launch({ jobs: [first, second], hooks });
    expect(notRun).toEqual([]);
    expect(outcomes.map(({ trial, outcome }) => [trial, outcome]).sort()).toEqual([
      [first.trial, "finished"],
      [second.trial, "stopped"],
    ]);
    expect(outcomes.find(({ trial }) => trial === second.trial)).toMatchObject({
      reason: "person",
      evidence: { by: "ana" },
      steps: null,
      device_seconds: 0,
    });
    expect(readdirSync(join(at.settings.stateDir, "logs"))).toEqual([`${first.trial}-a1.log`]);
    const again = await at.launch({ jobs: [second] });
    expect(again.notRun).toMatchObject([{ why: "this attempt has an outcome already" }]);
  });
});
