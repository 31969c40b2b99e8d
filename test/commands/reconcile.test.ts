import { describe, expect, it } from "vitest";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import { record } from "../../src/commands/record.ts";
import { lookAround } from "../../src/commands/world.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { memoryForge } from "./memory-forge.ts";

const settings = parseSettings({ path: "autoloop.yml", text: JSON.stringify({ mode: "train" }) });
const templates = planConfigs()
  .slice(0, 1)
  .map(({ file, config }) => [`src/lerobot/scripts/train_config/${file}`, JSON.stringify(config)] as const);

function lab() {
  const world = memoryForge(Object.fromEntries(templates));
  const { forge } = world;
  const sent: string[] = [];
  const house: House = {
    ...{ settings, forge, retries: RETRIES, cloud: null, live: null, underWay: async () => [] },
    voice: voiceIn("en"),
    now: () => new Date("2026-01-05T20:00:00.000Z"),
    progress: { say: () => undefined },
    ledger: ledgerStore(forge),
    glance: () => forge.reader.glance({ beside: "autoloop/ledger", files: [] }),
    messenger: { send: async (text) => void sent.push(text) },
  };
  return { ...world, house, sent };
}

describe("reconcileAll", () => {
  it("does all else when one piece fails, and fails in the end", async () => {
    const { house, forge, push, sent } = lab();
    expect((await reconcileAll(house)).done).toEqual(["propose: opened"]);
    push("autoloop/round-0001", { "README.md": "mine" });
    const world = await lookAround(house);
    await record(house, world, { events: [{ key: "comment:1", event: "paused", by: "ana", reason: null }] });
    const broken = { ...forge.reader, commit: () => Promise.reject(new Error("no answer")) };
    await expect(reconcileAll({ ...house, forge: { ...forge, reader: broken } })).rejects.toThrow(
      "no answer",
    );
    expect(sent.at(-1)).toContain("paused by ana");
    expect((await reconcileAll(house)).done).toEqual(["refresh 0001"]);
  });

  it("asks once for the workflow runs while something trains, also for what it shows", async () => {
    const { house, forge, merge } = lab();
    await reconcileAll(house);
    merge(1);
    await reconcileAll(house);
    let asked = 0;
    const runs = () => {
      asked += 1;
      return forge.workflows.runs();
    };
    const counted = { ...forge, workflows: { ...forge.workflows, runs } };
    expect((await reconcileAll({ ...house, forge: counted })).done).toEqual([]);
    expect(asked).toBe(1);
  });
});
