import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { launch } from "../../src/commands/launch.ts";
import { outcomeEvent } from "../../src/commands/outcome-event.ts";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import { record } from "../../src/commands/record.ts";
import { lookAround } from "../../src/commands/world.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import { emptyOutcome } from "../../src/rounds/outcome.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { noteAsked } from "../../src/training/asked.ts";
import { fakeTrainer } from "../training/fake-trainers.ts";
import { readOutcomes } from "../training/launch-scene.ts";
import { realPorts, scratch } from "../training/real-ports.ts";
import { mountSmall, whyNotMounted } from "../training/small-disk.ts";
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
    mkdirSync(join(here.state, "asked", "0009a-s1-1"), { recursive: true });
    const { outcomes, refused } = await here.launch();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["finished"]);
    expect(refused).toBeNull();
    expect(here.said.join("\n")).toContain("what earlier launches left cannot be told: ");
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
