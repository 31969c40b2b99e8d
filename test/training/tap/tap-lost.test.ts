import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import * as z from "zod";
import { type EmbeddedWandb, startWandb } from "../../../src/embedded/wandb/server.ts";
import { replayStored } from "../../../src/training/tap/replay.ts";
import { SHORTENED, THOROUGH } from "../../acceptance/thorough.ts";
import { createBox, type TrainerBox } from "../../embedded/trainer/spawned-trainer.ts";
import { realClock, scratch } from "../real-ports.ts";
import { relayProgram } from "./programs.ts";
import { PYTHONS, SKIPPED, startSdk } from "./sdk-process.ts";
import { losses, REAL_KEY } from "./tap-scene.ts";
import { readLocal } from "./wandb-rows.ts";

const RUN = "a123456789";
const SLOW = 120_000;

let program = "";
let box: TrainerBox;
beforeAll(async () => {
  [program, box] = await Promise.all([relayProgram(), createBox()]);
});
afterAll(() => {
  box.remove();
  rmSync(dirname(program), { recursive: true, force: true });
});

interface RelayProcess {
  readonly child: ChildProcess;
  readonly environment: Readonly<Record<string, string>>;
  /** How many rows it has told so far. */
  rows(): number;
  /** kill -9 */
  kill(): Promise<void>;
}

async function startRelay(upstream: string, storeDir: string): Promise<RelayProcess> {
  const child = spawn(process.execPath, [program, RUN, upstream, REAL_KEY, storeDir], {
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await soon(() => output.includes("\n") || child.exitCode !== null);
  return {
    child,
    environment: z.record(z.string(), z.string()).parse(JSON.parse(output.split("\n")[0] ?? "")),
    rows: () => output.match(/^row \d+$/gm)?.length ?? 0,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function soon(holds: () => boolean): Promise<void> {
  return vi.waitFor(() => expect(holds()).toBe(true), { timeout: 60_000, interval: 20 });
}

async function upstream(): Promise<EmbeddedWandb> {
  const wandb = await startWandb({ apiKeys: [REAL_KEY] });
  onTestFinished(() => wandb.close());
  return wandb;
}

describe("a tap that is killed", () => {
  it("does not stop the training, whose file has every row", { timeout: SLOW }, async () => {
    const wandb = await upstream();
    const relay = await startRelay(wandb.url, scratch(onTestFinished));
    const args = [
      "--steps=400",
      "--log_freq=10",
      "--eval_freq=100",
      `--wandb.run_id=${RUN}`,
      "--output_dir=killed",
    ];
    const env = { ...relay.environment, TINY_STEP_MS: "10" };
    const trainer = box.start([box.config("killed"), "--wandb.mode=online", ...args], env);
    await soon(() => losses(wandb, RUN).length > 2);
    await relay.kill();
    expect(await trainer.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("End of training"),
    });
    const local = await readLocal(join(box.folder, "killed"), "train/loss");
    expect(local).toMatchObject({
      exitCode: 0,
      intact: true,
      steps: Array.from({ length: 40 }, (_, index) => 10 * (index + 1)),
    });
    // What had arrived before is the beginning of it.
    const arrived = losses(wandb, RUN);
    expect(arrived.length).toBeLessThan(40);
    expect(arrived).toEqual(local.values.slice(0, arrived.length));
  });

  it.skipIf(!THOROUGH)(
    `leaves what it had stored to a later launch${SHORTENED}`,
    { timeout: SLOW },
    async () => {
      const storeDir = scratch(onTestFinished);
      const relay = await startRelay("none", storeDir);
      const args = ["--steps=400", "--log_freq=10", `--wandb.run_id=${RUN}`, "--output_dir=stored"];
      const env = { ...relay.environment, TINY_STEP_MS: "10" };
      const trainer = box.start([box.config("stored"), "--wandb.mode=online", ...args], env);
      // Lines of a second request say that the first was answered, and with it stored.
      await soon(() => relay.rows() > 0);
      const first = relay.rows();
      await soon(() => relay.rows() > first);
      await relay.kill();
      await trainer.ended;
      const wandb = await upstream();
      const clock = { ...realClock, now: () => Date.now() + 10 * 60_000 };
      const replay = { storeDir, upstream: { baseUrl: wandb.url, apiKey: REAL_KEY }, fetch, clock };
      expect(await replayStored(replay)).toMatchObject({ left: [] });
      const local = await readLocal(join(box.folder, "stored"), "train/loss");
      const arrived = losses(wandb, RUN);
      expect(arrived.length).toBeGreaterThanOrEqual(first);
      expect(arrived.length).toBeLessThan(40);
      expect(arrived).toEqual(local.values.slice(0, arrived.length));
    },
  );
});

describe.skipIf(PYTHONS.length === 0)(`the real W&B SDK behind a tap that is killed ${SKIPPED}`, () => {
  it.each(PYTHONS.length > 0 ? PYTHONS : ["no interpreter"])(
    "logs to its file to the end, and comes to its end: %s",
    { timeout: 200_000 },
    async (python) => {
      const wandb = await upstream();
      const relay = await startRelay(wandb.url, scratch(onTestFinished));
      const folder = scratch(onTestFinished);
      const { environment } = relay;
      const sdk = startSdk({ python, folder, environment, runId: RUN, steps: 80, secondsPerStep: 0.1 });
      await soon(() => relay.rows() > 20);
      await relay.kill();
      expect(await sdk.ended, sdk.stderr()).toBe(0);
      const at = (word: string) => sdk.said.find((one) => one.word === word)?.at ?? Number.NaN;
      console.log(
        `${python}: from the last step to the exit ${(at("finished") - at("trained")).toFixed(0)} ms`,
      );
      expect(sdk.said.filter(({ word }) => word === "closed")).toHaveLength(79);
      const local = await readLocal(folder, "train/loss");
      expect(local).toMatchObject({
        exitCode: 0,
        intact: true,
        steps: Array.from({ length: 80 }, (_, index) => index),
      });
      expect(local.values.slice(2, 7)).toEqual([
        1 / 5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        1 / 9,
      ]);
      const arrived = losses(wandb, RUN);
      expect(arrived.length).toBeLessThan(80);
      expect(arrived).toEqual(local.values.slice(0, arrived.length));
    },
  );
});
