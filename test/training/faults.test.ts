/**
 * Everything that a night may throw at a launch, with real processes: whoever is killed at whatever moment of a trial, a full disk,
 * a flood of lines, a trainer that does not listen, a clock that jumps. After each the next start brings everything to one end.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { guardAgainstEnd } from "../../src/training/guards.ts";
import { type LaunchResult, launchTrials } from "../../src/training/launch.ts";
import { systemProcessTable } from "../../src/training/process-table.ts";
import type { TrialJob } from "../../src/training/trial-job.ts";
import { bundleLauncher, type LauncherProcess, startLauncher } from "./executors/launcher.ts";
import { gpuRow } from "./fake-nvidia-smi.ts";
import { type Scene, scene } from "./launch-scene.ts";
import { realClock, realPorts, until, writeProgram } from "./real-ports.ts";
import { mountSmall, whyNotMounted } from "./small-disk.ts";
import { stagedTrainer } from "./staged-trainer.ts";
import { trialJob } from "./trial-jobs.ts";

const THOROUGH = process.env["AUTOLOOP_THOROUGH"] === "1";
const SHORTENED = THOROUGH ? "" : " (some of the stages: AUTOLOOP_THOROUGH is not 1)";

let launcher = "";
/** Only what a test has seen through to its end is counted. */
const survived = new Map<string, number>();
const survive = (...faults: readonly string[]) => {
  for (const fault of faults) survived.set(fault, (survived.get(fault) ?? 0) + 1);
};

beforeAll(async () => {
  launcher = await bundleLauncher(mkdtempSync(join(tmpdir(), "autoloop-faults-")));
});

afterAll(() => {
  rmSync(dirname(launcher), { recursive: true, force: true });
  const all = [...survived.values()].reduce((sum, count) => sum + count, 0);
  const each = [...survived].map(([fault, count]) => `${count} ${fault}`).join(", ");
  console.info(`${all} faults injected (${each}); nothing lost, nothing twice, nothing left running`);
});

type Victim = "trainer" | "queue" | "both";
const WHO = { trainer: "the trainer", queue: "the queue", both: "both" } as const;

/** Moments of a trial in their order. Before `loads` there is no trainer that could be killed. */
const STAGES = [
  { stage: "probes", name: "while the GPUs are looked at", trainer: false },
  { stage: "prepares", name: "while the trainer's clone is looked at", trainer: false },
  { stage: "loads", name: "before the trainer has written anything", trainer: true },
  { stage: "begins", name: "when the output folder is there", trainer: true },
  { stage: "steps", name: "between two steps", trainer: true },
  { stage: "evaluates", name: "within an evaluation", trainer: true },
  { stage: "saves", name: "within a checkpoint", trainer: true },
  { stage: "ends", name: "after the last line, before the exit", trainer: true },
  { stage: "leaves", name: "as the trainer exits", trainer: false },
] as const;
type Stage = (typeof STAGES)[number]["stage"];

const CASES = STAGES.flatMap(({ stage, name, trainer }) =>
  (trainer ? (["trainer", "queue", "both"] as const) : (["queue"] as const)).map((victim) => ({
    stage,
    name,
    victim,
  })),
);
const CHEAP: readonly string[] = [
  "prepares queue",
  "steps trainer",
  "steps queue",
  "saves both",
  "ends queue",
];
const CHOSEN = CASES.filter(({ stage, victim }) => THOROUGH || CHEAP.includes(`${stage} ${victim}`));

const FIRST = trialJob();
const SECOND = trialJob({ attempt: 2, runId: "b123456789" });

/** One fake GPU and a trainer that waits at one stage of its first attempt. */
function stagedScene(
  stage: Stage | "fills",
): Scene & { readonly reached: () => boolean; readonly goOn: () => void } {
  const at = scene(onTestFinished, { trainer: ["to be set"], gpus: [gpuRow(0)] });
  const trainer = { ...at.settings.trainer, command: stagedTrainer(at.folder, stage) };
  const bin = join(at.folder, "bin");
  for (const [tool, when] of [
    ["nvidia-smi", "probes"],
    ["git", "prepares"],
  ] as const) {
    if (when === stage) slowDown(bin, tool, at.folder);
  }
  return {
    ...at,
    settings: { ...at.settings, trainer },
    launch: (given) => at.launch({ ...given, settings: { trainer, ...given?.settings } }),
    reached: () => existsSync(join(at.folder, "reached")),
    goOn: () => writeFileSync(join(at.folder, "go-on"), ""),
  };
}

/** The tool says that it was called, and answers when it may. */
function slowDown(bin: string, tool: string, folder: string): void {
  const original = join(bin, `${tool}.original`);
  execFileSync("mv", [join(bin, tool), original]);
  writeProgram(
    bin,
    tool,
    `#!/bin/sh\n: > '${folder}/reached'\nwhile [ ! -e '${folder}/go-on' ]; do /bin/sleep 0.02; done\nexec '${original}' "$@"\n`,
  );
}

const table = systemProcessTable();
const trainersOf = (at: Scene) =>
  table.withArgument(`--wandb.run_id=${FIRST.runId}`).then((pids) => pids.filter((pid) => belongs(at, pid)));

/** Other tests' trainers may run under the same id at the same time. */
function belongs(at: Scene, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(at.folder);
  } catch {
    return false;
  }
}

function kill(pid: number | undefined): void {
  if (pid !== undefined) process.kill(pid, "SIGKILL");
}

/** Kills at the stage, and waits until the launch is over. */
async function strike(
  at: ReturnType<typeof stagedScene>,
  launched: LauncherProcess,
  victim: Victim,
): Promise<void> {
  await until("the stage is reached", at.reached);
  const trainers = await trainersOf(at);
  if (victim !== "queue") expect(trainers).toHaveLength(1);
  if (victim !== "trainer") kill(launched.child.pid);
  if (victim !== "queue") kill(trainers[0]);
  if (victim === "trainer") expect(await launched.ended).toBe(0);
  else expect(await launched.ended).toBe("SIGKILL");
}

describe(`kill -9${SHORTENED}`, () => {
  it.each(CHOSEN.map((one) => [`of ${WHO[one.victim]} ${one.name}`, one] as const))(
    "%s leaves one outcome of each attempt, and a finished trial",
    async (_, { stage, victim }) => {
      const at = stagedScene(stage);
      const launched = startLauncher(launcher, { ...at, jobs: [FIRST] });
      await strike(at, launched, victim);
      at.goOn();

      // The next wake-up asks for the same claim, then for the attempt that follows from its outcome.
      await at.launch({ jobs: [FIRST] });
      const [first] = at.delivered();
      expect(await trainersOf(at)).toEqual([]);
      if (first?.outcome === "interrupted") {
        expect(first.reason).toBe(victim === "trainer" ? "signal" : "launcher-lost");
        await at.launch({ jobs: [FIRST, SECOND] });
      } else {
        // Nothing had been begun, or the trainer had come to its end before.
        expect([stage, first?.outcome]).toEqual([
          expect.stringMatching(/^(probes|prepares|leaves|ends)$/),
          "finished",
        ]);
      }
      const delivered = at.delivered();
      expect(delivered.map(({ attempt }) => attempt)).toEqual(delivered.map((_, index) => index + 1));
      expect(delivered.at(-1)?.outcome).toBe("finished");
      // Every trainer that was ever started says so: no attempt had two.
      const starts = readFileSync(join(at.folder, "starts"), "utf8").trim().split("\n");
      expect(new Set(starts).size).toBe(starts.length);
      expect(readdirSync(at.settings.leaseDir)).toEqual([]);
      expect(readdirSync(join(at.settings.stateDir, "locks"))).toEqual([]);
      survive(...(victim === "both" ? ["trainer killed", "queue killed"] : [`${victim} killed`]));
    },
    60_000,
  );
});

describe("a trainer that ignores SIGINT and SIGTERM", () => {
  it("is gone after the ladder, with its outcome", async () => {
    const at = scene(onTestFinished, { trainer: "stubborn" });
    const stop = { outcome: "stopped", reason: "by-hand", evidence: {}, urgent: false } as const;
    const { outcomes } = await at.launch({
      hooks: { watchesOf: () => [({ kind }) => (kind === "step" ? stop : null)] },
    });
    expect(outcomes).toMatchObject([{ outcome: "stopped", signal: "SIGKILL" }]);
    expect(await trainersOf(at)).toEqual([]);
    survive("deaf trainer");
  });
});

describe("a flood of lines", () => {
  it("costs no step, and its log stays within its limit", async () => {
    const logCapBytes = 200_000;
    const at = scene(onTestFinished, { trainer: "flood", supervision: { logCapBytes } });
    const { outcomes } = await at.launch();
    expect(outcomes).toMatchObject([{ outcome: "finished", steps: 100 }]);
    const logs = join(at.settings.stateDir, "logs");
    for (const name of readdirSync(logs))
      expect(readFileSync(join(logs, name)).length).toBeLessThan(2 * logCapBytes + 400_000);
    survive("log flood");
  });
});

describe("a machine's clock that jumps", () => {
  const HOUR = 3_600_000;

  it.each([
    ["forwards", 9 * HOUR],
    ["backwards", -9 * HOUR],
  ])("%s by hours stalls nobody, costs no budget and no lease", async (_, jump) => {
    const at = stagedScene("steps");
    let shift = 0;
    const clock = { ...realClock, now: () => Date.now() + shift };
    const used: number[] = [];
    const jobs = [FIRST, trialJob({ trial: "0001a-s87", seed: 87, runId: "c123456789" })];
    const launched = launchTrials({
      jobs,
      settings: { ...at.settings, supervision: { ...at.settings.supervision, stallMs: 60_000 } },
      ports: { ...realPorts(at.environment), clock },
      hooks: {
        stopOf: (_job, launch) => {
          used.push(launch.used);
          return null;
        },
        // The end of hours that the jump does not reach.
        guardsOf: () => [
          guardAgainstEnd({
            clock,
            reason: "window-ended",
            msLeft: () => Date.now() + 20 * HOUR - clock.now(),
          }),
        ],
      },
      signal: new AbortController().signal,
    });
    await until("it trains", at.reached);
    shift = jump;
    at.goOn();
    const { outcomes, notRun } = await launched;
    expect(notRun).toEqual([]);
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["finished", null],
      ["finished", null],
    ]);
    for (const { device_seconds } of outcomes) expect(device_seconds).toBeLessThan(60);
    expect(Math.max(...used)).toBeLessThan(60 / 3600);
    expect(Math.min(...used)).toBeGreaterThanOrEqual(0);
    expect(readdirSync(at.settings.leaseDir)).toEqual([]);
    survive("clock jump");
  });
});

const SMALL = mountSmall();

const WITHOUT_MOUNT = whyNotMounted(SMALL);

describe.skipIf(WITHOUT_MOUNT !== "")(`a file system of 24 MB under the state folder${WITHOUT_MOUNT}`, () => {
  const folder = typeof SMALL === "string" ? "" : SMALL.folder;
  afterAll(() => {
    execFileSync("umount", [folder]);
    rmSync(folder, { recursive: true });
  });

  it("that a trainer fills still takes its outcome, then refuses, then trains when there is room", async () => {
    const at = stagedScene("fills");
    const stateDir = join(folder, "state");
    mkdirSync(stateDir);
    at.goOn();
    const on = (jobs: readonly TrialJob[], minFreeBytes = 0) =>
      at.launch({ jobs, settings: { stateDir, minFreeBytes } });
    const ends = ({ outcomes }: LaunchResult) =>
      outcomes.map(({ attempt, outcome, reason }) => [attempt, outcome, reason]);
    expect(ends(await on([FIRST]))).toEqual([[1, "failed", "disk-full"]]);
    const third = trialJob({ attempt: 3, runId: "c123456789" });
    expect(ends(await on([SECOND], 10_000_000))).toEqual([[2, "interrupted", "refused"]]);
    const model = execFileSync("find", [stateDir, "-name", "model"]).toString().trim();
    rmSync(model);
    expect(ends(await on([FIRST, SECOND, third], 1_000_000))).toEqual([[3, "finished", null]]);
    expect(at.delivered().map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    // Nothing half-written is left behind.
    const drafts = execFileSync("find", [stateDir, "-name", "*.tmp"]).toString();
    expect(drafts).toBe("");
    survive("full disk");
  });
});
