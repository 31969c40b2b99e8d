import { describe, expect, it } from "vitest";
import { subjectOf } from "../../src/judgement/subject.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { readPlan } from "../../src/judgement/transport-reading.ts";
import { exampleConfig, exampleRun, summaryRun } from "./example-run.ts";

const PI = "train/ot_pi_sum";
const DIAG = "train/ot_pi_diag";

const read = (run: Parameters<typeof subjectOf>[0]) => readPlan(subjectOf(run, DEFAULT_THRESHOLDS));

describe("readPlan", () => {
  it("pools mass and loss over the last 30 readings at one temperature", () => {
    const level = (step: number) => (step <= 500 ? 0.9 : 0.12);
    const state = read(exampleRun({ curves: { [PI]: level, [DIAG]: level, "train/ot_loss": () => 0.24 } }));
    expect(state).toMatchObject({ kind: "diagonal", temperature: 2.5, points: 30, brokenShare: 0 });
    expect(state.kind === "diagonal" && state.mass).toBeCloseTo(0.12, 12);
    expect(state.kind === "diagonal" && state.loss).toBeCloseTo(0.24, 12);
  });

  it("leaves broken batches out and keeps their share", () => {
    const level = (step: number) => (step % 150 === 0 ? 1e-150 : 0.12);
    const state = read(exampleRun({ curves: { [PI]: level, [DIAG]: level } }));
    expect(state.kind).toBe("diagonal");
    expect(state.kind === "diagonal" && state.mass).toBeCloseTo(0.12, 12);
    expect(state.kind === "diagonal" && state.brokenShare).toBeCloseTo(1 / 3, 2);
  });

  it("reads a short run of which a few batches broke, so that they can be cured", () => {
    const mass = (step: number) => (step % 200 === 0 ? 1e-200 : 0.1);
    const run = exampleRun({ until: 600, curves: { "train/ot_pi_sum": mass, "train/ot_pi_diag": mass } });
    expect(read(run)).toMatchObject({
      kind: "diagonal",
      brokenShare: 0.25,
      points: 9,
    });
  });

  it("reads the cheapest pairs of a run that broke throughout", () => {
    const level = (step: number) => (step % 100 === 0 ? 0 : 1e-150);
    const state = read(exampleRun({ curves: { [PI]: level, [DIAG]: level } }));
    expect(state).toMatchObject({ kind: "broken", points: 30, pairs: 4, reg: 0.5 });
    expect(state.kind === "broken" && state.cheapest.length).toBe(15);
    expect(state.kind === "broken" && state.cheapest[0]?.high).toBeCloseTo(0.5 * 150 * Math.LN10, 6);
  });

  it.each([
    ["summary-only", summaryRun({ [PI]: { first: 0.1, last: 0.1 } })],
    ["no-config", exampleRun({ config: null })],
    ["no-ot", exampleRun({ curves: { [PI]: null } })],
    ["heuristic-off", exampleRun({ config: exampleConfig({ heuristic: false }) })],
    ["reference-ignored", exampleRun({ curves: { [PI]: () => 0.2, [DIAG]: () => 0.1 } })],
    ["too-few-points", exampleRun({ until: 300 })],
  ])("says %s where the laws do not apply", (why, run) => {
    expect(read(run)).toEqual({ kind: "unreadable", why });
  });
});
