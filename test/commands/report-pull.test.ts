import { describe, expect, it } from "vitest";
import { commitSection } from "../../src/commands/commit-section.ts";
import { lookAround } from "../../src/commands/world.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { analysis } from "../report/samples.ts";
import { memoryForge } from "./memory-forge.ts";

const settings = parseSettings({
  path: "autoloop.yml",
  text: JSON.stringify({ report: { via: "pull-request" } }),
});
const REPORT = `${settings.paths.reports}/${settings.paths.report}`;
const BRANCH = "autoloop/report";

function lab(report: string) {
  const world = memoryForge({ [REPORT]: report });
  const { forge } = world;
  const house: House = {
    ...{
      settings,
      forge,
      retries: RETRIES,
      cloud: null,
      live: null,
      messenger: null,
      underWay: async () => [],
    },
    voice: voiceIn("en"),
    now: () => new Date("2026-01-05T20:00:00.000Z"),
    progress: { say: () => undefined },
    ledger: ledgerStore(forge),
    glance: () => forge.reader.glance({ beside: "autoloop/ledger", files: [] }),
  };
  const write = async (topic: string) => {
    const marker = `<!-- autoloop:analysis sha256:${topic} -->`;
    const section = { marker, text: `---\n\n## ${topic}\n\n${marker}\n\nText.` };
    const added = { section, topic, round: null, date: "2026-01-05", analysis: analysis() };
    return commitSection(house, await lookAround(house), added);
  };
  return { ...world, write, pull: (number: number) => world.pulls.get(number) };
}

describe("the report's own pull request", () => {
  it("holds what waits once, also after somebody corrected the report on the default branch", async () => {
    const { write, push, text, pulls } = lab("# Reprot\n");
    await write("first");
    push("main", { [REPORT]: "# Report\n" });
    await write("second");
    expect(text(BRANCH, REPORT).match(/^#+ .*$/gm)).toEqual(["# Report", "## first", "## second"]);
    expect(await write("first")).toBeNull();
    expect(pulls.size).toBe(1);
  });

  it("is not opened again for a section that somebody closed, also when the branch is gone", async () => {
    const { write, forge, removeBranch, pulls, text } = lab("# Report\n");
    await write("first");
    await forge.pulls.update(1, { state: "closed" });
    removeBranch(BRANCH);
    expect(await write("first")).toBeNull();
    expect(pulls.size).toBe(1);
    await write("second");
    expect(text(BRANCH, REPORT).match(/^#+ .*$/gm)).toEqual(["# Report", "## second"]);
    expect(pulls.size).toBe(2);
  });
});
