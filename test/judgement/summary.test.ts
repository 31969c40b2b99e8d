import { describe, expect, it } from "vitest";
import { summarise, summariseRun, windowStatistics } from "../../src/judgement/summary.ts";
import { exampleRun, sample, summaryRun } from "./example-run.ts";

describe("summarise", () => {
  it("gives first, last, best and the change in percent of the first", () => {
    expect(summarise({ steps: [50, 100, 150], values: [0.5, 0.1, 0.2] }, "lower")).toEqual({
      first: 0.5,
      last: 0.2,
      best: 0.1,
      best_step: 100,
      delta: -0.3,
      pct: -60,
    });
  });

  it("has no best where neither way is better", () => {
    const { best, best_step } = summarise({ steps: [50], values: [0.1] }, "none");
    expect([best, best_step]).toEqual([null, null]);
  });

  it("has no percent of nothing", () => {
    expect(summarise({ steps: [50, 100], values: [0, 3] }, "lower")).toMatchObject({ delta: 3, pct: null });
  });

  it("shows a NaN as undefined, never as a number, and finds the best among the others", () => {
    const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;
    expect(summarise({ steps: [50, 100, 150, 200], values: [nan, infinite, 2, nan] }, "lower")).toEqual({
      first: null,
      last: null,
      best: 2,
      best_step: 150,
      delta: null,
      pct: null,
    });
    expect(summarise({ steps: [50, 100], values: [Number.NEGATIVE_INFINITY, 1] }, "lower").best).toBe(1);
    expect(summarise({ steps: [1, 2, 3], values: [1, infinite, 2] }, "higher").best).toBe(2);
  });

  it("says nothing of an empty series", () => {
    expect(summarise({ steps: [], values: [] }, "lower").first).toBeNull();
  });
});

describe("summariseRun", () => {
  it("does not call the least mass of a summary file its best", () => {
    const run = summaryRun({
      "train/ot_pi_sum": { first: 0.1, last: 0.05, best: 1e-8, best_step: 1450 },
      "train/l1_loss": { first: 0.5, last: 0.14, best: 0.12, best_step: 1700 },
    });
    const summary = summariseRun(run);
    expect([...summary.keys()]).toEqual(["train/l1_loss", "train/ot_pi_sum"]);
    expect(summary.get("train/ot_pi_sum")).toMatchObject({ last: 0.05, best: null, best_step: null });
    expect(summary.get("train/l1_loss")).toMatchObject({ best: 0.12, best_step: 1700 });
  });

  it("leaves counters and strangers out", () => {
    const run = exampleRun({ curves: { "train/samples": (step) => step * 8 } });
    expect(summariseRun(run).has("train/samples")).toBe(false);
    expect(summariseRun(run).has("train/ot_cost/state")).toBe(true);
  });
});

describe("windowStatistics", () => {
  it("separates noise from trend", () => {
    const line = windowStatistics(sample((step) => step / 1000));
    expect(line?.noise).toBeCloseTo(0, 12);
    expect(line?.slope).toBeCloseTo(0.001, 12);
    const saw = windowStatistics(sample((step) => ((step / 50) % 2 === 0 ? 1 : 2)));
    expect(saw?.noise).toBeGreaterThan(0.9);
  });

  it("is null where nothing finite was logged", () => {
    expect(windowStatistics({ steps: [1, 2], values: [Number.NaN, Number.NaN] })).toBeNull();
  });
});
