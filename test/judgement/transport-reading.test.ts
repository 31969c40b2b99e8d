import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/json.ts";
import { isJsonList } from "../../src/judgement/config-path.ts";
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

describe("the largest cost that a pair can have had", () => {
  type Features = readonly JsonObject[];
  const flat = { "train/ot_cost/state": () => 3, "train/ot_cost/action_lbl": () => 5 };
  const largest = (change: (state: JsonObject, label: JsonObject) => Features) => {
    const { ot, ...config } = exampleConfig();
    const loss = isJsonObject(ot) && isJsonObject(ot["loss_config"]) ? ot["loss_config"] : {};
    const [state = {}, label = {}] = isJsonList(loss["features"])
      ? loss["features"].filter(isJsonObject)
      : [];
    const changed = { ...loss, features: [...change(state, label)] };
    const enabled = { ...(isJsonObject(ot) ? ot : {}), loss_config: changed };
    const plan = read(exampleRun({ config: { ...config, ot: enabled }, curves: flat }));
    return plan.kind === "diagonal" ? plan.largest : plan.kind;
  };

  it("is 2N - 1 times the mean of all terms, however a switch is written", () => {
    for (const use_learned_embed of [true, 1, "true"])
      expect(largest((state, label) => [{ ...state, use_learned_embed }, label])).toBeCloseTo(7 * 8, 9);
  });

  it.each<[string, (state: JsonObject, label: JsonObject) => Features]>([
    ["a term was not logged", (state, label) => [state, label, { ...label, term_name: "other" }]],
    ["what was logged is no term", (state) => [state]],
    ["a weight is below 0", (state, label) => [{ ...state, weight_embed: -1 }, label]],
    ["a weight is no number", (state, label) => [state, { ...label, weight_label: "much" }]],
    ["two terms have one name", (state, label) => [state, label, label]],
  ])("is not known where %s", (_, change) => {
    expect(largest(change)).toBeNull();
  });
});
