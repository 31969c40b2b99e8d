import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MetricSummary } from "../../src/judgement/summary.ts";
import { compareRuns } from "../../src/runs/compare-runs.ts";
import { isFault, readShape } from "../../src/runs/compare-shape.ts";
import { readKeyLists } from "../../src/runs/wandb-keys.ts";

const everyRun = { kind: "filter" } as const;
const metric = { first: 2, last: 1, best: 0.5, best_step: 100, delta: -1, pct: -50 };

async function file(name: string, content: unknown): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "autoloop-compare-")), name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

async function read(content: unknown, name = "compare_runs.json") {
  return compareRuns({ files: [await file(name, content)] }).read(everyRun);
}

describe("compareRuns", () => {
  it("reads labelled runs; steps are rows, and labels stand for ids", async () => {
    const { runs, source } = await read({
      run_a: { steps: 41, summary: { "train/loss": metric } },
      run_b: { summary: {} },
    });
    expect(source).toBe("compare_runs.json");
    expect(runs).toEqual([
      {
        id: "run_a",
        label: "run_a",
        name: null,
        url: null,
        state: "unknown",
        rows: 41,
        steps: null,
        config: null,
        data: { kind: "summary", summary: new Map<string, MetricSummary>([["train/loss", metric]]) },
      },
      expect.objectContaining({ id: "run_b", rows: null }),
    ]);
  });

  it("labels a bare summary by its file", async () => {
    const { runs } = await read({ "train/l1_loss": metric, "custom/x": { last: 3 } }, "summary_4ebq.json");
    expect(runs[0]).toMatchObject({ id: "4ebq", rows: null });
    expect(runs[0]?.data).toEqual({
      kind: "summary",
      summary: new Map<string, MetricSummary>([
        ["train/l1_loss", metric],
        ["custom/x", { first: null, last: 3, best: null, best_step: null, delta: null, pct: null }],
      ]),
    });
  });

  it("reads one unlabelled run and a list of labelled ones", async () => {
    const one = { steps: 3, summary: { "train/loss": metric } };
    expect((await read(one)).runs.map((run) => run.id)).toEqual(["compare_runs"]);
    expect(
      (await read([{ ...one, label: "x" }, { ...one, name: "y" }, one])).runs.map((run) => run.id),
    ).toEqual(["x", "y", "compare_runs[2]"]);
  });

  it("renames legacy keys, and drops a best that is only a minimum", async () => {
    const { runs, warnings } = await read({
      a: { summary: { "train/ot_ot_pi_sum": metric, "train/loss": metric } },
    });
    expect(runs[0]?.data).toEqual({
      kind: "summary",
      summary: new Map<string, MetricSummary>([
        ["train/loss", metric],
        ["train/ot_pi_sum", { ...metric, best: null, best_step: null }],
      ]),
    });
    expect(warnings).toEqual([
      { key: "warning.best-is-minimum", values: { file: "compare_runs.json", keys: ["train/ot_pi_sum"] } },
    ]);
  });

  it("reads Python's NaN tokens and missing numbers as undefined", async () => {
    const { runs } = await read(
      '{"a": {"steps": 2, "summary": {"train/loss": {"first": NaN, "last": -Infinity, "best": null}}}}',
    );
    expect(runs[0]?.data).toEqual({
      kind: "summary",
      summary: new Map<string, MetricSummary>([
        ["train/loss", { first: null, last: null, best: null, best_step: null, delta: null, pct: null }],
      ]),
    });
  });

  it("keeps runs of the same label in two files apart", async () => {
    const files = [
      await file("one.json", { r: { summary: {} } }),
      await file("two.json", { r: { summary: {} } }),
    ];
    const { runs } = await compareRuns({ files }).read(everyRun);
    expect(runs.map((run) => [run.id, run.label])).toEqual([
      ["r", "r"],
      ["r (two.json)", "r"],
    ]);
  });

  it("selects by label, and says what it cannot select by", async () => {
    const source = compareRuns({ files: [await file("c.json", { a: { summary: {} }, b: { summary: {} } })] });
    const chosen = await source.read({ kind: "ids", runIds: ["b", "zz"] });
    expect(chosen.runs.map((run) => run.id)).toEqual(["b"]);
    expect(chosen.warnings).toEqual([{ key: "warning.runs-missing", values: { runs: ["zz"] } }]);
    const all = await source.read({ kind: "filter", group: "g", limit: 50 });
    expect(all.runs).toHaveLength(2);
    expect(all.warnings).toEqual([{ key: "warning.selection-ignored", values: { parts: ["group"] } }]);
  });

  it.each([
    ["broken JSON", '{"a": {', /line 1, column 8/],
    [
      "a number that is a text",
      { a: { summary: { "train/loss": { first: "high" } } } },
      /a → summary → train\/loss → first is not a number/,
    ],
    ["a run that is no object", { a: { summary: {} }, b: 3 }, /b is not an object/],
    ["a list of numbers", [1], /0 is not an object/],
    ["a text", '"x"', /its top is not a list of runs/],
    ["no run at all", {}, /holds no run/],
  ])("names file and place of %s", async (_, content, place) => {
    await expect(read(content)).rejects.toMatchObject({ code: "runs.bad-file" });
    await expect(read(content)).rejects.toThrow(place);
    await expect(read(content)).rejects.toThrow(/compare_runs\.json/);
  });

  it("wants a file", async () => {
    await expect(compareRuns({ files: [] }).read(everyRun)).rejects.toMatchObject({ code: "runs.no-file" });
    await expect(compareRuns({ files: ["/none.json"] }).read(everyRun)).rejects.toMatchObject({
      code: "runs.bad-file",
    });
  });

  it("takes any JSON without crashing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const shape = readShape(json, "x");
        expect(isFault(shape) ? shape.why : shape.map((entry) => entry.label)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe("readKeyLists", () => {
  it("joins lists, without W&B's own columns", async () => {
    const lists = [await file("a.json", ["_step", "train/x"]), await file("b.json", ["train/x", "train/y"])];
    expect(await readKeyLists(lists)).toEqual(["train/x", "train/y"]);
  });

  it("names what is wrong with a list", async () => {
    await expect(readKeyLists([await file("k.json", ["a", 3])])).rejects.toThrow(
      /k\.json.*entry 1 is not a text/,
    );
    await expect(readKeyLists([await file("k.json", { a: 1 })])).rejects.toThrow(/it is not a list/);
    await expect(readKeyLists([await file("k.json", "[")])).rejects.toMatchObject({ code: "runs.bad-file" });
  });
});
