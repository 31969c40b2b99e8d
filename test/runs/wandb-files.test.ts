import { mkdir, mkdtemp, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Run } from "../../src/judgement/run.ts";
import type { MetricSummary } from "../../src/judgement/summary.ts";
import { text } from "../../src/judgement/texts.ts";
import { wandbFiles } from "../../src/runs/wandb-files.ts";
import { record, wandbFile } from "../wire/wandb-writer.ts";

const everyRun = { kind: "filter" } as const;
const now = () => Date.parse("2025-06-01T12:00:00Z");

async function outputs(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "autoloop-outputs-"));
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
  return root;
}

function series(run: Run | undefined, key: string) {
  return run?.data.kind === "curves" ? run.data.series.get(key) : undefined;
}

const keys = (warnings: readonly { key: string }[]) => warnings.map((warning) => warning.key).sort();

describe("wandbFiles", () => {
  it("finds runs below the output folder, each once in spite of latest-run and a loop", async () => {
    const root = await outputs({
      "2025/act_a/wandb/run-20250101_000000-aaa/run-aaa.wandb": wandbFile([
        record.run({ id: "aaa", name: "act a", config: { seed: 1 } }),
        record.history(50, { "train/loss": 1 }),
        record.exit(0),
      ]),
    });
    await symlink(
      join(root, "2025/act_a/wandb/run-20250101_000000-aaa"),
      join(root, "2025/act_a/wandb/latest-run"),
    );
    await symlink(root, join(root, "2025/loop"));
    await symlink(join(root, "nowhere"), join(root, "2025/dangling"));
    const { runs, warnings } = await wandbFiles({ folders: [root], now }).read(everyRun);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      id: "aaa",
      name: "act a",
      state: "finished",
      rows: 1,
      steps: 50,
      config: { seed: 1 },
    });
    expect(series(runs[0], "train/loss")).toEqual({ steps: [50], values: [1] });
    expect(warnings).toEqual([]);
  });

  it("joins the segments of a resumed run; the later attempt's values stay, and the overlap is counted", async () => {
    const root = await outputs({
      "a/wandb/run-20250102_000000-r/run-r.wandb": wandbFile([
        record.run({ id: "r", startedAt: 2000 }),
        record.history(100, { "train/loss": 20 }),
        record.history(150, { "train/loss": 15 }),
        record.exit(0),
      ]),
      "b/wandb/run-20250101_000000-r/run-r.wandb": wandbFile([
        record.run({ id: "r", startedAt: 1000 }),
        record.history(50, { "train/loss": 50 }),
        record.history(100, { "train/loss": 99, "eval/offline_eval/avg_l1": 0.4 }),
        record.exit(255),
      ]),
    });
    const { runs, warnings } = await wandbFiles({ folders: [root], now }).read(everyRun);
    expect(runs).toHaveLength(1);
    expect(series(runs[0], "train/loss")).toEqual({ steps: [50, 100, 150], values: [50, 20, 15] });
    expect(series(runs[0], "eval/offline_eval/avg_l1")).toEqual({ steps: [100], values: [0.4] });
    expect(runs[0]).toMatchObject({ state: "finished", rows: 4, steps: 150 });
    expect(warnings).toEqual([{ key: "warning.repeated-steps", values: { run: "r", count: 1 } }]);
  });

  it("reads legacy names as today's, and a key logged under both once", async () => {
    const root = await outputs({
      "run-l.wandb": wandbFile([
        record.run({ id: "l" }),
        record.history(50, { "train/ot_ot_pi_sum": 0.5, "train/ot_ot_loss": 9, "train/ot_loss": 1 }),
      ]),
    });
    const [run] = (await wandbFiles({ folders: [root], now }).read(everyRun)).runs;
    expect(series(run, "train/ot_pi_sum")?.values).toEqual([0.5]);
    expect(series(run, "train/ot_loss")?.values).toEqual([1]);
    expect(series(run, "train/ot_ot_loss")).toBeUndefined();
  });

  it("tells states by exit code and by silence", async () => {
    const file = (id: string, code?: number) =>
      wandbFile([record.run({ id }), ...(code === undefined ? [] : [record.exit(code)])]);
    const root = await outputs({
      "run-done.wandb": file("done", 0),
      "run-crash.wandb": file("crash", 254),
      "run-int.wandb": file("int", 255),
      "run-silent.wandb": file("silent"),
      "run-live.wandb": file("live"),
      "offline-run-20250101_000000-empty.wandb": wandbFile([]),
    });
    const seconds = (path: string, age: number) =>
      utimes(join(root, path), now() / 1000 - age, now() / 1000 - age);
    await seconds("run-silent.wandb", 601);
    await seconds("run-live.wandb", 30);
    await seconds("offline-run-20250101_000000-empty.wandb", 3600);
    const { runs, warnings } = await wandbFiles({ folders: [root], now }).read(everyRun);
    expect(Object.fromEntries(runs.map((run) => [run.id, run.state]))).toEqual({
      done: "finished",
      crash: "crashed",
      int: "failed",
      silent: "crashed",
      live: "running",
      empty: "crashed",
    });
    expect(keys(warnings)).toEqual(["warning.no-history"]);
  });

  it("warns of a torn end only when nobody writes the file any more", async () => {
    const torn = wandbFile([record.run({ id: "t" }), record.history(1, { "train/loss": 1 })]).subarray(0, -3);
    const root = await outputs({ "run-t.wandb": torn });
    const aged = (age: number) => utimes(join(root, "run-t.wandb"), now() / 1000 - age, now() / 1000 - age);
    await aged(5);
    expect(keys((await wandbFiles({ folders: [root], now }).read(everyRun)).warnings)).toEqual([
      "warning.no-history",
    ]);
    await aged(5000);
    expect(keys((await wandbFiles({ folders: [root], now }).read(everyRun)).warnings)).toEqual([
      "warning.no-history",
      "warning.unfinished-file",
    ]);
  });

  it("falls back to the summary of a run whose history is gone, and gives only last values", async () => {
    const folder = "x/wandb/run-20250101_000000-sum";
    const root = await outputs({
      [`${folder}/run-sum.wandb`]: wandbFile([]),
      [`${folder}/files/wandb-summary.json`]:
        '{"train/loss": 0.5, "train/ot_pi_sum": NaN, "_step": 2000, "other": 3}',
      [`${folder}/files/config.yaml`]: "_wandb:\n  value: {}\nseed:\n  desc: null\n  value: 42\n",
    });
    const { runs, warnings } = await wandbFiles({ folders: [root], now }).read(everyRun);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      id: "sum",
      state: "unknown",
      rows: null,
      steps: 2000,
      config: { seed: 42 },
    });
    const nothing = { first: null, last: null, best: null, best_step: null, delta: null, pct: null };
    expect(runs[0]?.data).toEqual({
      kind: "summary",
      summary: new Map<string, MetricSummary>([
        ["train/loss", { ...nothing, last: 0.5 }],
        ["train/ot_pi_sum", nothing],
      ]),
    });
    expect(keys(warnings)).toEqual(["warning.summary-only"]);
  });

  it("skips a found file that is none of W&B's with a warning, and refuses a named one", async () => {
    const root = await outputs({ "bad.wandb": "no", "bad-too.wandb": "definitely no .wandb file" });
    const { runs, warnings } = await wandbFiles({ folders: [root], now }).read(everyRun);
    expect(runs).toHaveLength(1); // two bytes may still become a file
    expect(keys(warnings)).toEqual(["warning.file-unreadable", "warning.no-history"]);
    const named = wandbFiles({ files: [join(root, "bad-too.wandb")], now });
    await expect(named.read(everyRun)).rejects.toMatchObject({ code: "runs.bad-file" });
    await expect(wandbFiles({ folders: [join(root, "none")], now }).read(everyRun)).rejects.toMatchObject({
      code: "runs.no-folder",
    });
  });

  it("says which folders it did not search, and searches the others", async () => {
    const deep = Array.from({ length: 13 }, (_, level) => `level-${level}`).join("/");
    const file = wandbFile([record.run({ id: "a" }), record.history(1, { "train/loss": 1 }), record.exit(0)]);
    const root = await outputs({ "x/run-a.wandb": file, [`${deep}/run-b.wandb`]: file });
    const { runs, warnings } = await wandbFiles({ folders: [root], now }).read(everyRun);
    expect(runs.map(({ id }) => id)).toEqual(["a"]);
    expect(warnings).toEqual([
      text("warning.folder-unsearched", {
        folder: join(root, deep),
        count: 1,
        reason: "more than 12 levels deep",
      }),
    ]);
  });

  it("selects by id, tag, group, state, time and number", async () => {
    const run = (id: string, startedAt: number, more: object = {}) =>
      wandbFile([
        record.run({ id, startedAt, ...more }),
        record.history(1, { "train/loss": 1 }),
        record.exit(0),
      ]);
    const root = await outputs({
      "run-a.wandb": run("a", 1_000_000, { tags: ["x", "y"], group: "g" }),
      "run-b.wandb": run("b", 2_000_000, { tags: ["x"] }),
      "run-c.wandb": run("c", 3_000_000, { tags: ["z"] }),
    });
    const source = wandbFiles({ folders: [root], now });
    const ids = async (selection: Parameters<typeof source.read>[0]) =>
      (await source.read(selection)).runs.map(({ id }) => id);
    expect(await ids({ kind: "ids", runIds: ["c", "a"] })).toEqual(["a", "c"]);
    expect(await ids({ kind: "filter", tags: { all: ["x", "y"] } })).toEqual(["a"]);
    expect(await ids({ kind: "filter", tags: { any: ["y", "z"] } })).toEqual(["a", "c"]);
    expect(await ids({ kind: "filter", group: "g" })).toEqual(["a"]);
    expect(await ids({ kind: "filter", states: ["running"] })).toEqual([]);
    expect(
      await ids({
        kind: "filter",
        created: { from: new Date(2e9).toISOString(), to: new Date(3e9).toISOString() },
      }),
    ).toEqual(["b"]);
    expect(await ids({ kind: "filter", limit: 2 })).toEqual(["b", "c"]);
    const missing = await source.read({ kind: "ids", runIds: ["a", "gone"] });
    expect(missing.warnings).toEqual([{ key: "warning.runs-missing", values: { runs: ["gone"] } }]);
    const raw = await source.read({ kind: "filter", filter: { host: "h" } });
    expect(raw.warnings).toEqual([{ key: "warning.selection-ignored", values: { parts: ["filter"] } }]);
  });
});
