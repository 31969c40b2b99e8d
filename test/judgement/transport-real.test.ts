import { describe, expect, it } from "vitest";
import { otKnobs } from "../../src/judgement/ot-knobs.ts";
import type { Run } from "../../src/judgement/run.ts";
import { subjectOf } from "../../src/judgement/subject.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { costLaw } from "../../src/judgement/transport.ts";
import { planChange, predictPlan } from "../../src/judgement/transport-prediction.ts";
import { readPlan } from "../../src/judgement/transport-reading.ts";
import { realData } from "./real-data.ts";
import { realRuns } from "./real-runs.ts";

describe.skipIf(!realData)("transport on real curves (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  const runs = realData ? realRuns() : new Map<string, Run>();
  const run = (name: string): Run => {
    const found = runs.get(name);
    if (found === undefined) throw new Error(`no run ${name}`);
    return found;
  };
  const plan = (name: string) => {
    const state = readPlan(subjectOf(run(name), DEFAULT_THRESHOLDS));
    if (state.kind !== "diagonal") throw new Error(`${name}: ${state.kind}`);
    return state;
  };
  const predict = (from: string, to: string) => {
    const change = planChange(otKnobs(run(from).config ?? {}), otKnobs(run(to).config ?? {}));
    if (typeof change === "string") throw new Error(change);
    return predictPlan(plan(from), change);
  };

  it("reads the base run as the fact sheet does", () => {
    const base = plan("s_base_42");
    expect(base.temperature).toBe(2.5);
    expect(base.mass).toBeCloseTo(0.532766, 5);
    expect(base.loss).toBeCloseTo(0.731368, 5);
    expect(base).toMatchObject({ points: 24, brokenShare: 0 });
    const law = costLaw(base);
    expect(law.kind).toBe("gamma");
    if (law.kind !== "gamma") return;
    expect(Math.exp(law.logX)).toBeCloseTo(0.3235918, 4);
    expect(law.k).toBeCloseTo(2.2460296, 3);
  });

  // A pair may cost up to 164 as far as the logged means tell: reg .5 bears 355, reg .1 only 71.
  it.each([
    ["s_tau.25_42", true],
    ["s_reg.1_42", false],
  ])(
    "predicts %s: inside the interval, certified where no break is possible: %s; the estimate within 10 %%",
    (to, certified) => {
      const predicted = predict("s_base_42", to);
      const observed = plan(to);
      expect(predicted?.mass.certified).toBe(certified);
      expect(observed.mass).toBeGreaterThan(predicted?.mass.low ?? 1);
      expect(observed.mass).toBeLessThan(predicted?.mass.high ?? 0);
      expect(Math.abs((predicted?.mass.value ?? 0) / observed.mass - 1)).toBeLessThan(0.1);
      expect(observed.loss).toBeGreaterThan(predicted?.loss?.low ?? 1);
      expect(observed.loss).toBeLessThan(predicted?.loss?.high ?? 0);
    },
  );

  it("predicts a label weight alone, where the tangent would have been wrong", () => {
    const predicted = predict("s_base_42", "s_wl.03_42");
    const observed = plan("s_wl.03_42").mass;
    expect(observed).toBeCloseTo(0.8708, 3);
    expect(predicted?.mass.certified).toBe(false);
    expect(observed).toBeGreaterThan(predicted?.mass.low ?? 1);
    expect(observed).toBeLessThan(predicted?.mass.high ?? 0);
    expect(Math.abs((predicted?.mass.value ?? 0) / observed - 1)).toBeLessThan(0.03);
  });

  it("refuses another window: those are other pairs", () => {
    expect(() => predict("s_base_42", "s_win10_42")).toThrow("not-a-plan-change");
  });

  it.each(["dead", "s_dead_reg.005_wl1_87"])(
    "finds %s broken, exact zeros without a cheapest pair",
    (name) => {
      const state = readPlan(subjectOf(run(name), DEFAULT_THRESHOLDS));
      expect(state.kind).toBe("broken");
      if (state.kind !== "broken") return;
      expect(state.brokenShare).toBe(1);
      expect(state.cheapest.length).toBeLessThan(state.points);
      expect(state.cheapest.length).toBeGreaterThan(15);
    },
  );

  it("says why nothing can be read", () => {
    const why = (each: Run) => {
      const state = readPlan(subjectOf(each, DEFAULT_THRESHOLDS));
      return state.kind === "unreadable" ? state.why : state.kind;
    };
    expect(why(run("s_lambda0_42"))).toBe("no-ot");
    expect(why({ ...run("ok"), config: null })).toBe("no-config");
    expect(why(run("o_sigint"))).toBe("too-few-points");
    const config = JSON.parse(
      JSON.stringify(run("ok").config).replace('"heuristic":true', '"heuristic":false'),
    );
    expect(why({ ...run("ok"), config })).toBe("heuristic-off");
    expect(
      why({
        ...run("ok"),
        config: JSON.parse(JSON.stringify(run("ok").config).replace('"tau_src":1', '"tau_src":null')),
      }),
    ).toBe("temperature-unknown");
  });
});
