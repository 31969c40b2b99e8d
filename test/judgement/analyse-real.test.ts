import { describe, expect, it } from "vitest";
import { analyse } from "../../src/judgement/analyse.ts";
import type { Analysis, RunAnalysis } from "../../src/judgement/analysis.ts";
import { rankRuns } from "../../src/judgement/ranking.ts";
import { realData } from "./real-data.ts";
import { compareRuns, realRuns } from "./real-runs.ts";

function of({ runs }: Analysis, label: string): RunAnalysis {
  const found = runs.find(({ run }) => run.label === label);
  if (found === undefined) throw new Error(`no run ${label}`);
  return found;
}

const codes = ({ findings }: RunAnalysis) => findings.map(({ code }) => code);
const problems = ({ findings }: RunAnalysis) =>
  findings.filter(({ severity }) => severity === "problem").map(({ code }) => code);

describe.skipIf(!realData)("compare files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  const analysed = (file: string, rules: "plan" | "calibrated" = "plan") =>
    analyse({ runs: compareRuns(file), source: file, rules });

  it("keeps the file's numbers under canonical keys, but no best mass", () => {
    const { summary, run } = of(analysed("compare_runs.json"), "run_a");
    expect(run).toMatchObject({ rows: 41, steps: null, config: null });
    const mass = summary.get("train/ot_pi_sum");
    expect(mass?.first).toBe(0.11340929567813873);
    expect(mass?.last).toBe(0.0005566942854784429);
    expect(mass?.pct).toBe(-99.50912816877599);
    expect([mass?.best, mass?.best_step]).toEqual([null, null]);
    expect(summary.get("eval/offline_eval/avg_l1")?.best_step).toBe(1750);
    expect([...summary.keys()].some((key) => key.startsWith("train/ot_ot_"))).toBe(false);
  });

  it("sees what the plan's authors saw: one mass fell too low, the other was never alive, neither cost falls", () => {
    const two = analysed("compare_runs.json");
    expect(codes(of(two, "run_a"))).toEqual([
      "mass-low",
      "mass-falling",
      "cost-flat",
      "l1-converging",
      "eval-improving",
    ]);
    expect(codes(of(two, "run_b"))).toEqual(["mass-dead", "cost-flat", "l1-converging", "eval-improving"]);
  });

  it("sees r1 healthy, r2 recovered, r3 too low and shorter than the others", () => {
    const three = analysed("compare_runs_3.json");
    expect(codes(of(three, "r1"))).toEqual([
      "mass-healthy",
      "cost-falling",
      "l1-converging",
      "eval-improving",
    ]);
    expect(codes(of(three, "r2"))).toContain("mass-rising");
    expect(problems(of(three, "r3"))).toEqual(["mass-low"]);
    const length = of(three, "r3").findings.find(({ code }) => code === "invalid-comparison");
    expect(length?.evidence["details"]).toEqual(["rows 13 (25)"]);
  });

  it.each(["plan", "calibrated"] as const)(
    "gives advice by the %s rules where the mass is too low, and none elsewhere",
    (rules) => {
      const two = analysed("compare_runs.json", rules);
      for (const run of two.runs) {
        expect(run.actions.length).toBeGreaterThan(0);
        expect(run.actions.every(({ edits }) => edits.length === 0)).toBe(true);
      }
      expect(of(analysed("compare_runs_3.json", rules), "r1").actions).toEqual([]);
    },
  );
});

describe.skipIf(!realData)("runs of the real trainer (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  const all = realData ? analyse({ runs: [...realRuns().values()], source: "curves.json" }) : null;
  const run = (label: string) => {
    if (all === null) throw new Error("no data");
    return of(all, label);
  };

  it.each([
    "ok",
    "o_fresh",
    "s_base_42",
    "s_base_87",
    "s_lambda1_42",
    "s_reg.1_42",
    "s_tau.25_42",
    "s_win10_42",
    "s_wl1_87",
    "r_eq",
  ])("%s has no problem", (label) => {
    expect(problems(run(label))).toEqual([]);
    expect(codes(run(label))).toContain("l1-converging");
  });

  it.each(["dead", "s_dead_reg.005_wl1_87"])(
    "%s: the solver broke on every batch, L1 and eval are as good as ever",
    (label) => {
      expect(problems(run(label))).toEqual(["solver-break", "mass-dead"]);
      expect(run(label).findings[0]?.evidence["share"]).toBe(1);
      expect(codes(run(label))).toContain("eval-improving");
      expect(run(label).actions.map(({ rule }) => rule)).toEqual(["ot-cure-break"]);
    },
  );

  it.each(["nan", "o_nan", "e_nan_json"])("%s is invalid although it ended with 0", (label) => {
    expect(problems(run(label))).toEqual(["non-finite"]);
    expect(codes(run(label)).some((code) => code.startsWith("mass"))).toBe(false);
    expect(run(label).actions).toEqual([]);
  });

  it("w_ot_off: OT silently never ran; s_lambda0: that was meant", () => {
    expect(problems(run("w_ot_off"))).toEqual(["ot-inactive"]);
    expect(run("s_lambda0_42").findings.find(({ code }) => code === "ot-inactive")?.severity).toBe("note");
    expect(problems(run("s_lambda0_42"))).toEqual([]);
  });

  it("s_lr0.1: mass and gradients look as ever, L1 and eval tell; its vanished cost is no merit", () => {
    expect(problems(run("s_lr0.1_42"))).toEqual(["diverged"]);
    expect(codes(run("s_lr0.1_42"))).not.toContain("gradients-unstable");
    expect(run("s_lr0.1_42").findings.find(({ code }) => code === "cost-falling")?.severity).toBe("warning");
  });

  it.each(["e_base_index", "e_save_freq0", "o_sigterm", "o_down", "e_sigkill_pid"])(
    "%s logged nothing",
    (label) => {
      expect(codes(run(label))).toEqual(["no-history"]);
    },
  );

  it.each(["o_sigint", "e_sigint_pid", "o_sigint_ignored"])(
    "%s failed: nothing is derived from it",
    (label) => {
      expect(codes(run(label))).toContain("crashed");
      expect(run(label).actions).toEqual([]);
    },
  );

  it("takes the masses of the sweep for what they were", () => {
    expect(codes(run("s_tau.25_42"))).toContain("mass-healthy");
    expect(codes(run("s_wl.03_42"))).toContain("mass-high");
    expect(codes(run("s_base_42"))).toContain("mass-unassigned");
  });

  it("ranks: no OT knob differs beyond the noise, lr 0.03 is worse, a dead OT is not the best", () => {
    const sweep = (all?.runs ?? []).filter(({ run: { id } }) => /^s_/.test(id) && !/lr0.1/.test(id));
    const ranking = rankRuns(sweep);
    const ids = ranking.contenders.flatMap(({ runs }) => runs.map(({ run: each }) => each.id));
    expect(ids).not.toContain("s_lr3e-2_42");
    expect(ids.filter((id) => id.endsWith("_42")).length).toBeGreaterThan(4);
    expect(ranking.best?.stability.aliveShare).toBe(1);
    const base = ranking.variants.find(({ runs }) => runs.some(({ run: each }) => each.id === "s_base_42"));
    expect(base?.runs.map(({ run: each }) => each.id).sort()).toEqual([
      "s_base_42",
      "s_base_42_rerun",
      "s_base_87",
    ]);
  });
});
