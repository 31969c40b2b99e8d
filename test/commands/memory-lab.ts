import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { memoryForge } from "./memory-forge.ts";

export const settings = parseSettings({ path: "autoloop.yml", text: JSON.stringify({ mode: "train" }) });
export const CONFIGS = "src/lerobot/scripts/train_config";
export const templates = planConfigs()
  .slice(0, 1)
  .map(({ file, config }) => [`${CONFIGS}/${file}`, JSON.stringify(config)] as const);

/** A house around a repository with one template. */
export function lab() {
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
