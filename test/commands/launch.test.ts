import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { launch } from "../../src/commands/launch.ts";
import { outcomeEvent } from "../../src/commands/outcome-event.ts";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import { record } from "../../src/commands/record.ts";
import { orRefuseClaims } from "../../src/commands/refuse-claims.ts";
import { lookAround } from "../../src/commands/world.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import { emptyOutcome } from "../../src/rounds/outcome.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { askedBefore, noteAsked } from "../../src/training/asked.ts";
import { fakeTrainer } from "../training/fake-trainers.ts";
import { readOutcomes } from "../training/launch-scene.ts";
import { realPorts, scratch, until } from "../training/real-ports.ts";
import { mountSmall, whyNotMounted } from "../training/small-disk.ts";
import { trialJob } from "../training/trial-jobs.ts";
import { memoryForge } from "./memory-forge.ts";

const CONFIGS = "src/lerobot/scripts/train_config";

interface Box {
  readonly stateDir?: string;
  /** Changes of `trainer`. */
  readonly trainer?: Readonly<Record<string, unknown>>;
}

/** A round with one trial that was merged and dispatched, and the box that is asked to train it. */
async function box({ stateDir, trainer = {} }: Box = {}) {
  const folder = scratch(onTestFinished);
  const cwd = join(folder, "clone");
  mkdirSync(cwd);
  const state = stateDir ?? join(folder, "state");
  const usual = {
    ...{ steps: 200, eval_freq: 100, log_freq: 50, min_free_gb: 0, preflight: false },
    ...{ cwd, state_dir: state, command: fakeTrainer(join(folder, "trainers"), "healthy") },
  };
  const settings = parseSettings({
    path: "autoloop.yml",
    text: JSON.stringify({
      mode: "train",
      seeds: [42],
      trainer: { ...usual, wandb_mode: "offline", ...trainer },
      gpus: { cpu_slots: 1, lease_dir: join(folder, "leases") },
    }),
  });
  const templates = planConfigs().slice(0, 1);
  const world = memoryForge(
    Object.fromEntries(templates.map(({ file, config }) => [`${CONFIGS}/${file}`, JSON.stringify(config)])),
  );
  const said: string[] = [];
  const house: House = {
    ...{ settings, forge: world.forge, retries: RETRIES, cloud: null, live: null, messenger: null },
    voice: voiceIn("en"),
    now: () => new Date(),
    progress: { say: (line) => void said.push(line) },
    ledger: ledgerStore(world.forge),
    underWay: async () => [],
    glance: () => world.forge.reader.glance({ beside: "autoloop/ledger", files: [] }),
  };
  await reconcileAll(house);
  world.merge(1);
  await reconcileAll(house);
  const outcomes = join(folder, "outcomes");
  const ports = realPorts({ PATH: process.env["PATH"], HOME: folder });
  const surroundings = { env: ports.environment, now: house.now, progress: house.progress };
  return {
    house,
    ports,
    state,
    said,
    claims: async () =>
      [...(await lookAround(house)).history.rounds.values()].flatMap(({ attempts }) => attempts),
    launch: async (given: { ports?: Partial<typeof ports>; signal?: AbortSignal } = {}) => {
      const open = (await lookAround(house)).history.rounds.get("0001")?.attempts.at(-1);
      if (!open) throw new Error("Nothing is claimed.");
      const { signal = new AbortController().signal } = given;
      const asked = { dispatch: open.dispatch, trials: [], outcomes, signal };
      return launch(house, surroundings, { ...asked, ports: { ...ports, ...given.ports } });
    },
    delivered: () => (existsSync(outcomes) ? readOutcomes(outcomes) : []),
  };
}

/** The claim was given up, and the trial is claimed once more. */
async function giveUp({ house, claims }: Awaited<ReturnType<typeof box>>) {
  const [first] = await claims();
  if (!first) throw new Error("Nothing is claimed.");
  const now = new Date().toISOString();
  const { trial, attempt, dispatch, runId: run_id } = first;
  const lost = emptyOutcome({
    ...{ round: "0001", dispatch, trial, attempt, run_id, started: now, ended: now },
    ...{ outcome: "interrupted", reason: "lost", evidence: {} },
  });
  const event = { ...outcomeEvent(lost), key: `given-up:${trial}:${attempt}` };
  await record(house, await lookAround(house), { events: [event] });
  await reconcileAll(house);
  return first;
}

describe("a launch", () => {
  it("trains what it is asked for, also where what earlier ones left cannot be told", async () => {
    const here = await box();
    mkdirSync(here.state, { recursive: true });
    writeFileSync(join(here.state, "asked"), "no folder");
    const { outcomes, refused } = await here.launch();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["finished"]);
    expect(refused).toBeNull();
    expect(here.said.join("\n")).toContain("what earlier launches left cannot be told: ");
  });

  const REFUSED = [{ trial: "0001a-s42", attempt: 1, outcome: "interrupted", reason: "refused" }];

  it("refuses its claims where the settings do not say where the trainer is", async () => {
    const here = await box({ trainer: { cwd: undefined } });
    const { outcomes, notRun, refused } = await here.launch();
    expect(refused).toContain("Set `trainer.cwd` to the trainer's clone on the GPU box.");
    expect([outcomes, here.delivered()]).toMatchObject([REFUSED, REFUSED]);
    expect(notRun).toMatchObject([{ trial: "0001a-s42", why: refused }]);
  });

  it("refuses its claims where nobody can tell what still trains here", async () => {
    const here = await box();
    mkdirSync(join(here.state, "attempts"), { recursive: true });
    writeFileSync(join(here.state, "attempts", "0009a-s1-1.json"), "half a rec");
    const { refused } = await here.launch();
    expect(refused).toContain("0009a-s1-1.json is not the record of an attempt.");
    expect(here.delivered()).toMatchObject(REFUSED);
  });

  it("refuses nothing for a mistake of its own", async () => {
    const here = await box();
    const claims = { jobs: [trialJob()], stateDir: here.state, outcomesDir: null, ports: here.ports };
    const mistake = () => Promise.reject(new TypeError("undefined is not a function"));
    await expect(orRefuseClaims(here.house, claims, mistake)).rejects.toThrow(TypeError);
    expect(existsSync(join(here.state, "outcomes"))).toBe(false);
  });

  it("has noted what it is asked for, and is stopped, while W&B takes what earlier ones stored", async () => {
    const silent = createServer(() => undefined);
    onTestFinished(() => void silent.close().closeAllConnections());
    const baseUrl = await new Promise<string>((resolve) =>
      silent.listen(0, "127.0.0.1", () => {
        const address = silent.address();
        resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
      }),
    );
    const here = await box({ trainer: { tap: true, wandb_mode: "online" } });
    const tap = join(here.state, "tap");
    mkdirSync(tap, { recursive: true });
    const stored = { kind: "stream", entity: "lab", project: "p", run: "a123456789", body: {} };
    writeFileSync(join(tap, "a123456789.0123456789ab.jsonl"), `${JSON.stringify(stored)}\n`);
    const stop = new AbortController();
    const environment = { ...here.ports.environment, WANDB_API_KEY: "k".repeat(40), WANDB_BASE_URL: baseUrl };
    const launched = here.launch({ ports: { environment }, signal: stop.signal });
    await until(
      "W&B is asked",
      () => new Promise((resolve) => silent.getConnections((_, n) => resolve(n > 0))),
    );
    expect(await askedBefore(here.state)).toEqual(["0001a-s42-1"]);
    const since = performance.now();
    stop.abort();
    expect((await launched).outcomes).toEqual([]);
    expect(performance.now() - since).toBeLessThan(5_000);
  });
});

const SMALL = mountSmall();

describe.skipIf(typeof SMALL === "string")(`a launch on a full disk${whyNotMounted(SMALL)}`, () => {
  const folder = typeof SMALL === "string" ? "" : SMALL.folder;
  afterAll(() => {
    execFileSync("umount", [folder]);
    rmSync(folder, { recursive: true });
  });

  it("refuses its claim in the reserve, and tells what an earlier one never began", async () => {
    const here = await box({ stateDir: join(folder, "state"), trainer: { min_free_gb: 0.02 } });
    const first = await giveUp(here);
    await noteAsked(here.state, [first]);
    writeFileSync(join(here.state, "reserve"), Buffer.alloc(8_000_000));
    expect(() => writeFileSync(join(folder, "checkpoint"), Buffer.alloc(24_000_000))).toThrow("ENOSPC");
    expect(statSync(join(folder, "checkpoint")).size).toBeGreaterThan(10_000_000);
    const { refused } = await here.launch();
    expect(refused).not.toBeNull();
    expect(here.delivered().map(({ attempt, reason }) => [attempt, reason])).toEqual([
      [1, "not-begun"],
      [2, "refused"],
    ]);
  });
});
