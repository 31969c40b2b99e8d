import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { analyze } from "../../src/commands/analyze.ts";
import { openFolder } from "../../src/house.ts";
import type { Run } from "../../src/judgement/run.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "autoloop-analyze-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const steps = Array.from({ length: 40 }, (_, index) => 50 * (index + 1));
const run = (last: number): Run => ({
  id: "abc12345",
  label: "abc12345",
  name: null,
  url: null,
  state: "finished",
  rows: 40,
  steps: 2000,
  config: null,
  data: {
    kind: "curves",
    series: new Map([["train/l1_loss", { steps, values: steps.map((step) => 0.1 + last / step) }]]),
  },
});

const appendAt = async (now: string, last: number) => {
  const surroundings = { env: {}, now: () => new Date(now), progress: { say: () => undefined } };
  const house = await openFolder(surroundings, { root, settingsPath: ".github/autoloop.yml" });
  const source = { read: async () => ({ runs: [run(last)], warnings: [], source: "a test" }) };
  return analyze(house, { source, selection: { kind: "filter" }, topic: "mass", append: true });
};

const report = () => readFile(join(root, "src/lerobot/scripts/train_config/reports/act_ot.md"), "utf8");
const data = () => readdir(join(root, "src/lerobot/scripts/train_config/reports/data"));

describe("analyze --append", () => {
  it("adds nothing the second time, also across midnight", async () => {
    expect((await appendAt("2026-01-05T23:59:59Z", 20)).written).toHaveLength(3);
    const once = await report();
    expect((await appendAt("2026-01-06T00:00:01Z", 20)).written).toEqual([]);
    expect(await report()).toBe(once);
    expect(await data()).toEqual(["2026-01-05_mass.json", "2026-01-05_mass.md"]);
  });

  it("adds a section for other numbers, behind the first", async () => {
    await appendAt("2026-01-05T23:59:59Z", 20);
    const once = await report();
    expect((await appendAt("2026-01-06T00:00:01Z", 21)).written).toHaveLength(3);
    expect((await report()).startsWith(once)).toBe(true);
  });
});
