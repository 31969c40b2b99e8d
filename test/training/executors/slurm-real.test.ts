/** Against a Slurm of one node with two CPU slots, as `test/slurm/start-slurm.sh` starts it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { AttemptRecord, writeAttempt } from "../../../src/training/attempt-record.ts";
import { SlurmSettings } from "../../../src/training/executors/slurm-settings.ts";
import { systemProcessTable } from "../../../src/training/process-table.ts";
import { type Scene as LaunchScene, readOutcomes, type SceneOptions, scene } from "../launch-scene.ts";
import { QUICK, until } from "../real-ports.ts";
import { trialJob } from "../trial-jobs.ts";
import { launcherProcess } from "./launcher.ts";

const { AUTOLOOP_SLURM, SLURM_CONF = "", PATH = "" } = process.env;
const skipped = AUTOLOOP_SLURM !== "1";

/** A real slurmctld answers within a tenth of a second, and forgets nothing in between. */
const REMOTE = { tickMs: 50, pollMs: 500, settleMs: 5_000, lostMs: 20_000 };
const LADDER = [
  { signal: "SIGINT", graceMs: 5_000 },
  { signal: "SIGTERM", graceMs: 8_000 },
  { signal: "SIGKILL", graceMs: 8_000 },
] as const;
const STEM = "0001a-s42-a1";

function realSlurm(trainer: SceneOptions["trainer"], asks: Partial<SlurmSettings> = {}): LaunchScene {
  const at = scene(onTestFinished, {
    trainer,
    slots: 0,
    environment: { PATH, SLURM_CONF, GITHUB_TOKEN: "ghs_secret", FAKE_PACE: "20" },
    supervision: { ...QUICK, ladders: { gentle: LADDER, urgent: LADDER }, remote: REMOTE },
  });
  const settings = {
    ...at.settings,
    gpus: { ...at.settings.gpus, maxConcurrency: 6 },
    slurm: SlurmSettings.parse({ extra: ["--cpus-per-task=1"], ...asks }),
  };
  return {
    ...at,
    settings,
    launch: (given) => at.launch({ ...given, settings: { ...settings, ...given?.settings } }),
  };
}

async function slurm(program: string, ...args: string[]): Promise<string> {
  return (await execa(program, args)).stdout;
}

const trials = (count: number) =>
  Array.from({ length: count }, (_, seed) =>
    trialJob({ trial: `0001a-s${seed}`, seed, runId: `a00000000${seed}`, priority: seed }),
  );
const started = (at: LaunchScene, stem = STEM) => join(at.settings.stateDir, "slurm", stem, "started.json");
const jobOf = (at: LaunchScene): string => JSON.parse(readFileSync(started(at), "utf8")).job;

afterEach(async () => {
  if (skipped) return;
  await slurm("scancel", "--me");
  await until("the queue is empty", async () => (await slurm("squeue", "--me", "--noheader")) === "");
});

describe.skipIf(skipped)(
  `a real Slurm${skipped ? " (skipped: AUTOLOOP_SLURM is not set; see test/slurm/start-slurm.sh)" : ""}`,
  { timeout: 120_000 },
  () => {
    it("trains a healthy trial with its environment and nothing of Slurm's or ours", async () => {
      const at = realSlurm("healthy");
      const { outcomes, notRun } = await at.launch();
      expect(notRun).toEqual([]);
      expect(outcomes).toMatchObject([
        {
          outcome: "finished",
          exit: 0,
          signal: null,
          steps: 200,
          device: `slurm:${hostname().split(".")[0]}`,
        },
      ]);
      expect(outcomes[0]?.device_seconds).toBeLessThan(20);
      const [day = ""] = readdirSync(join(at.settings.stateDir, "outputs/train"));
      const stem = "act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a1";
      const seen = JSON.parse(
        readFileSync(join(at.settings.stateDir, "outputs/train", day, stem, "seen.json"), "utf8"),
      );
      expect(seen.cwd).toBe(at.cwd);
      expect(seen.env).toEqual({
        PATH,
        HOME: at.folder,
        FAKE_PACE: "20",
        CUDA_VISIBLE_DEVICES: "",
        WANDB_RUN_GROUP: "policy:act-seed:42-dataset:local/tgt",
      });
    });

    it("reports exit 1 and what the log says of it", async () => {
      expect((await realSlurm("crash").launch()).outcomes).toMatchObject([
        { outcome: "failed", reason: "out-of-memory", exit: 1 },
      ]);
    });

    it("stops a trial with NaN by SIGINT, long before its end", async () => {
      const { outcomes } = await realSlurm("nan").launch({ jobs: [trialJob({ steps: 1_000_000 })] });
      expect(outcomes).toMatchObject([
        { outcome: "invalid", reason: "non-finite", signal: "SIGINT", exit: null },
      ]);
    });

    it("lets a trial with NaN run to its end where the watch is off: invalid all the same", async () => {
      const at = realSlurm("nan");
      const supervision = { ...at.settings.supervision, stopOnNonFinite: false };
      expect((await at.launch({ settings: { supervision } })).outcomes).toMatchObject([
        { outcome: "invalid", reason: "non-finite", exit: 0, steps: 200 },
      ]);
    });

    it("brings a stop to the trainer as SIGINT, and it ends in its own way", async () => {
      const at = realSlurm("hanging");
      const cancel = new AbortController();
      const { outcomes } = await at.launch({
        signal: cancel.signal,
        hooks: { onProgress: () => cancel.abort() },
      });
      expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "cancelled", signal: "SIGINT" }]);
      expect(outcomes[0]?.log_tail.at(-1)).toBe("KeyboardInterrupt");
    });

    it("ends a trainer that ignores every signal", async () => {
      const at = realSlurm("stubborn");
      const cancel = new AbortController();
      const { outcomes } = await at.launch({
        signal: cancel.signal,
        hooks: { onProgress: () => cancel.abort() },
      });
      expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "cancelled" }]);
      expect(outcomes[0]?.log_tail).toContain("ignored SIGINT");
      const { output_dir } = recordOf(at);
      await until(
        "the trainer is gone",
        async () => (await systemProcessTable().withArgument(`--output_dir=${output_dir}`)).length === 0,
      );
    });

    it("cancels a job for somebody else: interrupted", async () => {
      const at = realSlurm("hanging");
      const { outcomes } = await at.launch({
        hooks: { onProgress: () => void slurm("scancel", jobOf(at)) },
      });
      expect(outcomes).toMatchObject([
        { outcome: "interrupted", reason: "job-cancelled", evidence: { job_state: "CANCELLED" } },
      ]);
    });

    it("pre-empts a job: interrupted", async () => {
      const at = realSlurm("hanging", { partition: "low" });
      const { outcomes } = await at.launch({
        hooks: {
          onProgress: () =>
            void slurm("sbatch", "--partition=high", "--ntasks=2", "--output=/dev/null", "--wrap=sleep 5"),
        },
      });
      expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "preempted" }]);
    });

    it("starts a job again: it does not train again, and is interrupted", async () => {
      const at = realSlurm("hanging");
      const { outcomes } = await at.launch({
        hooks: {
          onProgress: () => {
            const job = jobOf(at);
            void slurm("scontrol", "update", `JobId=${job}`, "Requeue=1").then(() =>
              slurm("scontrol", "requeue", job),
            );
          },
        },
      });
      expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "requeued" }]);
      expect(await slurm("squeue", "--me", "--noheader")).toBe("");
    });

    it("tells the trainer a minute before its time is up: failed, by the time limit", async () => {
      const at = realSlurm("hanging", { time: "1" });
      const { outcomes } = await at.launch();
      expect(outcomes).toMatchObject([{ outcome: "failed", reason: "time-limit", signal: "SIGINT" }]);
      expect(outcomes[0]?.log_tail.at(-1)).toBe("KeyboardInterrupt");
    });

    it("refuses what it cannot do, and says why", async () => {
      const { outcomes, notRun } = await realSlurm("healthy", { gres: "gpu:1" }).launch();
      expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "refused" }]);
      expect(notRun[0]?.why).toMatch(
        /Slurm did not take autoloop-0001a-s42-a1: .*(gres|node configuration)/i,
      );
    });

    it("works through six trials on two slots, the best first", async () => {
      const at = realSlurm("nan", {});
      const supervision = { ...at.settings.supervision, stopOnNonFinite: false };
      const { outcomes, notRun } = await at.launch({
        jobs: trials(6).map((job) => ({ ...job, steps: 4_000 })),
        settings: { supervision },
      });
      expect(notRun).toEqual([]);
      expect(outcomes.map(({ trial }) => trial).toSorted()).toEqual(trials(6).map(({ trial }) => trial));
      expect(new Set(outcomes.map(({ steps }) => steps))).toEqual(new Set([4_000]));
      const submitted = outcomes.toSorted((a, b) => Number(a.evidence["job"]) - Number(b.evidence["job"]));
      expect(submitted.map(({ trial }) => trial)).toEqual(trials(6).map(({ trial }) => trial));
      const spans = outcomes.map(({ started: from, ended: to }) => ({
        from: Date.parse(from),
        to: Date.parse(to),
      }));
      const atOnce = spans.map(({ from }) => spans.filter((one) => one.from <= from && from < one.to).length);
      expect(Math.max(...atOnce)).toBe(2);
      expect(await slurm("squeue", "--me", "--noheader")).toBe("");
    });

    it("gives back jobs that wait when the launch is stopped", async () => {
      const at = realSlurm("hanging");
      const cancel = new AbortController();
      const { outcomes, notRun } = await at.launch({
        jobs: trials(4),
        signal: cancel.signal,
        hooks: {
          onProgress: () =>
            readdirSync(join(at.settings.stateDir, "slurm")).filter((stem) => existsSync(started(at, stem)))
              .length === 2 && cancel.abort(),
        },
      });
      expect(outcomes.map(({ outcome, signal }) => [outcome, signal])).toEqual([
        ["interrupted", "SIGINT"],
        ["interrupted", "SIGINT"],
      ]);
      expect(notRun.map(({ why }) => why)).toEqual(
        Array(2).fill("the launch was stopped before Slurm began it"),
      );
    });

    it("knows a waiting job by its name and folder, when its number was never written down", async () => {
      const at = realSlurm("healthy");
      const blocker = await slurm(
        "sbatch",
        "--parsable",
        "--ntasks=2",
        "--output=/dev/null",
        "--wrap=sleep 60",
      );
      await until(
        "both slots are taken",
        async () => (await slurm("squeue", "-hj", blocker, "-o%T")) === "RUNNING",
      );
      const gone = await at.launch({
        hooks: {
          onNote: () => {
            throw new Error("gone");
          },
        },
      });
      expect(gone.notRun).toMatchObject([{ why: "gone" }]);
      const record = recordOf(at);
      const { remote } = record;
      if (!remote) throw new Error("it was not handed to Slurm");
      await writeAttempt(at.settings.stateDir, {
        ...record,
        state: "starting",
        remote: { ...remote, job: null },
      });
      await slurm("scancel", blocker);
      expect((await at.launch()).outcomes).toMatchObject([
        { outcome: "finished", evidence: { job: remote.job } },
      ]);
    });

    it("keeps a job whose launcher is killed; the next one finds it and sees it to its end", async () => {
      const at = realSlurm("nan");
      const supervision = { ...at.settings.supervision, stopOnNonFinite: false };
      const settings = { ...at.settings, supervision };
      const jobs = [trialJob({ steps: 5_000 })];
      const launched = await launcherProcess({ ...at, settings, jobs });
      await until("the trial logs a step", () => launched.output().includes("0001a-s42 100"));
      launched.child.kill("SIGKILL");
      expect(await launched.ended).toBe("SIGKILL");
      const job = jobOf(at);

      const notes: string[] = [];
      const { outcomes } = await at.launch({
        jobs,
        settings,
        hooks: { onNote: (note) => notes.push(note) },
      });
      expect(notes).toContain(`0001a-s42-1: job ${job} of Slurm is followed again`);
      expect(outcomes).toMatchObject([{ outcome: "invalid", exit: 0, steps: 5_000, evidence: { job } }]);
      expect(outcomes[0]?.curves["train/loss"]?.steps).toHaveLength(100);
      expect(readOutcomes(join(at.settings.stateDir, "outcomes"))).toHaveLength(1);
    });
  },
);

function recordOf(at: LaunchScene): AttemptRecord {
  return AttemptRecord.parse(
    JSON.parse(readFileSync(join(at.settings.stateDir, "attempts/0001a-s42-1.json"), "utf8")),
  );
}
