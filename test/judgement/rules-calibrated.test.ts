import { describe, expect, it } from "vitest";
import { analyse } from "../../src/judgement/analyse.ts";
import type { Prescription } from "../../src/judgement/prescription.ts";
import type { Run } from "../../src/judgement/run.ts";
import { say } from "../../src/judgement/texts.ts";
import { boundMass, estimateMass, temperatureFor } from "../../src/judgement/transport.ts";
import { asSolved } from "../../src/judgement/transport-solver.ts";
import { DEFAULT_TRUST, trusted } from "../../src/judgement/trust.ts";
import { exampleConfig, exampleRun, sample, summaryRun, wobble } from "./example-run.ts";

const PI = "train/ot_pi_sum";
const DIAG = "train/ot_pi_diag";
const EVAL = "eval/offline_eval/avg_l1";
const target = Math.sqrt(0.05 * 0.3);

function mass(of: (step: number) => number) {
  return { [PI]: of, [DIAG]: of };
}

function actions(run: Run): readonly Prescription[] {
  return analyse({ runs: [run], source: "test" }).runs[0]?.actions ?? [];
}

function action(run: Run, rule: string): Prescription {
  const found = actions(run).find((each) => each.rule === rule);
  if (found === undefined)
    throw new Error(
      `no ${rule} among ${actions(run)
        .map((each) => each.rule)
        .join(", ")}`,
    );
  return found;
}

function to(prescription: Prescription, path: string): unknown {
  return prescription.edits.find((edit) => edit.path === path)?.to;
}

const REG = "ot.loss_config.reg";
const TAU = "ot.loss_config.tau_src";

describe("ot-lift", () => {
  // Mass 0.02 at T 2.5, live pairs of 3 on average.
  const seen = { temperature: 2.5, mass: 0.02, loss: 0.06 };
  const run = exampleRun({ curves: { ...mass(() => 0.02), "train/ot_loss": () => 0.06 } });

  it("solves for the middle of the band and keeps the ratio of reg and tau", () => {
    const found = action(run, "ot-lift");
    const factor = Math.min((temperatureFor(seen, target) ?? 0) / 2.5, 6);
    expect(Number(to(found, REG)) / 0.5).toBeCloseTo(factor, 1);
    expect(Number(to(found, TAU)) / Number(to(found, REG))).toBeCloseTo(2, 1);
  });

  it("states the mass of exactly the temperature that it wrote", () => {
    const found = action(run, "ot-lift");
    const temperature = Number(to(found, REG)) + 2 * Number(to(found, TAU));
    expect(found.predicts?.value).toBeCloseTo(estimateMass(seen, temperature), 10);
    expect(found.predicts?.low).toBeCloseTo(asSolved(boundMass(seen, temperature)).low, 10);
    expect(found.predicts?.certified).toBe(true);
  });

  it("says in words whether a temperature is proven to suffice", () => {
    const proven = action(
      exampleRun({ curves: { ...mass(() => 0.02), "train/ot_loss": () => 0.15 } }),
      "ot-lift",
    );
    expect(say(proven.reason, "en")).toMatch(/\(necessary ×[\d.]+, sufficient ×[\d.]+\)/);
    const never = action(run, "ot-lift");
    expect(say(never.reason, "en")).toMatch(/\(necessary ×[\d.]+, no T is proven to suffice\)/);
    expect(say(never.reason, "zh")).toMatch(/（必要 ×[\d.]+，没有哪个 T 能被证明足够）/);
  });

  it("goes no further than 6 times the temperature in a round", () => {
    const dead = exampleRun({ curves: { ...mass(() => 1e-7), "train/ot_loss": () => 2.5e-6 } });
    const found = action(dead, "ot-lift");
    expect(Number(to(found, REG))).toBeLessThanOrEqual(3);
    expect(Number(to(found, TAU))).toBeLessThanOrEqual(6);
  });

  it("takes lambda_ot down with it where the pull would rise more than 30 times, never to nothing", () => {
    const dead = exampleRun({ curves: { ...mass(() => 1e-5), "train/ot_loss": () => 1e-4 } });
    const found = action(dead, "ot-lift");
    expect(to(found, "ot.lambda_ot")).toBeCloseTo(0.1 / 3, 3);
    expect(to(action(run, "ot-lift"), "ot.lambda_ot")).toBeUndefined();
  });

  it("scales the weights where tau is too far above reg for the solver", () => {
    const config = exampleConfig({ reg: 0.0095, tau: 1 });
    const found = action(
      exampleRun({
        config,
        curves: {
          ...mass(() => 0.045),
          "train/ot_loss": () => 0.1,
          "train/ot_cost/action_lbl": () => 0.2,
          "train/ot_cost/state": () => 0.1,
        },
      }),
      "ot-lift",
    );
    expect(to(found, REG)).toBeUndefined();
    expect(to(found, "ot.loss_config.features[action_lbl].weight_label")).toBeLessThan(0.001);
    expect(to(found, "ot.loss_config.features[state].weight_embed")).toBeLessThan(0.2);
    // The solver that logged these readings had not converged either.
    expect(found.predicts?.certified).toBe(false);
  });
});

describe("ot-lift where the laws do not hold", () => {
  it("says that no temperature helps where the live pairs cost nothing and the others are out of reach", () => {
    const found = action(
      exampleRun({ curves: { ...mass(() => 0.02), "train/ot_loss": () => 1e-6 } }),
      "ot-lift",
    );
    expect(found.edits).toEqual([]);
    expect(say(found.reason, "en")).toContain("no reg or tau brings 0.122");
  });

  it.each([
    ["heuristic is off", exampleConfig({ heuristic: false }), null],
    ["POT ignores the reference measure", exampleConfig(), 0.005],
    ["the configuration of the run is not known", null, null],
  ])("gives advice without numbers and says why: %s", (why, config, diagonal) => {
    const run = exampleRun({
      config,
      curves: { ...mass(() => 0.02), ...(diagonal ? { [DIAG]: () => diagonal } : {}) },
    });
    const found = action(run, "ot-lift");
    expect([found.edits, found.predicts]).toEqual([[], null]);
    expect(say(found.reason, "en")).toContain(why);
  });
});

describe("calibrated advice", () => {
  it.each(["en", "zh"] as const)("names no step of the plan beside the computed one (%s)", (language) => {
    const levels = { "mass-low": 1.1e-9, zero: 0, "mass-high": 0.7 };
    for (const [why, last] of Object.entries(levels)) {
      const run = summaryRun({
        [PI]: { first: last, last },
        "train/ot_cost/state": { first: 1, last: 1, best_step: 2000 },
      });
      const said = actions(run).map(({ reason }) => say(reason, language));
      expect(said, why).not.toEqual([]);
      for (const sentence of said)
        expect(sentence, why).not.toMatch(/1\.5–2|0\.5[,、] ?1[,、] ?2|0\.001[,、]/);
    }
    const low = actions(summaryRun({ [PI]: { first: 1.1e-9, last: 1.1e-9 } }));
    expect(low.map(({ reason }) => say(reason, language))).toEqual([expect.stringContaining("×9.82")]);
  });
});

describe("ot-cure-break", () => {
  const config = exampleConfig({ reg: 0.01, tau: 1, label: 0.02 });
  const broken = exampleRun({
    config,
    curves: { ...mass(() => 1e-200), "train/ot_cost/action_lbl": () => 93, "train/ot_cost/state": () => 1 },
  });

  it("comes before the mass, and dead runs get nothing else but their revival", () => {
    expect(actions(broken).map(({ rule }) => rule)).toEqual(["ot-cure-break"]);
  });

  it("brings the dearest pair to 600 reg and the cheapest to a live mass; tau is left alone", () => {
    const found = action(broken, "ot-cure-break");
    const reg = Number(to(found, REG));
    const scale = Number(to(found, "ot.loss_config.features[action_lbl].weight_label")) / 0.02;
    expect((3.55 * 94 * scale) / reg).toBeLessThan(605);
    // The cheapest pair costs reg * 460, less up to reg * ln 4.
    expect(Math.exp((-4.6 * scale) / (reg + 2)) / 4).toBeGreaterThan(0.1);
    expect(to(found, TAU)).toBeUndefined();
    expect(found.predicts?.certified).toBe(false);
  });

  it("raises reg alone where most batches are whole", () => {
    const some = exampleRun({
      config: exampleConfig({ reg: 0.05 }),
      curves: { ...mass((step) => (step % 500 === 0 ? 1e-130 : 0.12)), "train/ot_cost/action_lbl": () => 14 },
    });
    const found = action(some, "ot-cure-break");
    expect(found.edits.map(({ path }) => path)).toEqual([REG]);
    expect(Number(to(found, REG))).toBeCloseTo((3.55 * 15) / 600, 1);
    // The whole batches were read, the broken ones were not.
    expect(found.predicts).toMatchObject({ metric: PI, certified: false });
  });
});

describe("ot-label-scale", () => {
  it("offers the label weight as the other lever, by its share of the costs", () => {
    const run = exampleRun({
      config: exampleConfig({ label: 0.02 }),
      curves: { ...mass(() => 0.02), "train/ot_loss": () => 0.06 },
    });
    const found = action(run, "ot-label-scale");
    const weight = Number(to(found, "ot.loss_config.features[action_lbl].weight_label"));
    expect(weight).toBeLessThan(0.02);
    expect(weight).toBeGreaterThan(0.02 / 6.01);
    expect(found.predicts?.low).toBeCloseTo(0.02, 12);
    expect(found.predicts?.value).toBeGreaterThan(0.05);
  });
});

describe("a high mass", () => {
  const flat = { "train/ot_cost/state": (step: number) => 1 + 0.05 * wobble(step) };

  it("is left alone where the live pairs are much cheaper than all pairs", () => {
    const run = exampleRun({ curves: { ...mass(() => 0.8), "train/ot_loss": () => 0.4 } });
    expect(actions(run).filter(({ rule }) => rule === "ot-tighten")).toEqual([]);
  });

  it("is tightened towards 0.2 where everything passes alike", () => {
    const run = exampleRun({
      config: exampleConfig({ label: 0 }),
      curves: { ...mass(() => 0.7), "train/ot_loss": () => 0.6, "train/ot_cost/action_lbl": null, ...flat },
    });
    const found = action(run, "ot-tighten");
    expect(Number(to(found, REG))).toBeLessThan(0.5);
    expect(found.predicts?.value).toBeLessThan(0.7);
  });

  it("is tightened by the taus alone where reg keeps the dearest pair from breaking the solver", () => {
    const run = exampleRun({
      config: exampleConfig({ reg: 0.05, tau: 30, label: 0 }),
      curves: {
        ...mass(() => 0.85),
        "train/ot_loss": () => 7.5,
        "train/ot_cost/action_lbl": null,
        "train/ot_cost/state": () => 9,
      },
    });
    const found = action(run, "ot-tighten");
    expect(found.edits.map(({ path }) => path)).toEqual([TAU, "ot.loss_config.tau_tgt"]);
  });

  it("that is saturated asks for a control without OT, and never lowers lambda_ot by steps", () => {
    const run = exampleRun({
      config: exampleConfig({ label: 0 }),
      curves: {
        ...mass(() => 0.999),
        "train/ot_loss": () => 0.003,
        "train/ot_cost/action_lbl": null,
        "train/ot_cost/state": () => 0.004,
      },
    });
    expect(to(action(run, "ot-lambda-control"), "ot.lambda_ot")).toBe(0);
    const touched = actions(run).flatMap(({ edits }) => edits.filter(({ path }) => path === "ot.lambda_ot"));
    expect(touched.map((edit) => edit.to)).toEqual([0]);
  });
});

describe("bc rules", () => {
  const still = {
    "train/l1_loss": (step: number) => 0.15 + (step < 500 ? 0.4 : 0) + 0.003 * wobble(step),
    "train/loss": () => 0.3,
    [EVAL]: sample(() => 0.2, { every: 200, until: 5000 }),
  };

  it("double a creeping learning rate with its backbone", () => {
    const found = action(exampleRun({ until: 5000, curves: still }), "bc-learning-rate");
    expect(to(found, "policy.optimizer_lr")).toBe(2e-5);
    expect(to(found, "policy.optimizer_lr_backbone")).toBe(2e-5);
  });

  it("bring a rate that is far too high down, step by step, not up", () => {
    const run = exampleRun({ until: 5000, curves: still, config: exampleConfig({ rate: 1e-3 }) });
    expect(to(action(run, "bc-learning-rate"), "policy.optimizer_lr")).toBe(5e-4);
  });

  it("touch the batch only where the rate has nowhere to go, and say what that costs", () => {
    const run = exampleRun({ until: 5000, curves: still, config: exampleConfig({ rate: 3e-5 }) });
    expect(actions(run).filter(({ rule }) => rule === "bc-learning-rate")).toEqual([]);
    expect(to(action(run, "bc-batch-size"), "batch_size")).toBe(12);
  });

  it("stay away while the held-out L1 improves", () => {
    const improving = { ...still, [EVAL]: sample((step) => 0.4 - step / 50000, { every: 200, until: 5000 }) };
    const rules = actions(exampleRun({ until: 5000, curves: improving })).map(({ rule }) => rule);
    expect(rules.filter((rule) => rule.startsWith("bc"))).toEqual([]);
  });
});

describe("the explorer", () => {
  it("takes no mean of a few live batches for a plan", () => {
    const found = (live: number) => {
      const alive = (step: number) => step > 2000 - 50 * live;
      const run = exampleRun({ curves: { ...mass((step) => (alive(step) ? 0.3 : 1e-9)) } });
      return actions(run).map(({ rule }) => rule);
    };
    expect(found(30)).toContain("explorer");
    expect(found(12)).not.toContain("explorer");
  });

  it("comes only where nothing is wrong, and of several runs from the best", () => {
    const good = exampleRun({ id: "good" });
    const better = exampleRun({
      id: "better",
      curves: { [EVAL]: sample((step) => 0.15 + 0.5 * Math.exp(-step / 500), { every: 200 }) },
    });
    const low = exampleRun({ id: "low", curves: mass(() => 1e-4) });
    const { runs } = analyse({ runs: [good, better, low], source: "test" });
    const explorers = runs.filter(({ actions: all }) => all.some(({ rule }) => rule === "explorer"));
    expect(explorers.map(({ run }) => run.id)).toEqual(["better"]);
  });

  it("keeps the label term where every pair would pass without it, and weighs OT more instead", () => {
    const state = (step: number) => 0.3 * (1 + Math.exp(-step / 700));
    const cheap = { ...mass(() => 0.25), "train/ot_loss": () => 0.7, "train/ot_cost/state": state };
    const run = (label: number) =>
      action(exampleRun({ curves: { ...cheap, "train/ot_cost/action_lbl": () => label } }), "explorer");
    expect(run(60).edits.map(({ path, op, to: value }) => [path, op, value])).toEqual([
      ["ot.lambda_ot", "set", 0.2],
    ]);
    const gone = run(0.1);
    expect(gone.edits.map(({ op }) => op)).toEqual(["remove"]);
    expect(gone.predicts?.value).toBeLessThan(0.95);
  });

  it("leaves a mass between the bands to the rules that move it", () => {
    const rules = actions(exampleRun({ curves: { ...mass(() => 0.008) } })).map(({ rule }) => rule);
    expect(rules).toContain("ot-lift");
    expect(rules).not.toContain("explorer");
  });

  it("leaves a high mass to the rules that answer it", () => {
    const high = exampleRun({ curves: { ...mass(() => 0.85), "train/ot_loss": () => 0.4 } });
    expect(actions(high).map(({ rule }) => rule)).not.toContain("explorer");
  });

  it("does not start from a few readings", () => {
    const quick = (step: number) => 0.1 + 0.5 * Math.exp(-step / 100);
    const rules = (until: number) =>
      actions(exampleRun({ until, curves: { "train/l1_loss": quick } })).map(({ rule }) => rule);
    expect(rules(2000)).toContain("explorer");
    expect(rules(400)).not.toContain("explorer");
  });
});

describe("trusted", () => {
  const { learning_rate: rate } = DEFAULT_TRUST;
  it.each([
    [1e-5, 1e-3, 2e-5],
    [2e-5, 4e-5, 3e-5],
    [1e-3, 2e-3, null],
    [1e-3, 1e-5, 5e-4],
    [6e-6, 1e-6, 5e-6],
    [5e-6, 1e-6, null],
    [1e-5, 1.001e-5, null],
  ])("moves %f towards %f as far as %s", (from, wanted, reached) => {
    const moved = trusted(rate, { from, to: wanted });
    if (reached === null) expect(moved).toBeNull();
    else expect(moved).toBeCloseTo(reached, 12);
  });
});
