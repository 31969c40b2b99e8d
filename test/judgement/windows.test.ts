import { describe, expect, it } from "vitest";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { windowsOf } from "../../src/judgement/windows.ts";
import { exampleRun, summaryRun } from "./example-run.ts";

describe("windowsOf", () => {
  const windows = windowsOf(exampleRun(), DEFAULT_THRESHOLDS);

  it("reads each metric from the points that mean something for it", () => {
    const extent = (key: string) => {
      const found = windows.get(key);
      return found && [found.from_step, found.to_step, found.points];
    };
    // Single batches of a few pairs: the last 30. Loss: 500 steps. Evaluations: the running mean that ranks.
    expect(extent("train/ot_pi_sum")).toEqual([550, 2000, 30]);
    expect(extent("train/ot_cost/state")).toEqual([550, 2000, 30]);
    expect(extent("train/l1_loss")).toEqual([1550, 2000, 10]);
    expect(extent("eval/offline_eval/avg_l1")).toEqual([1600, 2000, 3]);
    expect(windows.has("train/lr")).toBe(false);
  });

  it("gives level, slope with its interval, and noise", () => {
    const cost = windows.get("train/ot_cost/state");
    expect(cost?.median).toBeGreaterThan(1);
    expect(cost?.trend?.slope).toBeLessThan(0);
    expect(cost?.trend?.high).toBeLessThan(0);
    expect(cost?.trend?.p).toBeLessThan(0.01);
    expect(cost?.noise).toBeGreaterThan(0);
    expect(windows.get("eval/offline_eval/avg_l1")?.trend).toBeNull();
  });

  it("has none of a summary, and none of what never was finite", () => {
    expect(windowsOf(summaryRun({ "train/l1_loss": { first: 1, last: 0.5 } }), DEFAULT_THRESHOLDS).size).toBe(
      0,
    );
    const nan = exampleRun({ curves: { "train/l1_loss": () => Number.NaN } });
    expect(windowsOf(nan, DEFAULT_THRESHOLDS).has("train/l1_loss")).toBe(false);
  });
});
