import { describe, expect, it } from "vitest";
import { prospectsOf } from "../../src/commands/ground.ts";
import { outcomeEvent } from "../../src/commands/outcome-event.ts";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import { record } from "../../src/commands/record.ts";
import { lookAround } from "../../src/commands/world.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { AutoloopError } from "../../src/errors.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import type { Attempt } from "../../src/rounds/history.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { memoryForge } from "./memory-forge.ts";

const settings = parseSettings({ path: "autoloop.yml", text: JSON.stringify({ mode: "train" }) });
const templates = planConfigs()
  .slice(0, 1)
  .map(({ file, config }) => [`src/lerobot/scripts/train_config/${file}`, JSON.stringify(config)] as const);

const AWAY: House["cloud"] = {
  read: () =>
    Promise.reject(new AutoloopError("runs.unreachable", { what: "W&B is away.", next: "Try again." })),
};
const THERE: House["cloud"] = { read: async () => ({ runs: [], warnings: [], source: "W&B" }) };

/** One round was trained, nothing can be bred from what came of it, and that was looked at once already. */
async function spent(cloud: House["cloud"]) {
  const { forge, merge, finish, runs } = memoryForge(Object.fromEntries(templates));
  const house: House = {
    ...{ settings, forge, retries: RETRIES, cloud, live: null, underWay: async () => [] },
    voice: voiceIn("en"),
    now: () => new Date("2026-01-05T20:00:00.000Z"),
    progress: { say: () => undefined },
    ledger: ledgerStore(forge),
    glance: () => forge.reader.glance({ beside: "autoloop/ledger", files: [] }),
    messenger: null,
  };
  await reconcileAll(house);
  merge(1);
  await reconcileAll(house);
  const world = await lookAround(house);
  const outcomes = [...world.history.rounds.values()].flatMap(({ attempts }) => attempts.map(exploded));
  await record(house, world, { events: outcomes.map(outcomeEvent), outcomes });
  for (const { dispatch } of runs) finish(dispatch);
  expect((await reconcileAll(house)).proposal).toEqual({ kind: "no-results" });
  return house;
}

function exploded({ trial, attempt, dispatch, runId }: Attempt): Outcome {
  return {
    ...{ trial, attempt, dispatch, run_id: runId, round: trial.slice(0, 4) },
    ...{ schema: "autoloop/outcome@1", run_url: null, resumed_from: null },
    ...{ outcome: "invalid", reason: "non-finite", evidence: {}, exit: null, signal: "SIGINT" },
    ...{ started: "2026-01-05T20:00:00.000Z", ended: "2026-01-05T20:10:00.000Z" },
    ...{ device: "cpu", device_seconds: 600, steps: 200, log_tail: [], curves: {} },
    conditions: {
      ...{ fork_commit: null, fork_dirty: null, pair_data: null },
      ...{ eval_freq: 200, batch_size: 8, num_workers: 0 },
    },
  };
}

/** Whether a wake-up asks W&B, which it does only where the answer is not known. */
async function looks(house: House, cloud: NonNullable<House["cloud"]>): Promise<boolean> {
  let asked = false;
  const read: typeof cloud.read = (selection) => {
    asked = true;
    return cloud.read(selection);
  };
  expect(await reconcileAll({ ...house, cloud: { read } })).toMatchObject({
    done: ["propose: no-results"],
    proposal: { kind: "no-results" },
  });
  return asked;
}

describe("that nothing is to be gained", () => {
  it("is found out only from what could be read", async () => {
    const house = await spent(AWAY);
    expect([await looks(house, AWAY), await looks(house, AWAY)]).toEqual([true, true]);
    expect([await looks(house, THERE), await looks(house, THERE)]).toEqual([true, false]);
  });

  it("is found out anew by a job that has W&B's key after one that had none, and on the next day", async () => {
    const house = await spent(null);
    expect([await looks(house, THERE), await looks(house, THERE)]).toEqual([true, false]);
    const tomorrow: House = { ...house, now: () => new Date("2026-01-06T20:00:00.000Z") };
    expect(await looks(tomorrow, THERE)).toBe(true);
  });

  it("is found out anew by another version", async () => {
    const house = await spent(THERE);
    const world = await lookAround(house);
    expect(prospectsOf(house, world)).toBe(prospectsOf(house, world));
    expect(prospectsOf(house, world, "0.0.9")).not.toBe(prospectsOf(house, world));
  });
});
