import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { analyse } from "../../src/judgement/analyse.ts";
import type { RunAnalysis } from "../../src/judgement/analysis.ts";
import { compareRuns } from "../../src/runs/compare-runs.ts";
import type { RunSource } from "../../src/runs/source.ts";
import { wandbFiles } from "../../src/runs/wandb-files.ts";
import { realData } from "../judgement/real-data.ts";

const now = () => Date.parse("2027-01-01T00:00:00Z");
const root = join(realData ?? "", "real-runs");

async function analysed(source: RunSource): Promise<readonly RunAnalysis[]> {
  const { runs, source: name, warnings } = await source.read({ kind: "filter" });
  return analyse({ runs, source: name, warnings }).runs;
}

const inFolder = (folder: string) => analysed(wandbFiles({ folders: [join(root, folder)], now }));
const problems = ({ findings }: RunAnalysis) =>
  findings.filter(({ severity }) => severity === "problem").map(({ code }) => code);
const codes = ({ findings }: RunAnalysis) => findings.map(({ code }) => code);

interface Situation {
  readonly shows: string;
  /** Findings that are problems; none: a run as it should be. */
  readonly problems: readonly string[];
  readonly also?: readonly string[];
  readonly rows?: number;
  readonly steps?: number;
}

/** Every folder with a `.wandb` file, and what happened there. */
const SITUATIONS: Readonly<Record<string, Situation>> = {
  ok: {
    shows: "a healthy trial",
    problems: [],
    also: ["eval-improving", "cost-falling"],
    rows: 40,
    steps: 2000,
  },
  dead: {
    shows: "OT broken from the start, eval as good as ever",
    problems: ["solver-break", "mass-dead"],
    also: ["eval-improving"],
    rows: 40,
  },
  nan: { shows: "NaN from the first log line, exit 0", problems: ["non-finite"], rows: 12 },
  "resume/eq": {
    shows: "one run of three segments",
    problems: [],
    also: ["l1-converging"],
    rows: 50,
    steps: 2500,
  },
  "trace/ok600": { shows: "a healthy trial of 600 steps", problems: [], also: ["l1-converging"], steps: 600 },
  "errors/ot_off": {
    shows: "an OT batch larger than the data",
    problems: ["ot-inactive"],
    also: ["too-short"],
  },
  "errors/sigint_pid": {
    shows: "interrupted by SIGINT",
    problems: ["crashed"],
    also: ["too-short"],
    rows: 2,
  },
  "errors/sigint_group": {
    shows: "interrupted by SIGINT",
    problems: ["crashed"],
    also: ["too-short"],
    rows: 2,
  },
  "errors/sigkill_pid": { shows: "killed: 7 bytes", problems: ["no-history"], rows: 0 },
  "errors/sigkill_group": { shows: "killed: 7 bytes", problems: ["no-history"], rows: 0 },
  "errors/sigterm_pid": { shows: "terminated: 7 bytes", problems: ["no-history"], rows: 0 },
  "online/fresh": { shows: "a normal upload", problems: [], also: ["l1-converging"] },
  "online/fresh2": { shows: "a normal upload", problems: [] },
  "online/resume2": { shows: "one run of three segments", problems: [], also: ["l1-converging"], steps: 300 },
  "online/resume": { shows: "a resume that the server refused", problems: ["crashed"], rows: 12 },
  "online/resume_missing": { shows: "a resume of an unknown run", problems: ["no-history"], rows: 0 },
  "online/nan": { shows: "bare NaN tokens", problems: ["non-finite"] },
  "online/crash": { shows: "an exception after step 1", problems: ["no-history"], rows: 0 },
  "online/sigint": { shows: "interrupted by SIGINT", problems: ["crashed"], rows: 4 },
  "online/sigint_grp": { shows: "interrupted by SIGINT", problems: ["crashed"], rows: 4 },
  "online/sigint_ignored": { shows: "ended by SIGTERM after 132 s more", problems: ["crashed"], rows: 67 },
  "online/sigterm": { shows: "terminated: 7 bytes", problems: ["no-history"], rows: 0 },
  "online/down": { shows: "a server that could not be reached", problems: ["no-history"], rows: 0 },
};

describe.skipIf(!realData)("real .wandb files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("are all looked at below", () => {
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".wandb"),
    );
    expect(files.length).toBeGreaterThan(20);
    expect([...new Set(files.map((path) => dirname(path)))].sort()).toEqual(Object.keys(SITUATIONS).sort());
  });

  it.each(Object.entries(SITUATIONS))("%s: $shows", async (folder, situation) => {
    const [found, ...others] = await inFolder(folder);
    if (found === undefined) throw new Error("no run");
    expect(others).toEqual([]);
    expect(problems(found)).toEqual(situation.problems);
    expect(codes(found)).toEqual(expect.arrayContaining([...(situation.also ?? [])]));
    if (situation.rows !== undefined) expect(found.run.rows).toBe(situation.rows);
    if (situation.steps !== undefined) expect(found.run.steps).toBe(situation.steps);
  });

  it("carry the configuration: reg and T stand in the findings, and edits are computed from them", async () => {
    const [dead] = await inFolder("dead");
    const broken = dead?.findings.find(({ code }) => code === "solver-break");
    expect(broken?.evidence).toMatchObject({ share: 1, reg: 0.01, temperature: 2.01 });
    expect(dead?.actions.map(({ rule, edits }) => [rule, edits.map(({ path }) => path)])).toEqual([
      ["ot-cure-break", ["ot.loss_config.reg", "ot.loss_config.features[action_lbl].weight_label"]],
    ]);
  });

  it("are found anywhere below a folder, each run once", async () => {
    const runs = await inFolder(".");
    const ids = runs.map(({ run }) => run.id);
    expect(new Set(ids).size).toBe(ids.length);
    const withProblem = (code: string) => runs.filter((run) => problems(run).includes(code)).length;
    expect([withProblem("solver-break"), withProblem("non-finite"), withProblem("ot-inactive")]).toEqual([
      1, 2, 1,
    ]);
    expect(withProblem("no-history")).toBe(7);
    // A run that logged nothing, or was never ACT+OT, breeds nothing.
    for (const { actions, findings } of runs)
      if (findings.some(({ code }) => code === "no-history" || code === "crashed"))
        expect(actions).toEqual([]);
  });
});

describe.skipIf(!realData)("real compare files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it.each([
    ["compare_runs.json", { run_a: ["mass-low"], run_b: ["mass-dead"] }],
    ["compare_runs_3.json", { r1: [], r2: [], r3: ["mass-low"] }],
  ])("%s: too low or dead where they were, weakly", async (file, expected) => {
    const runs = await analysed(compareRuns({ files: [join(realData ?? "", "compare_runs", file)] }));
    expect(Object.fromEntries(runs.map((run) => [run.run.label, problems(run)]))).toEqual(expected);
    const own = runs.flatMap(({ findings }) => findings.filter(({ code }) => code !== "invalid-comparison"));
    expect(own.every(({ confidence }) => confidence === "low")).toBe(true);
  });
});
