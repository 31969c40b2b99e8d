/** Whole launches through sbatch, squeue and scancel as programs on PATH; the batch script and the trainers are real. */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { AttemptRecord, writeAttempt } from "../../../src/training/attempt-record.ts";
import { systemProcessTable } from "../../../src/training/process-table.ts";
import { further } from "../../acceptance/thorough.ts";
import { fakeTrainer } from "../fake-trainers.ts";
import type { Scene } from "../launch-scene.ts";
import { QUICK, until } from "../real-ports.ts";
import { trialJob } from "../trial-jobs.ts";
import { QUICK_REMOTE, type SlurmScene, slurmScene } from "./slurm-scene.ts";

const STEM = "0001a-s42-a1";
const STOPPED = { outcome: "stopped", reason: "person", evidence: { by: "ana" }, urgent: false } as const;
const OUTSIDE_HOURS = {
  outcome: "interrupted",
  reason: "not-begun",
  evidence: { held_up_by: "outside-hours" },
  urgent: false,
} as const;
const trials = (count: number) =>
  Array.from({ length: count }, (_, seed) =>
    trialJob({ trial: `0001a-s${seed}`, seed, runId: `a00000000${seed}` }),
  );
const jobFolder = (at: Scene) => join(at.settings.stateDir, "slurm", STEM);
/** Calls of sbatch that are no question for its version. */
const submissions = ({ slurm }: SlurmScene) => slurm.calls("sbatch").filter((call) => call.length > 2);
const recordFile = (at: Scene) => join(at.settings.stateDir, "attempts/0001a-s42-1.json");
const recordOf = (at: Scene) => AttemptRecord.parse(JSON.parse(readFileSync(recordFile(at), "utf8")));

describe("a trial in Slurm's hands", () => {
  it("is finished like a local one, with curves, conditions and everything in its place", async () => {
    const at = slurmScene(onTestFinished, {
      trainer: "healthy",
      environment: {
        GITHUB_TOKEN: "ghs_secret",
        WANDB_API_KEY: "0123456789abcdef",
        CUDA_VISIBLE_DEVICES: "7",
      },
      asks: { partition: "gpu", gres: "gpu:1", time: "4:00:00", extra: ["--mem=32G"] },
    });
    const steps: number[] = [];
    const { outcomes, notRun } = await at.launch({ hooks: { onProgress: ({ step }) => steps.push(step) } });
    expect(notRun).toEqual([]);
    expect(outcomes).toMatchObject([
      {
        trial: "0001a-s42",
        outcome: "finished",
        reason: null,
        evidence: { job: "1" },
        exit: 0,
        signal: null,
        device: `slurm:${hostname()}:1`,
        steps: 200,
        run_url: "https://wandb.example/lab/p/runs/a123456789",
        curves: { "train/loss": { steps: [50, 100, 150, 200], values: [0.18, 0.09, 0.06, 0.045] } },
      },
    ]);
    expect(steps.at(-1)).toBe(200);
    expect(at.delivered()).toEqual(outcomes);
    expect(at.slurm.calls("sbatch").at(-1)).toEqual(
      expect.arrayContaining([
        "--job-name=autoloop-0001a-s42-a1",
        `--chdir=${jobFolder(at)}`,
        "--export=NONE",
        "--signal=B:TERM@60",
        "--partition=gpu",
        "--gres=gpu:1",
        "--time=4:00:00",
        "--mem=32G",
      ]),
    );

    const { stateDir } = at.settings;
    const [day = ""] = readdirSync(join(stateDir, "outputs/train"));
    const stem = "act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a1";
    const seen = JSON.parse(readFileSync(join(stateDir, "outputs/train", day, stem, "seen.json"), "utf8"));
    expect(seen.cwd).toBe(at.cwd);
    expect(seen.env).toEqual({
      PATH: at.environment["PATH"],
      HOME: at.folder,
      WANDB_API_KEY: "0123456789abcdef",
      WANDB_RUN_GROUP: "policy:act-seed:42-dataset:local/tgt",
      CUDA_DEVICE_ORDER: "PCI_BUS_ID",
      CUDA_VISIBLE_DEVICES: "1",
    });
    expect(readFileSync(join(stateDir, `logs/${STEM}.log`), "utf8")).toContain("End of training");
    expect(recordOf(at)).toMatchObject({ state: "ended", remote: { job: "1" } });
    const left = readdirSync(jobFolder(at), { recursive: true, encoding: "utf8" });
    expect(left).not.toContain("environment");
    expect(JSON.stringify(at.slurm.calls())).not.toContain("0123456789abcdef");
  });

  it("is shown no GPU when none was asked for", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    expect((await at.launch()).outcomes).toMatchObject([
      { outcome: "finished", device: `slurm:${hostname()}` },
    ]);
  });

  it("is not submitted twice", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    await at.launch();
    expect((await at.launch()).notRun).toMatchObject([{ why: "this attempt has an outcome already" }]);
    expect(submissions(at)).toHaveLength(1);
  });

  it.each([
    ["crash", { outcome: "failed", reason: "out-of-memory", exit: 1 }],
    ["suicide", { outcome: "interrupted", reason: "signal", signal: "SIGKILL" }],
    ["idler", { outcome: "failed", reason: "trained-nothing", exit: 0 }],
  ] as const)("that goes wrong (%s) is judged like a local one", async (trainer, wanted) => {
    const at = slurmScene(onTestFinished, { trainer });
    expect((await at.launch()).outcomes).toMatchObject([wanted]);
  });

  it("whose program is missing on the node fails with a reason", async () => {
    const at = slurmScene(onTestFinished, { trainer: ["no-such-python", "-m", "x"] });
    const { outcomes } = await at.launch();
    expect(outcomes).toMatchObject([{ outcome: "failed", reason: "cannot-start" }]);
    expect(outcomes[0]?.evidence["line"]).toContain("no-such-python: not found");
  });

  it("with NaN is stopped long before its end, by one SIGINT", async () => {
    const at = slurmScene(onTestFinished, { trainer: "nan" });
    const { outcomes } = await at.launch({ jobs: [trialJob({ steps: 100_000 })] });
    expect(outcomes).toMatchObject([{ outcome: "invalid", reason: "non-finite", signal: "SIGINT" }]);
    expect(outcomes[0]?.steps).toBeLessThan(5_000);
    expect(at.slurm.calls("scancel")).toEqual([["scancel", "--signal=INT", "--batch", "1"]]);
  });

  further("without output for too long is stalled; time in the queue does not count", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging", supervision: { stallMs: 700 } });
    expect((await at.launch()).outcomes).toMatchObject([
      { outcome: "failed", reason: "stalled", signal: "SIGINT" },
    ]);
  });

  further("that ignores SIGINT is left to scancel", async () => {
    const at = slurmScene(onTestFinished, { trainer: "stubborn" });
    const cancel = new AbortController();
    const { outcomes } = await at.launch({
      signal: cancel.signal,
      hooks: { onProgress: () => cancel.abort() },
    });
    expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "cancelled" }]);
    expect(at.slurm.calls("scancel").map((call) => call.slice(1))).toEqual([
      ["--signal=INT", "--batch", "1"],
      ["1"],
      ["1"],
    ]);
    process.kill(at.slurm.pidOf("1"), "SIGKILL");
    await killTrainer(at);
  });

  further("that cannot be told to stop keeps its record, and no outcome is made up", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    at.slurm.set("deaf");
    const cancel = new AbortController();
    const { outcomes, notRun } = await at.launch({
      signal: cancel.signal,
      hooks: { onProgress: () => cancel.abort() },
    });
    expect(outcomes).toEqual([]);
    expect(notRun[0]?.why).toMatch(/^Job 1 .* was to be ended, and Slurm does not say that it is/);
    expect(recordOf(at).state).toBe("running");
    at.slurm.set("deaf", false);
    expect((await at.launch({ signal: AbortSignal.timeout(2_000) })).outcomes).toMatchObject([
      { outcome: "interrupted", signal: "SIGINT" },
    ]);
  });
});

describe("what Slurm says", () => {
  it("when it refuses a job reaches the reader, and nothing is left behind", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.refuse(
      "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified",
    );
    const { outcomes, notRun } = await at.launch();
    expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "refused", device_seconds: 0 }]);
    expect(notRun[0]?.why).toContain("Batch job submission failed: Invalid partition name specified.");
    expect([existsSync(jobFolder(at)), existsSync(recordFile(at))]).toEqual([false, false]);
    at.slurm.refuse(null);
    const again = await at.launch({ jobs: [trialJob({ attempt: 2 })] });
    expect(again.outcomes).toMatchObject([{ outcome: "finished" }]);
  });

  it("may be lost on its way although the job was taken", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("lose-answer");
    expect((await at.launch()).outcomes).toMatchObject([{ outcome: "finished", evidence: { job: "1" } }]);
    expect(submissions(at)).toHaveLength(1);
  });

  it("is nothing on a machine without it", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    rmSync(join(at.folder, "bin/sbatch"));
    const { outcomes, refused } = await at.launch();
    expect(refused).toContain("this machine has no `sbatch`");
    expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "refused" }]);
    expect(at.delivered()).toEqual(outcomes);
  });

  it("or does not say is no reason to give a job up: files tell the end", async () => {
    const at = slurmScene(onTestFinished, { trainer: "nan", environment: { FAKE_PACE: "300" } });
    const supervision = { ...QUICK, stopOnNonFinite: false, remote: { ...QUICK_REMOTE, lostMs: 150 } };
    const { outcomes } = await at.launch({
      jobs: [trialJob({ steps: 250 })],
      settings: { supervision },
      hooks: { onProgress: () => at.slurm.set("down") },
    });
    expect(outcomes).toMatchObject([{ outcome: "invalid", exit: 0, steps: 250 }]);
  });

  it("is needed before a job can be handed over", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("down");
    // Only `sbatch --version` still works without slurmctld.
    const { notRun, outcomes } = await at
      .launch()
      .catch((error: Error) => ({ notRun: [{ why: error.message }], outcomes: [] }));
    expect(outcomes).toEqual([]);
    expect(notRun[0]?.why).toContain("Unable to contact slurm controller");
  });

  it.each([
    ["PREEMPTED", "interrupted", "preempted"],
    ["NODE_FAIL", "interrupted", "node-fail"],
    ["TIMEOUT", "failed", "time-limit"],
    ["OUT_OF_MEMORY", "failed", "out-of-memory"],
    ["CANCELLED", "interrupted", "job-cancelled"],
  ])("%s of a job whose script was killed counts as %s, %s", async (word, outcome, reason) => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    const { outcomes } = await at.launch({
      hooks: {
        onProgress: () => {
          process.kill(at.slurm.pidOf("1"), "SIGKILL");
          at.slurm.say("1", word);
        },
      },
    });
    expect(outcomes).toMatchObject([{ outcome, reason, evidence: { job: "1", job_state: word } }]);
    await killTrainer(at);
  });

  further(
    "nothing more of, and whose log stands still, is lost; as long as the log grows it is not",
    async () => {
      const at = slurmScene(onTestFinished, { trainer: "hanging" });
      let grew = 0;
      const log = join(at.settings.stateDir, `logs/${STEM}.log`);
      const { outcomes } = await at.launch({
        hooks: {
          onProgress: () => {
            at.slurm.set("forgotten");
            const timer = setInterval(() => {
              grew += 1;
              appendFileSync(log, "noise\n");
              if (grew === 12) clearInterval(timer);
            }, 150);
            onTestFinished(() => clearInterval(timer));
          },
        },
      });
      expect(outcomes).toMatchObject([
        { outcome: "interrupted", reason: "job-lost", exit: null, signal: null },
      ]);
      expect(grew).toBe(12);
      expect(at.slurm.calls("sacct").length).toBeGreaterThan(0);
    },
  );

  it("in its accounts counts for a job that squeue forgot", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    const { outcomes } = await at.launch({
      hooks: {
        onProgress: () => {
          process.kill(at.slurm.pidOf("1"), "SIGKILL");
          at.slurm.accounts("1|PREEMPTED\n");
          at.slurm.set("forgotten");
        },
      },
    });
    expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "preempted" }]);
    await killTrainer(at);
  });
});

describe("the device-hours of a launch", () => {
  it("are those of jobs that have begun: what waits in Slurm's queue keeps no other from it", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("hold");
    const waiting: number[] = [];
    const after: number[] = [];
    const other = trialJob({ trial: "0001a-s87", seed: 87, runId: "c123456789" });
    const { outcomes } = await at.launch({
      jobs: [trialJob(), other],
      settings: { gpus: { ...at.settings.gpus, maxConcurrency: 1 } },
      hooks: {
        stopOf: ({ trial }, { used }) => {
          if (trial !== other.trial) return null;
          const held = existsSync(join(at.folder, "slurm", "hold"));
          if (held && existsSync(recordFile(at)) && recordOf(at).state === "running") waiting.push(used);
          if (!held) after.push(used);
          if (held && waiting.length === 5) {
            at.slurm.set("hold", false);
            at.slurm.begin("1");
          }
          return null;
        },
      },
    });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["finished", "finished"]);
    expect(waiting).toEqual([0, 0, 0, 0, 0]);
    expect(Math.max(...after)).toBeGreaterThan(0);
  });
});

describe("a launch that comes back", () => {
  it("finds the job that an earlier one handed over without writing its number down", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("hold");
    await leave(at);
    const record = recordOf(at);
    await writeAttempt(at.settings.stateDir, {
      ...record,
      state: "starting",
      remote: { executor: "slurm", name: `autoloop-${STEM}`, folder: jobFolder(at), job: null, gpu: false },
    });
    const notes: string[] = [];
    const cancel = new AbortController();
    const launched = at.launch({ signal: cancel.signal, hooks: { onNote: (note) => notes.push(note) } });
    await until("it is followed", () => notes.length > 0);
    cancel.abort();
    await launched;
    expect(notes[0]).toBe("0001a-s42-1: job 1 of Slurm is followed again");
    expect(submissions(at)).toEqual([]);
  });

  further("submits it when the earlier one died before it could", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("hold");
    await leave(at);
    at.slurm.say("1", "CANCELLED");
    at.slurm.set("hold", false);
    expect((await at.launch()).outcomes).toMatchObject([{ outcome: "finished", evidence: { job: "2" } }]);
  });

  further("brings home what ended meanwhile, whatever it was asked for", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    await leave(at);
    await until("the job is over", () => existsSync(join(jobFolder(at), "ended.json")));
    const { outcomes, notRun } = await at.launch({ jobs: [] });
    expect(outcomes).toMatchObject([{ trial: "0001a-s42", attempt: 1, outcome: "finished", steps: 200 }]);
    expect(notRun).toEqual([]);
    expect((await at.launch()).notRun).toMatchObject([{ why: "this attempt has an outcome already" }]);
  });

  it("follows a job that nobody asked for to its end, beside its own", async () => {
    const at = slurmScene(onTestFinished, { trainer: "nan", environment: { FAKE_PACE: "100" } });
    await leave(at);
    const notes: string[] = [];
    const { outcomes } = await at.launch({
      jobs: [trialJob({ trial: "0001a-s87", seed: 87, steps: 100_000 })],
      hooks: { onNote: (note) => notes.push(note) },
    });
    expect(notes).toContain("0001a-s42-1: job 1 of Slurm is left from an earlier launch and is followed");
    expect(outcomes.map(({ trial, outcome }) => [trial, outcome]).toSorted()).toEqual([
      ["0001a-s42", "invalid"],
      ["0001a-s87", "invalid"],
    ]);
  });

  it("looks after such a job like after its own: a stop reaches it while it trains", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    await leave(at);
    await until("it trains", () => existsSync(join(jobFolder(at), "started.json")));
    const seen: string[] = [];
    const { outcomes } = await at.launch({
      jobs: [],
      others: [trialJob()],
      hooks: {
        watchesOf: ({ trial }) => [
          (event) => {
            seen.push(`${trial} ${event.kind}`);
            return null;
          },
        ],
        guardsOf: ({ trial }) => [
          async () => {
            await until("its watch hears a step", () => seen.includes(`${trial} step`));
            return STOPPED;
          },
        ],
      },
    });
    expect(outcomes).toMatchObject([
      { attempt: 1, outcome: "stopped", reason: "person", evidence: { by: "ana" } },
    ]);
    expect(seen).toContain("0001a-s42 step");
    expect(at.delivered()).toHaveLength(1);
  });

  it("and while it waits: it is taken out of the queue and has its outcome", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("hold");
    await leave(at);
    let asked = 0;
    const { outcomes } = await at.launch({
      jobs: [],
      others: [trialJob()],
      hooks: {
        stopOf: () => {
          asked += 1;
          return asked > 3 ? STOPPED : null;
        },
      },
    });
    expect(outcomes).toMatchObject([
      { attempt: 1, outcome: "stopped", reason: "person", device_seconds: 0, steps: null },
    ]);
    expect(at.delivered()).toEqual(outcomes);
    expect(existsSync(recordFile(at))).toBe(false);
    expect(existsSync(jobFolder(at))).toBe(false);
  });

  it("does not stop such a job when it is cancelled itself", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    await leave(at);
    const cancel = new AbortController();
    const { outcomes } = await at.launch({
      jobs: [],
      signal: cancel.signal,
      hooks: { onNote: (note) => note.includes("is followed") && cancel.abort() },
    });
    expect(outcomes).toEqual([]);
    expect(at.slurm.calls("scancel")).toEqual([]);
    expect(recordOf(at).state).toBe("running");
  });

  it("ends an attempt that a later one replaces", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    await leave(at);
    await until("it trains", () => existsSync(join(jobFolder(at), "started.json")));
    const cancel = new AbortController();
    const { outcomes } = await at.launch({
      jobs: [trialJob({ attempt: 2 })],
      signal: cancel.signal,
      hooks: { onProgress: () => cancel.abort() },
    });
    expect(outcomes.map(({ attempt, outcome, reason }) => [attempt, outcome, reason]).toSorted()).toEqual([
      [1, "interrupted", "launcher-lost"],
      [2, "interrupted", "cancelled"],
    ]);
  });

  it("without Slurm in its settings leaves Slurm's jobs alone, and says so", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    await leave(at);
    const gpus = { ...at.settings.gpus, cpuSlots: 1 };
    const { outcomes, notRun } = await at.launch({ settings: { slurm: undefined, gpus } });
    expect(outcomes).toEqual([]);
    expect(notRun[0]?.why).toBe("it was handed to Slurm (job 1); set `executor: slurm` to follow it");
    expect(recordOf(at).state).toBe("running");
  });

  it("without Slurm in its settings trains no trial that Slurm still has, until its job has ended", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    await leave(at);
    const here = { slurm: undefined, gpus: { ...at.settings.gpus, cpuSlots: 1 } };
    const { outcomes, notRun } = await at.launch({ jobs: [trialJob({ attempt: 2 })], settings: here });
    expect(outcomes).toMatchObject([{ attempt: 2, outcome: "interrupted", reason: "refused" }]);
    expect(notRun[0]?.why).toContain(
      "Attempt 1 of this trial may still train in Slurm, as job 1. Set `executor: slurm`",
    );
    await until("it trains", () => existsSync(join(jobFolder(at), "started.json")));
    await killTrainer(at);
    await until("it has ended", () => existsSync(join(jobFolder(at), "ended.json")));
    const quick = {
      ...here,
      trainer: { ...at.settings.trainer, command: fakeTrainer(join(at.folder, "other"), "healthy") },
    };
    const after = await at.launch({ jobs: [trialJob({ attempt: 3 })], settings: quick });
    expect(after.outcomes).toMatchObject([
      { attempt: 1, outcome: "interrupted", reason: "signal", device: expect.stringContaining("slurm") },
      { attempt: 3, outcome: "finished" },
    ]);
  });

  it.each([
    ["that it is asked for", [trialJob()]],
    [
      "of a trial that it begins once more",
      [trialJob({ attempt: 2, resume: { attempt: 1, runId: "a123456789" } })],
    ],
    ["of another round", []],
  ])("without Slurm in its settings brings home a job %s when that has ended", async (_, jobs) => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    await leave(at);
    await until("it has ended", () => existsSync(join(jobFolder(at), "ended.json")));
    const notes: string[] = [];
    const { outcomes } = await at.launch({
      jobs,
      settings: { slurm: undefined, gpus: { ...at.settings.gpus, cpuSlots: 1 } },
      hooks: { onNote: (note) => void notes.push(note) },
    });
    expect(outcomes[0]).toMatchObject({ attempt: 1, outcome: "finished", steps: 200 });
    expect(outcomes.slice(1).map(({ attempt }) => attempt)).toEqual(
      jobs.filter(({ attempt }) => attempt > 1).map(({ attempt }) => attempt),
    );
    expect(at.delivered()).toEqual(outcomes);
    expect(recordOf(at).state).toBe("ended");
    expect(existsSync(join(jobFolder(at), "environment"))).toBe(false);
    expect(notes.join("\n")).not.toContain("nothing tells how it ended");
  });

  it("hands over no trial that another launch still trains on this machine", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    const here = { slurm: undefined, gpus: { ...at.settings.gpus, cpuSlots: 1 } };
    const cancel = new AbortController();
    let training = false;
    const local = at.launch({
      settings: here,
      signal: cancel.signal,
      hooks: {
        onProgress: () => {
          training = true;
        },
      },
    });
    await until("it trains", () => training);
    const { outcomes } = await at.launch({ jobs: [trialJob({ attempt: 2 })] });
    expect(outcomes).toMatchObject([{ attempt: 2, outcome: "interrupted", reason: "refused" }]);
    expect(outcomes[0]?.evidence["why"]).toContain("Attempt 1 of this trial still trains on this machine");
    expect(submissions(at)).toEqual([]);
    cancel.abort();
    expect((await local).outcomes).toMatchObject([{ attempt: 1, reason: "cancelled" }]);
  });
});

describe("stopping", () => {
  further("takes waiting jobs out of the queue as if they had never been", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("hold");
    const cancel = new AbortController();
    const notes: string[] = [];
    const launched = at.launch({
      jobs: trials(3),
      signal: cancel.signal,
      hooks: { onNote: (note) => notes.push(note) },
    });
    await until("all are submitted", () => notes.filter((note) => note.includes("as job")).length === 3);
    cancel.abort();
    const { outcomes, notRun } = await launched;
    expect(outcomes).toEqual([]);
    expect(notRun.map(({ why }) => why)).toEqual(
      Array(3).fill("the launch was stopped before Slurm began it"),
    );
    expect(readdirSync(join(at.settings.stateDir, "slurm"))).toEqual([]);
    at.slurm.set("hold", false);
    const again = await at.launch({ jobs: trials(3) });
    expect(again.outcomes.map(({ outcome }) => outcome)).toEqual(Array(3).fill("finished"));
  });

  it("takes out of the queue what somebody stopped or the hours hold up, and nothing else", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("hold");
    const submitted = new Set<string>();
    const launched = at.launch({
      jobs: trials(3),
      hooks: {
        onNote: (note) => note.includes("as job") && submitted.add(note.slice(0, 8)),
        stopOf: ({ trial }) => {
          if (submitted.size < 3) return null;
          if (trial === "0001a-s0") return STOPPED;
          return trial === "0001a-s1" ? OUTSIDE_HOURS : null;
        },
      },
    });
    await until("all are submitted", () => submitted.size === 3);
    await until("two are withdrawn", () => readdirSync(join(at.settings.stateDir, "slurm")).length === 1);
    // The fake does not begin by itself what it held back.
    at.slurm.begin("3");
    const { outcomes, notRun } = await launched;
    expect(notRun).toEqual([]);
    expect(outcomes.map(({ trial, outcome, reason }) => [trial, outcome, reason]).toSorted()).toEqual([
      ["0001a-s0", "stopped", "person"],
      ["0001a-s1", "interrupted", "not-begun"],
      ["0001a-s2", "finished", null],
    ]);
  });

  it("is our own doing when a hook of ours breaks: the job is ended, and told", async () => {
    const at = slurmScene(onTestFinished, { trainer: "hanging" });
    const { outcomes, notRun } = await at.launch({
      hooks: {
        onProgress: () => {
          throw new Error("the terminal is gone");
        },
      },
    });
    expect(outcomes).toEqual([]);
    expect(notRun).toMatchObject([{ trial: "0001a-s42", why: "the terminal is gone" }]);
    await until("the job is over", () => existsSync(join(jobFolder(at), "ended.json")));
    expect((await at.launch()).outcomes).toMatchObject([{ outcome: "interrupted", reason: "job-cancelled" }]);
  });

  it("is too late for none: what is not handed over yet stays here", async () => {
    const at = slurmScene(onTestFinished, { trainer: "healthy" });
    at.slurm.set("hold");
    const cancel = new AbortController();
    const { notRun } = await at.launch({
      jobs: trials(3),
      signal: cancel.signal,
      hooks: { onNote: (note) => note.includes("as job 1") && cancel.abort() },
    });
    expect(notRun).toHaveLength(3);
    expect(submissions(at).length).toBeLessThan(3);
    expect(readdirSync(join(at.settings.stateDir, "attempts"))).toEqual([]);
  });

  it("keeps the order of priorities: jobs are submitted one after the other", async () => {
    const at = slurmScene(onTestFinished, { trainer: "idler" });
    const jobs = trials(4).map((job, index) => ({ ...job, priority: [3, 1, 2, 0][index] ?? 0 }));
    await at.launch({ jobs });
    const names = submissions(at).map((call) => call.find((part) => part.startsWith("--job-name=")));
    expect(names).toEqual(
      ["0001a-s3", "0001a-s1", "0001a-s2", "0001a-s0"].map((id) => `--job-name=autoloop-${id}-a1`),
    );
  });

  further("asks Slurm one question for many trials", async () => {
    const at = slurmScene(onTestFinished, {
      trainer: "nan",
      environment: { FAKE_PACE: "300" },
      supervision: { stopOnNonFinite: false, remote: { ...QUICK_REMOTE, pollMs: 400 } },
    });
    const before = Date.now();
    await at.launch({ jobs: trials(4).map((job) => ({ ...job, steps: 300 })) });
    const polls = at.slurm.calls("squeue").length;
    // Once before each submission, then once per 400 ms for all four.
    expect(polls).toBeLessThanOrEqual(4 + Math.ceil((Date.now() - before) / 400) + 1);
  });
});

/** A launch that is gone as soon as it has submitted: its record stays, and nobody follows the job. */
async function leave(at: SlurmScene): Promise<void> {
  const { notRun } = await at.launch({
    hooks: {
      onNote: () => {
        throw new Error("gone");
      },
    },
  });
  expect(notRun).toMatchObject([{ why: "gone" }]);
  at.slurm.forgetCalls();
}

/** The fake Slurm kills the script only; the real one takes the whole job. */
async function killTrainer(at: Scene): Promise<void> {
  const { output_dir } = recordOf(at);
  for (const pid of await systemProcessTable().withArgument(`--output_dir=${output_dir}`)) {
    process.kill(pid, "SIGKILL");
  }
}
