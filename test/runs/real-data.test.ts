import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareRuns } from "../../src/runs/compare-runs.ts";
import { keyFilter } from "../../src/runs/keys.ts";
import { readWandbFile } from "../../src/runs/wandb-file.ts";
import { wandbFiles } from "../../src/runs/wandb-files.ts";
import { readKeyLists } from "../../src/runs/wandb-keys.ts";

const dir = process.env["AUTOLOOP_REAL_DATA"] ?? "";
const everyRun = { kind: "filter" } as const;
const now = () => Date.parse("2030-01-01T00:00:00Z");

interface Segment {
  readonly file: string;
  readonly n: number;
  readonly columns: Readonly<Record<string, readonly (number | string | null)[]>>;
}

async function wandbPaths(): Promise<string[]> {
  const paths = await readdir(dir, { recursive: true });
  return paths.filter((path) => path.endsWith(".wandb")).map((path) => join(dir, path));
}

async function knownSegments(): Promise<Map<string, Segment>> {
  const runs: readonly { segments: readonly Segment[] }[] = JSON.parse(
    await readFile(join(dir, "real-runs/curves.json"), "utf8"),
  );
  return new Map(runs.flatMap((run) => run.segments.map((segment) => [segment.file, segment] as const)));
}

const rounded = (value: number) => (Number.isNaN(value) ? "NaN" : Number(value.toPrecision(7)));

describe.skipIf(!dir)("real .wandb files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("are all read without a loss, except the one that was killed in the middle of a record", async () => {
    const paths = await wandbPaths();
    expect(paths.length).toBeGreaterThan(25);
    for (const path of paths) {
      const { losses, records, run } = await readWandbFile({ path, wants: keyFilter() });
      const torn = basename(path).endsWith("sigint01.wandb");
      expect({ path, ...losses }).toEqual({
        path,
        badHeader: false,
        damaged: 0,
        lostRecords: 0,
        tail: torn ? expect.any(Number) : 0,
        rowsWithoutStep: 0,
        notNumbers: 0,
      });
      expect(records === 0).toBe(run === null);
    }
  });

  it("give the rows that were read from them before, to seven digits", async () => {
    const known = await knownSegments();
    let compared = 0;
    for (const path of await wandbPaths()) {
      const segment = known.get(basename(path));
      if (!segment) continue;
      const { points, steps } = await readWandbFile({ path, wants: () => true });
      expect(steps).toHaveLength(segment.n);
      for (const [key, column] of Object.entries(segment.columns)) {
        if (key === "_step") expect(steps).toEqual(column);
        const values = points.find((logged) => logged.key === key)?.values ?? [];
        if (key === "_step") continue;
        expect({ path, key, values: values.map(rounded) }).toEqual({
          path,
          key,
          values: column.filter((value) => value !== null),
        });
        compared += values.length;
      }
    }
    expect(compared).toBeGreaterThan(4000);
  });

  it("of a resumed run are one curve", async () => {
    const { runs, warnings } = await wandbFiles({ folders: [join(dir, "real-runs/resume/eq")], now }).read(
      everyRun,
    );
    expect(runs).toHaveLength(1);
    const [run] = runs;
    expect(run).toMatchObject({ id: "bx9m6sat", state: "finished", rows: 50, steps: 2500 });
    const loss = run?.data.kind === "curves" ? run.data.series.get("train/loss") : undefined;
    expect(loss?.steps).toEqual(Array.from({ length: 50 }, (_, index) => (index + 1) * 50));
    expect(warnings).toEqual([]);
  });

  it("of the trainer's failures say how each ended", async () => {
    const { runs } = await wandbFiles({ folders: [join(dir, "real-runs/online")], now }).read(everyRun);
    const states = Object.fromEntries(runs.map((run) => [run.id, `${run.state} ${run.rows}`]));
    expect(states).toMatchObject({
      ab12cd34: "failed 12", // its refused resume failed
      re5ume01: "finished 12",
      crash001: "failed 0",
      sigint01: "crashed 67",
      sigint02: "failed 4",
      sigterm1: "crashed 0",
      nan00001: "finished 4",
    });
    const nan = runs.find((run) => run.id === "nan00001");
    const loss = nan?.data.kind === "curves" ? nan.data.series.get("train/loss") : undefined;
    expect(loss?.values.some(Number.isNaN)).toBe(true);
  });
});

describe.skipIf(!dir)("real compare_runs files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("are read with their runs, numbers and traps", async () => {
    const folder = join(dir, "compare_runs");
    const files = (await readdir(folder))
      .filter((name) => name.startsWith("compare_runs"))
      .map((name) => join(folder, name));
    const { runs, warnings } = await compareRuns({ files }).read(everyRun);
    expect(runs.map((run) => [run.id, run.rows, run.steps])).toEqual([
      ["run_a", 41, null],
      ["run_b", 41, null],
      ["r1", 25, null],
      ["r2", 25, null],
      ["r3", 13, null],
    ]);
    const [run] = runs;
    const mass = run?.data.kind === "summary" ? run.data.summary.get("train/ot_pi_sum") : undefined;
    expect(mass?.pct).toBeCloseTo(-99.509, 3);
    expect(mass?.best).toBeNull();
    expect(warnings.map(({ key }) => key)).toEqual(["warning.best-is-minimum", "warning.best-is-minimum"]);
    expect(dirname(files[0] ?? "")).toBe(folder);
  });

  it("come with lists of keys", async () => {
    const keys = await readKeyLists([join(dir, "compare_runs/wandb_keys.json")]);
    expect(keys).toHaveLength(19);
    expect(keys).toContain("train/ot_ot_cost/observation.state");
    expect(keys).not.toContain("_step");
  });
});
