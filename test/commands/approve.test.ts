import { describe, expect, it } from "vitest";
import { approveRound } from "../../src/commands/approve.ts";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import { record } from "../../src/commands/record.ts";
import { lookAround, manifestPath } from "../../src/commands/world.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import type { Forge } from "../../src/forge/forge.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { memoryForge } from "./memory-forge.ts";

const followUp = { rounds: 2, gpu_hours: 10, nights: 1, patience: 2 };
const settings = parseSettings({
  path: "autoloop.yml",
  text: JSON.stringify({ mode: "propose", follow_up: followUp }),
});
const templates = planConfigs()
  .slice(0, 1)
  .map(({ file, config }) => [`src/lerobot/scripts/train_config/${file}`, JSON.stringify(config)] as const);

/** A round is open. */
async function lab() {
  const world = memoryForge(Object.fromEntries(templates));
  const houseOn = (forge: Forge): House => ({
    ...{
      settings,
      forge,
      retries: RETRIES,
      cloud: null,
      live: null,
      underWay: async () => [],
      messenger: null,
    },
    voice: voiceIn("en"),
    now: () => new Date("2026-01-05T20:00:00.000Z"),
    progress: { say: () => undefined },
    ledger: ledgerStore(forge),
    glance: () => forge.reader.glance({ beside: "autoloop/ledger", files: [] }),
  });
  const house = houseOn(world.forge);
  await reconcileAll(house);
  return { ...world, house, houseOn };
}

const refusals = async (house: House) =>
  (await lookAround(house)).ledger.events.flatMap((event) =>
    event.event === "refused" ? [event.reason] : [],
  );

describe("approveRound", () => {
  it.each(["120000", "100755"])(
    "lets no manifest in that is not a plain file (%s), and says so",
    async (mode) => {
      const { forge, houseOn, merge, comments } = await lab();
      merge(1);
      const path = manifestPath({ settings }, "0001");
      const tree: Forge["reader"]["tree"] = async (ref) => {
        const found = await forge.reader.tree(ref);
        const file = found?.files.get(path);
        return found && file
          ? { ...found, files: new Map([...found.files, [path, { ...file, mode }]]) }
          : found;
      };
      const house = houseOn({ ...forge, reader: { ...forge.reader, tree } });
      await approveRound(house, await lookAround(house), "0001");
      expect(await refusals(house)).toEqual(["manifest-missing"]);
      expect(comments.join()).toContain("the merge does not contain the manifest as a plain file");
    },
  );

  it("tells whoever approved a follow-up beforehand that it is refused, once", async () => {
    const { house, merge, push, comments } = await lab();
    merge(1);
    let world = await approveRound(house, await lookAround(house), "0001");
    expect(world.history.rounds.get("0001")?.approved?.follow_up).toMatchObject({ rounds: 2 });
    const proposed = { event: "proposed", round: "0002", pull: null, manifest: "a".repeat(64) } as const;
    const nowhere = { variants: [], follow_up: null, commit: null, base: null, ground: null };
    await record(house, world, {
      events: [{ key: "proposed:0002", ...proposed, ...nowhere, follows: "0001" }],
    });
    push("main", { [manifestPath({ settings }, "0002")]: "{}" });
    world = await lookAround(house);
    await approveRound(house, world, "0002");
    // A job that died before it wrote that down says it again.
    await approveRound(house, world, "0002");
    expect(await refusals(house)).toEqual(["follow-up-changed"]);
    expect(comments).toHaveLength(1);
    expect(comments[0]).toContain("1: ");
    expect(comments[0]).toContain(
      "Round 0002, which was to follow this one, is not launched: its files on the default branch are not those",
    );
  });
});
