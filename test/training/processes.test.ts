import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { LaunchSettings } from "../../src/training/launch-options.ts";
import { reapOrphans } from "../../src/training/orphans.ts";
import { systemProcessTable } from "../../src/training/process-table.ts";
import { bundleLauncher, startLauncher } from "./executors/launcher.ts";
import { fakeNvidiaSmi, gpuRow, uuid } from "./fake-nvidia-smi.ts";
import { bareBin } from "./fake-trainers.ts";
import { readOutcomes, type Scene, scene } from "./launch-scene.ts";
import { QUICK, realClock, scratch, until, writeProgram } from "./real-ports.ts";
import { trialJob } from "./trial-jobs.ts";

let launcher = "";

beforeAll(async () => {
  launcher = await bundleLauncher(mkdtempSync(join(tmpdir(), "autoloop-launcher-")));
});

afterAll(() => rmSync(dirname(launcher), { recursive: true, force: true }));

const THOROUGH = process.env["AUTOLOOP_THOROUGH"] === "1";
const TRIALS = THOROUGH ? 200 : 60;
const SHORTENED = THOROUGH ? "" : " (60 instead of 200: AUTOLOOP_THOROUGH is not 1)";

describe(`two launchers on one machine${SHORTENED}`, () => {
  it(
    "train each trial once, never two on one GPU, and use all four",
    async () => {
      const folder = scratch(onTestFinished);
      const bin = bareBin(folder);
      for (const name of ["mkdir", "rmdir", "sleep"]) linkProgram(bin, name);
      fakeNvidiaSmi(
        bin,
        [0, 1, 2, 3].map((index) => gpuRow(index)),
      );
      mkdirSync(join(folder, "busy"));
      mkdirSync(join(folder, "clone"));
      // Holds a folder per GPU while it runs: a second one on the same GPU cannot make it.
      const program = writeProgram(
        join(folder, "trainers"),
        "trainer.sh",
        `#!/bin/sh
mkdir '${folder}/busy/'"$CUDA_VISIBLE_DEVICES" || echo "$CUDA_VISIBLE_DEVICES" >> '${folder}/collisions'
echo "$CUDA_VISIBLE_DEVICES $*" >> '${folder}/ran'
echo "INFO 2026-01-02 03:04:05 t_train.py:1113 step:50 smpl:1 ep:1 epch:0.10 loss:1.000 grdn:1.000 lr:1.0e-05 updt_s:0.018 data_s:0.023" >&2
sleep 0.0$(( $$ % 10 ))
echo "INFO 2026-01-02 03:04:05 t_train.py:1263 End of training" >&2
rmdir '${folder}/busy/'"$CUDA_VISIBLE_DEVICES"
`,
      );
      const settings: LaunchSettings = {
        stateDir: join(folder, "state"),
        leaseDir: join(folder, "leases"),
        outcomesDir: null,
        trainer: {
          command: ["sh", program],
          cwd: join(folder, "clone"),
          ownPaths: [],
          env: [],
          preflight: false,
        },
        minFreeBytes: 0,
        wandb: { project: "p", mode: "offline" },
        gpus: { maxConcurrency: 3, leaveFree: 0, reserved: [], cpuSlots: 0 },
        supervision: QUICK,
      };
      const jobs = Array.from({ length: TRIALS }, (_, seed) =>
        trialJob({ trial: `0001a-s${seed}`, seed, runId: `a${String(seed).padStart(9, "0")}` }),
      );
      const environment = { PATH: bin, HOME: folder };
      const both = ["one", "two"].map((name) =>
        startLauncher(launcher, { folder, name, settings, jobs, environment }),
      );
      expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);

      const ran = readFileSync(join(folder, "ran"), "utf8").trim().split("\n");
      expect(ran).toHaveLength(TRIALS);
      expect(new Set(ran.map((line) => /--wandb\.run_id=(\S+)/.exec(line)?.[1])).size).toBe(TRIALS);
      expect(new Set(ran.map((line) => line.split(" ")[0]))).toEqual(new Set([0, 1, 2, 3].map(uuid)));
      expect(readdirSync(folder)).not.toContain("collisions");

      const outcomes = both.flatMap((one) => one.result().outcomes);
      expect(outcomes.map(({ trial }) => trial).toSorted()).toEqual(
        jobs.map(({ trial }) => trial).toSorted(),
      );
      expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["finished"]));
      for (const one of both) expect(one.result().outcomes.length).toBeGreaterThan(5);
      expect(readOutcomes(join(settings.stateDir, "outcomes"))).toHaveLength(TRIALS);
      expect(readdirSync(settings.leaseDir)).toEqual([]);
      expect(readdirSync(join(settings.stateDir, "locks"))).toEqual([]);
    },
    THOROUGH ? 300_000 : 90_000,
  );
});

describe("a launcher that is killed", () => {
  const table = systemProcessTable();

  async function killedLauncher(at: Scene): Promise<number> {
    const launched = startLauncher(launcher, {
      folder: at.folder,
      name: "killed",
      settings: at.settings,
      jobs: [trialJob()],
      environment: at.environment,
    });
    await until("the trial logs a step", () => launched.output().includes("0001a-s42 50"));
    const record = join(at.settings.stateDir, "attempts/0001a-s42-1.json");
    const running = () => JSON.parse(readFileSync(record, "utf8")).trainer?.pid;
    await until("its pid is written down", () => running() !== undefined);
    const log = join(at.settings.stateDir, "logs/0001a-s42-a1.log");
    await until("its log has the step", () => readFileSync(log, "utf8").includes("step:50"));
    launched.child.kill("SIGKILL");
    expect(await launched.ended).toBe("SIGKILL");
    return running();
  }

  it("leaves an orphan, which the next start ends, and its trial is interrupted", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    const trainer = await killedLauncher(at);
    expect(await table.membersOf(trainer)).toEqual([trainer]);

    const { outcomes, notRun } = await at.launch({
      jobs: [trialJob(), trialJob({ attempt: 2, steps: 1 })],
      hooks: stopAtOnce(),
    });
    expect(await table.membersOf(trainer)).toEqual([]);
    expect(outcomes).toMatchObject([
      {
        attempt: 1,
        outcome: "interrupted",
        reason: "launcher-lost",
        evidence: { trainer: "was still running" },
        steps: 50,
        device: "cpu",
        curves: { "train/loss": { steps: [50], values: [0.18] } },
      },
      { attempt: 2, outcome: "stopped" },
    ]);
    expect(outcomes[0]?.log_tail.at(-1)).toContain("step:50");
    expect(notRun).toMatchObject([{ attempt: 1, why: "this attempt has an outcome already" }]);
    expect(at.delivered()).toHaveLength(2);
  });

  it("is found by its arguments when its pid was never written down", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    const trainer = await killedLauncher(at);
    const path = join(at.settings.stateDir, "attempts/0001a-s42-1.json");
    const record = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...record, state: "starting", trainer: null }));
    const [outcome] = await reapOrphans({
      stateDir: at.settings.stateDir,
      ladder: QUICK.ladders.gentle,
      processes: table,
      clock: realClock,
      clean: (text) => text,
    });
    expect(outcome?.outcome).toBe("interrupted");
    expect(await table.membersOf(trainer)).toEqual([]);
  });

  it("by SIGINT forwards it and writes its outcomes in time", async () => {
    const at = scene(onTestFinished, { trainer: "hanging", slots: 2 });
    const jobs = [trialJob(), trialJob({ trial: "0001a-s87", seed: 87 })];
    const { folder, settings, environment } = at;
    const launched = startLauncher(launcher, { folder, name: "cancelled", settings, jobs, environment });
    await until("both run", () => ["s42", "s87"].every((seed) => launched.output().includes(`${seed} 50`)));
    const before = Date.now();
    launched.child.kill("SIGINT");
    expect(await launched.ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(7_000);
    expect(at.delivered().map(({ outcome, signal }) => [outcome, signal])).toEqual([
      ["interrupted", "SIGINT"],
      ["interrupted", "SIGINT"],
    ]);
  });
});

function stopAtOnce() {
  return {
    watchesOf: () => [() => ({ outcome: "stopped", reason: "by-hand", evidence: {}, urgent: true }) as const],
  };
}

function linkProgram(bin: string, name: string): void {
  writeProgram(bin, name, `#!/bin/sh\nPATH=/usr/bin:/bin exec ${name} "$@"\n`);
}
