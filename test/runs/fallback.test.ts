import { describe, expect, it } from "vitest";
import { AutoloopError } from "../../src/errors.ts";
import type { Run } from "../../src/judgement/run.ts";
import { firstWithRuns, NO_KEY } from "../../src/runs/fallback.ts";
import type { RunSource } from "../../src/runs/source.ts";

const everyRun = { kind: "filter" } as const;
const run: Run = {
  id: "r",
  label: "r",
  name: null,
  url: null,
  state: "finished",
  rows: 1,
  steps: 1,
  config: null,
  data: { kind: "curves", series: new Map() },
};
const has = (source: string, runs: readonly Run[]): RunSource => ({
  read: async () => ({ runs, warnings: [], source }),
});
const fails = (error: Error): RunSource => ({
  read: async () => {
    throw error;
  },
});
const down = new AutoloopError("runs.unreachable", { what: "W&B is down.", next: "Wait." });
const keys = (warnings: readonly { key: string }[]) => warnings.map(({ key }) => key);

describe("firstWithRuns", () => {
  it("uses the first source without a word when it has runs", async () => {
    const source = firstWithRuns([
      { name: "wandb", source: has("wandb a/b", [run]) },
      { name: "files", source: fails(new Error("never asked")) },
    ]);
    expect(await source.read(everyRun)).toEqual({ runs: [run], warnings: [], source: "wandb a/b" });
  });

  it("goes on without a key, and says so", async () => {
    const source = firstWithRuns([NO_KEY, { name: "files", source: has("outputs", [run]) }]);
    const read = await source.read(everyRun);
    expect(read.source).toBe("outputs");
    expect(keys(read.warnings)).toEqual(["warning.no-wandb-key", "warning.source-used"]);
  });

  it("goes on after an error and after an empty answer, with the reasons", async () => {
    const source = firstWithRuns([
      { name: "wandb", source: fails(down) },
      { name: "files", source: has("outputs", []) },
      { name: "compare", source: has("compare_runs.json", [run]) },
    ]);
    const { warnings } = await source.read(everyRun);
    expect(keys(warnings)).toEqual(["warning.source-skipped", "warning.source-empty", "warning.source-used"]);
    expect(warnings[0]?.values).toEqual({ source: "wandb", reason: "W&B is down." });
  });

  it("is empty when somebody answered and nobody has a run", async () => {
    const source = firstWithRuns([
      { name: "wandb", source: fails(down) },
      { name: "files", source: has("outputs", []) },
    ]);
    expect((await source.read(everyRun)).runs).toEqual([]);
  });

  it("throws the only error, or all of them in one sentence", async () => {
    await expect(firstWithRuns([{ name: "wandb", source: fails(down) }]).read(everyRun)).rejects.toBe(down);
    const both = firstWithRuns([
      { name: "wandb", source: fails(down) },
      {
        name: "compare",
        source: fails(new AutoloopError("runs.no-file", { what: "No file.", next: "Name one." })),
      },
    ]);
    await expect(both.read(everyRun)).rejects.toMatchObject({ code: "runs.no-source" });
    await expect(both.read(everyRun)).rejects.toThrow(/wandb: W&B is down\. compare: No file\./);
    await expect(firstWithRuns([NO_KEY]).read(everyRun)).rejects.toMatchObject({
      code: "runs.no-source",
    });
  });

  it("does not take a programming error for an unreachable source", async () => {
    const source = firstWithRuns([
      { name: "wandb", source: fails(new TypeError("bug")) },
      { name: "files", source: has("outputs", [run]) },
    ]);
    await expect(source.read(everyRun)).rejects.toThrow("bug");
  });
});
