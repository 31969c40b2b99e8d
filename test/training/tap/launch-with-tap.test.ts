import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { PAIR_INFO_PATH, planConfigs } from "../../../src/embedded/trainer/plan-configs.ts";
import { launchTrials } from "../../../src/training/launch.ts";
import type { LaunchHooks, SupervisionSettings } from "../../../src/training/launch-options.ts";
import type { StopRequest } from "../../../src/training/stop.ts";
import type { Tap } from "../../../src/training/tap/tap.ts";
import type { RowEvent } from "../../../src/training/watch.ts";
import { type Scene, scene } from "../launch-scene.ts";
import { realPorts } from "../real-ports.ts";
import { trialJob } from "../trial-jobs.ts";
import { tinyTrainer } from "./programs.ts";
import { outage, REAL_KEY, tapScene } from "./tap-scene.ts";
import { readLocal } from "./wandb-rows.ts";

const RUN = "a123456789";
const light = planConfigs().find(({ file }) => file.includes("light"));
const LADDERS = {
  urgent: [{ signal: "SIGKILL", graceMs: 2_000 }],
  gentle: [
    { signal: "SIGINT", graceMs: 200 },
    { signal: "request", graceMs: 15_000 },
    { signal: "SIGKILL", graceMs: 2_000 },
  ],
} satisfies SupervisionSettings["ladders"];

let program = "";
beforeAll(async () => {
  program = await tinyTrainer();
});
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }));

/** A launch of the tiny trainer, with a pace that a test can follow. */
async function launch(
  tap: Tap | undefined,
  given: { steps: number; env?: Record<string, string>; hooks?: LaunchHooks; ladders?: typeof LADDERS },
) {
  const env = {
    WANDB_API_KEY: REAL_KEY,
    https_proxy: "http://proxy.invalid:1",
    NO_PROXY: "corp.example",
    ...given.env,
  };
  const at = scene(onTestFinished, {
    trainer: [process.execPath, program],
    environment: env,
    ...(given.ladders ? { supervision: { ladders: given.ladders } } : {}),
  });
  const trainer = {
    ...at.settings.trainer,
    env: Object.keys(env).filter((name) => name.startsWith("TINY_")),
  };
  const config = JSON.parse(JSON.stringify({ ...light?.config, save_checkpoint: false }));
  mkdirSync(join(at.cwd, "data"));
  writeFileSync(join(at.cwd, PAIR_INFO_PATH), "{}");
  const { outcomes, notRun } = await launchTrials({
    jobs: [trialJob({ config, steps: given.steps, logFreq: 10, evalFreq: 50 })],
    settings: { ...at.settings, trainer },
    ports: { ...realPorts(at.environment), tap },
    hooks: given.hooks ?? {},
    signal: new AbortController().signal,
  });
  return { outcome: outcomes[0], notRun, at };
}

function outputOf({ settings }: Scene): string {
  const root = join(settings.stateDir, "outputs/train");
  const [day = ""] = readdirSync(root);
  const [stem = ""] = readdirSync(join(root, day));
  return join(root, day, stem);
}

const grid = (last: number) => Array.from({ length: last / 10 }, (_, index) => 10 * (index + 1));

/** A watch that sees every row and stops at the first for which `holds`. */
function watching(holds: (row: RowEvent) => boolean) {
  const rows: RowEvent[] = [];
  const stop: StopRequest = { outcome: "stopped", reason: "ot-dead", evidence: {}, urgent: false };
  const hooks: LaunchHooks = {
    watchesOf: () => [
      (event) => {
        if (event.kind !== "row") return null;
        rows.push(event);
        return holds(event) ? stop : null;
      },
    ],
  };
  return { rows, hooks };
}

describe("a trial that logs through a tap", () => {
  it("has every row in its file, on W&B and before the watches, without knowing the real key", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const { rows, hooks } = watching(() => false);
    const { outcome, at } = await launch(tap, { steps: 100, hooks });
    expect(outcome).toMatchObject({ outcome: "finished", run_url: `${wandb.url}/me/p/runs/${RUN}` });
    const local = await readLocal(outputOf(at), "train/ot_pi_sum");
    expect(local).toMatchObject({ steps: grid(100), exitCode: 0, intact: true });
    expect(wandb.runs.rows(RUN).map((row) => row["train/ot_pi_sum"])).toEqual(local.values);
    expect(wandb.runs.get(RUN)).toMatchObject({ state: "finished", group: trialJob().group });
    expect(rows.map(({ step }) => step)).toEqual(grid(100));
    expect(rows.map(({ values }) => values.get("train/ot_pi_sum"))).toEqual(local.values);
    expect(readFileSync(join(at.settings.stateDir, "logs/0001a-s42-a1.log"), "utf8")).not.toContain(REAL_KEY);
  });

  it("is stopped by what a row says, and keeps all that it logged", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const { hooks } = watching(({ step }) => (step ?? 0) >= 50);
    const { outcome, at } = await launch(tap, { steps: 100_000, env: { TINY_STEP_MS: "5" }, hooks });
    expect(outcome).toMatchObject({ outcome: "stopped", reason: "ot-dead", signal: "SIGINT" });
    const local = await readLocal(outputOf(at), "train/loss");
    expect(local).toMatchObject({ exitCode: 255, intact: true });
    expect(wandb.runs.rows(RUN).map((row) => row["train/loss"])).toEqual(local.values);
    expect(wandb.runs.get(RUN)).toMatchObject({ exitCode: 255 });
  });

  it("that ignores SIGINT is asked to stop through the protocol before anything harder", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const { hooks } = watching(() => true);
    const env = { TINY_STEP_MS: "5", TINY_IGNORE_SIGINT: "1" };
    const { outcome, at } = await launch(tap, { steps: 100_000, env, hooks, ladders: LADDERS });
    expect(outcome).toMatchObject({ outcome: "stopped", reason: "ot-dead", signal: "SIGINT" });
    const local = await readLocal(outputOf(at), "train/loss");
    expect(local).toMatchObject({ exitCode: 255, intact: true });
    expect(wandb.runs.rows(RUN).map((row) => row["train/loss"])).toEqual(local.values);
  });

  it("trains although W&B is away, and its rows are kept", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const over = outage(wandb);
    const { outcome, at } = await launch(tap, { steps: 100 });
    // No invented page: nobody has said where the run will be.
    expect(outcome).toMatchObject({ outcome: "finished", run_url: null });
    over.end();
    await tap.close();
    expect(tap.stored()).toBe(0);
    const local = await readLocal(outputOf(at), "train/loss");
    expect(wandb.runs.rows(RUN).map((row) => row["train/loss"])).toEqual(local.values);
    expect(local.steps).toEqual(grid(100));
  });

  it("whose listener breaks is stopped and told, as with any mistake of our own", async () => {
    const { tap } = await tapScene(onTestFinished);
    const hooks: LaunchHooks = {
      watchesOf: () => [
        (event) => {
          if (event.kind === "row") throw new Error("no such column");
          return null;
        },
      ],
    };
    const { outcome, notRun } = await launch(tap, { steps: 100_000, env: { TINY_STEP_MS: "5" }, hooks });
    expect(outcome).toBeUndefined();
    expect(notRun).toEqual([{ trial: "0001a-s42", attempt: 1, why: "no such column" }]);
  });
});

describe("a trial without a tap", () => {
  it("logs as its settings say, and no row is heard", async () => {
    const { rows, hooks } = watching(() => true);
    const { outcome, at } = await launch(undefined, { steps: 50, hooks });
    expect(outcome).toMatchObject({ outcome: "finished", run_url: null });
    expect(rows).toEqual([]);
    expect(readdirSync(join(outputOf(at), "wandb")).some((name) => name.startsWith("offline-run-"))).toBe(
      true,
    );
  });

  it("is not waited for where only a tap could ask it to stop", async () => {
    const asked: { at: number } = { at: Number.NaN };
    const hooks: LaunchHooks = {
      watchesOf: () => [
        ({ kind }) => {
          if (kind !== "step") return null;
          asked.at ||= Date.now();
          return { outcome: "stopped", reason: "by-hand", evidence: {}, urgent: false };
        },
      ],
    };
    const env = { TINY_STEP_MS: "5", TINY_IGNORE_SIGINT: "1" };
    const { outcome } = await launch(undefined, { steps: 100_000, env, hooks, ladders: LADDERS });
    expect(outcome).toMatchObject({ outcome: "stopped", reason: "by-hand", signal: "SIGKILL" });
    expect(Date.now() - asked.at).toBeLessThan(10_000);
  });
});
