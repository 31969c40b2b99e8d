import { describe, expect, it } from "vitest";
import { say, sayNumber } from "../../src/judgement/texts.ts";
import {
  codesOf,
  exampleConfig,
  exampleRun,
  findingOf,
  findingsOf,
  sample,
  summaryRun,
  wobble,
} from "./example-run.ts";

const PI = "train/ot_pi_sum";
const DIAG = "train/ot_pi_diag";
const L1 = "train/l1_loss";
const EVAL = "eval/offline_eval/avg_l1";

/** pi_diag is pi_sum under the diagonal reference. */
function mass(of: (step: number) => number) {
  return { [PI]: of, [DIAG]: of };
}

describe("a healthy trial", () => {
  it("is called healthy, and nothing else", () => {
    expect(codesOf(exampleRun())).toEqual([
      "label-cost-scale",
      "mass-healthy",
      "cost-falling",
      "l1-converging",
      "eval-improving",
    ]);
    expect(
      findingsOf(exampleRun()).filter(({ severity }) => severity === "problem" || severity === "warning"),
    ).toEqual([]);
  });

  it("puts what is wrong before what is well", () => {
    const codes = codesOf(exampleRun({ curves: mass(() => 2e-4) }));
    expect(codes[0]).toBe("mass-low");
  });
});

describe("validity", () => {
  it("has nothing to say about a run without history but that", () => {
    const empty = {
      ...exampleRun({ state: "failed" }),
      steps: null,
      data: { kind: "curves", series: new Map() },
    } as const;
    expect(codesOf(empty)).toEqual(["no-history"]);
  });

  it("does not judge another policy, nor one with OT switched off", () => {
    const config = exampleConfig();
    expect(codesOf(exampleRun({ config: { ...config, policy: { type: "diffusion" } } }))).toEqual([
      "not-act-ot",
    ]);
    expect(codesOf(exampleRun({ config: { ...config, ot: { enable: false } } }))).toEqual(["not-act-ot"]);
  });

  it("calls a run with NaN losses invalid and believes nothing else of it", () => {
    const nan = (step: number) => (step < 150 ? 1 : Number.NaN);
    // What the trainer logs then: a uniform plan.
    const run = exampleRun({
      curves: { "train/loss": nan, [L1]: nan, "train/ot_loss": nan, [PI]: () => 1, [DIAG]: () => 0.25 },
    });
    expect(codesOf(run)).toEqual(["non-finite"]);
    expect(findingOf(run, "non-finite").evidence).toMatchObject({ step: 150, learning_rate: 1e-5 });
  });

  it("forgives a single infinite gradient norm", () => {
    const run = exampleRun({
      curves: { "train/grad_norm": (step) => (step === 600 ? Number.POSITIVE_INFINITY : 40) },
    });
    expect(findingOf(run, "non-finite").severity).toBe("note");
    expect(codesOf(run)).toContain("mass-healthy");
  });

  it("never takes the mass of NaN costs for a saturated plan", () => {
    const run = exampleRun({
      curves: {
        "train/ot_loss": (step) => (step > 1000 ? Number.NaN : 0.24),
        ...mass((step) => (step > 1000 ? 1 : 0.12)),
      },
    });
    expect(codesOf(run)).toEqual(["non-finite"]);
  });

  it("tells OT that silently never ran from a control", () => {
    const without = {
      "train/ot_loss": null,
      [PI]: null,
      [DIAG]: null,
      "train/ot_cost/state": null,
      "train/ot_cost/action_lbl": null,
    };
    const confidence = (until: number) => findingOf(exampleRun({ curves: without, until }), "ot-inactive");
    expect(confidence(2000)).toMatchObject({ severity: "problem", confidence: "high" });
    expect(confidence(400)).toMatchObject({
      severity: "problem",
      confidence: "low",
      evidence: { points: 8 },
    });
    const unknown = findingOf(exampleRun({ curves: without, config: null }), "ot-inactive");
    expect(unknown).toMatchObject({ severity: "warning", confidence: "low" });
    const unread = { ...exampleRun({ curves: without }), unread: ["train/loss", PI] };
    expect(codesOf(unread)).not.toContain("ot-inactive");
    expect(findingOf(unread, "ot-unread").evidence).toEqual({ metrics: [PI] });
    const mute = exampleRun({ curves: { ...without, "train/loss": null, "train/l1_loss": null } });
    expect(codesOf(mute)).not.toContain("ot-inactive");
    const control = exampleRun({ curves: without, config: exampleConfig({ lambda: 0 }) });
    expect(findingOf(control, "ot-inactive").severity).toBe("note");
  });

  it("marks what is crashed or too short", () => {
    expect(codesOf(exampleRun({ state: "crashed" }))).toContain("crashed");
    expect(codesOf(exampleRun({ state: "killed" }))).not.toContain("crashed");
    expect(codesOf(exampleRun({ until: 150 }))).toContain("too-short");
  });
});

describe("the transported mass", () => {
  it.each([
    [1e-9, "mass-dead", "problem"],
    [2e-4, "mass-low", "problem"],
    [0.01, "mass-unassigned", "note"],
    [0.12, "mass-healthy", "good"],
    [0.5, "mass-unassigned", "note"],
    [0.8, "mass-high", "warning"],
    [0.99, "mass-saturated", "warning"],
  ])("of %f is %s", (level, code, severity) => {
    const run = exampleRun({ curves: mass(() => level) });
    expect(findingOf(run, code).severity).toBe(severity);
    expect(findingOf(run, code).evidence).toMatchObject({ points: 30, to_step: 2000 });
  });

  it("above 0.3 is too high where the learned costs do not fall", () => {
    const flat = { "train/ot_cost/state": (step: number) => 1 + 0.05 * wobble(step) };
    const run = exampleRun({ curves: { ...mass(() => 0.45), ...flat } });
    expect(findingOf(run, "mass-high").evidence["cost_flat"]).toBe(true);
    expect(codesOf(run)).toContain("cost-flat");
  });

  it("is never judged by its last reading", () => {
    const run = exampleRun({ curves: mass((step) => (step === 2000 ? 0 : 0.12)) });
    expect(codesOf(run)).toContain("mass-healthy");
  });

  it.each([
    [1, 0.027, "mass-low", "problem", "low"],
    [5, 0.2, "mass-unassigned", "warning", "low"],
    [12, 0.3, "mass-healthy", "warning", "medium"],
  ])("that %i of 30 readings carry is said to be theirs alone", (live, each, code, severity, confidence) => {
    const dead = (step: number) => step <= 2000 - 50 * live;
    const run = exampleRun({ curves: mass((step) => (dead(step) ? 3e-97 : each)) });
    const found = findingOf(run, code);
    expect(found).toMatchObject({ severity, confidence, evidence: { live_share: live / 30 } });
    const share = String(Number(((100 * live) / 30).toPrecision(3)));
    expect(say(found.text, "en")).toContain(`carried by ${share} % of the batches alone`);
    expect(say(found.text, "en")).not.toContain("alive");
    expect(say(found.text, "zh")).toContain(`只由 ${share} % 的批次承载`);
  });

  it("rises when it rises for good, by more than a factor, and not by chance", () => {
    expect(codesOf(exampleRun({ curves: mass((step) => 1e-4 * Math.exp(step / 400)) }))).toContain(
      "mass-rising",
    );
    expect(codesOf(exampleRun({ curves: mass((step) => 0.2 * Math.exp(-step / 300)) }))).toContain(
      "mass-falling",
    );
    expect(codesOf(exampleRun({ curves: mass((step) => 10 ** (-4 + 2 * wobble(step))) }))).not.toContain(
      "mass-rising",
    );
    expect(codesOf(exampleRun({ curves: mass((step) => 0.1 * (1 + step / 20000)) }))).not.toContain(
      "mass-rising",
    );
  });

  it("is not mentioned where it was not logged", () => {
    const codes = codesOf(exampleRun({ curves: { [PI]: null, [DIAG]: null } }));
    expect(codes.filter((code) => code.startsWith("mass"))).toEqual([]);
  });
});

describe("the solver", () => {
  it("is proven broken below the floor, with the share of the batches", () => {
    const run = exampleRun({ curves: mass((step) => (step % 200 === 0 ? 1e-150 : 0.12)) });
    const found = findingOf(run, "solver-break");
    expect(found.severity).toBe("problem");
    expect(found.evidence["share"]).toBeCloseTo(8 / 30, 12);
    // The others are still a plan.
    expect(codesOf(run)).toContain("mass-healthy");
  });

  it("is not called broken by a low plan above the floor", () => {
    // reg 0.5 of T 2.5: the floor is exp(-141.9).
    expect(codesOf(exampleRun({ curves: mass(() => 1e-60) }))).not.toContain("solver-break");
    expect(codesOf(exampleRun({ curves: mass(() => 1e-62) }))).toContain("solver-break");
  });

  it("is not called broken where reg is no regulariser, which the trainer does not check", () => {
    const run = exampleRun({ config: exampleConfig({ reg: 0 }) });
    expect(codesOf(run)).not.toContain("solver-break");
  });

  it("cannot break in sight without the diagonal reference", () => {
    const config = exampleConfig({ heuristic: false });
    expect(codesOf(exampleRun({ config, curves: mass(() => 1e-150) }))).not.toContain("solver-break");
  });

  it("is said to have broken where only the log tells", () => {
    const warned = { ...exampleRun(), solverWarned: true };
    expect(findingOf(warned, "solver-warned").severity).toBe("note");
    const proven = { ...exampleRun({ curves: mass(() => 1e-150) }), solverWarned: true };
    expect(codesOf(proven)).toContain("solver-break");
    expect(codesOf(proven)).not.toContain("solver-warned");
  });

  it("is too old when pi_diag differs from pi_sum although heuristic is on", () => {
    const run = exampleRun({ curves: { [PI]: () => 0.2, [DIAG]: () => 0.1 } });
    expect(findingOf(run, "solver-too-old").evidence["share"]).toBeCloseTo(0.5, 12);
  });

  it("may leave the diagonal without heuristic", () => {
    const config = exampleConfig({ heuristic: false });
    const off = exampleRun({ config, curves: { [PI]: () => 0.2, [DIAG]: () => 0.1 } });
    expect(findingOf(off, "off-diagonal").severity).toBe("warning");
    const near = exampleRun({ config, curves: { [PI]: () => 0.2, [DIAG]: () => 0.19 } });
    expect(findingOf(near, "off-diagonal").severity).toBe("good");
  });
});

describe("costs", () => {
  it("of labels are no trend: they have no gradient", () => {
    const run = exampleRun({
      curves: { "train/ot_cost/state": null, "train/ot_cost/action_lbl": (step) => 20 - step / 200 },
    });
    expect(codesOf(run).filter((code) => code.startsWith("cost-"))).toEqual([]);
  });

  it("that hardly fall are flat only once 1,000 steps are over", () => {
    const flat = { "train/ot_cost/state": (step: number) => 1 + 0.02 * wobble(step) };
    expect(codesOf(exampleRun({ curves: flat }))).toContain("cost-flat");
    expect(codesOf(exampleRun({ curves: flat, until: 800 }))).not.toContain("cost-flat");
  });

  it("that all but vanish look like collapse, not alignment", () => {
    const run = exampleRun({ curves: { "train/ot_cost/state": (step) => 5 * Math.exp(-step / 100) } });
    expect(findingOf(run, "cost-falling").severity).toBe("warning");
  });

  it("that fall while no pair carries mass are no merit of OT", () => {
    const dead = exampleRun({ curves: { [PI]: () => 1e-30, [DIAG]: () => 1e-30 } });
    expect(findingOf(exampleRun(), "cost-falling").severity).toBe("good");
    expect(findingOf(dead, "cost-falling")).toMatchObject({
      severity: "note",
      text: { key: "finding.cost-falling.idle" },
    });
    // They fell by step 3,000; what the mass came to long afterwards says nothing of that.
    const late = (step: number) => (step < 6000 ? 0.3 : 1e-30);
    const longer = exampleRun({ until: 10_000, curves: { [PI]: late, [DIAG]: late } });
    expect(findingOf(longer, "cost-falling").severity).toBe("good");
  });

  it("of a label near the break are a warning", () => {
    const run = exampleRun({ curves: { "train/ot_cost/action_lbl": () => 150 } });
    expect(findingOf(run, "label-cost-scale").severity).toBe("warning");
  });
});

describe("L1", () => {
  it("that falls by 40 % converges; one that does not is slow once it had its chance", () => {
    const slow = (step: number) => 0.5 - 0.1 * (step / 2000);
    expect(codesOf(exampleRun({ curves: { [L1]: slow } }))).toContain("l1-slow");
    expect(codesOf(exampleRun({ curves: { [L1]: slow }, until: 600, state: "running" }))).not.toContain(
      "l1-slow",
    );
    expect(codesOf(exampleRun({ curves: { [L1]: slow }, until: 1200 }))).toContain("l1-slow");
    expect(codesOf(exampleRun({ curves: { [L1]: slow }, until: 950 }))).not.toContain("l1-slow");
  });

  it("has no fall to be judged by where the first readings are missing, as in a resumed segment", () => {
    const tail = (from: number) => ({
      "train/l1_loss": {
        steps: Array.from({ length: 8 }, (_, index) => from + 50 * index),
        values: Array.from({ length: 8 }, () => 0.2),
      },
    });
    expect(codesOf(exampleRun({ curves: tail(50), until: 2000 }))).toContain("l1-slow");
    expect(codesOf(exampleRun({ curves: tail(600), until: 2000 }))).not.toContain("l1-slow");
    const cost = sample(() => 1, { every: 50 });
    const late = { steps: cost.steps.slice(20), values: cost.values.slice(20) };
    expect(codesOf(exampleRun({ curves: { "train/ot_cost/state": cost } }))).toContain("cost-flat");
    expect(codesOf(exampleRun({ curves: { "train/ot_cost/state": late } }))).not.toContain("cost-flat");
  });

  it("stands still where neither it nor the loss falls by 2 % per 500 steps", () => {
    const still = {
      [L1]: (step: number) => 0.15 + (step < 500 ? 0.3 : 0) + 0.004 * wobble(step),
      "train/loss": () => 0.3,
    };
    const found = findingOf(exampleRun({ curves: still, until: 4000 }), "l1-plateau");
    expect(found.evidence).toMatchObject({ from_step: 3550, to_step: 4000, points: 10 });
    expect(Math.abs(Number(found.evidence["fall_of_rule"]))).toBeLessThan(0.02);
  });

  it("stands still with a sign that tells a rise from a fall, in its interval too", () => {
    const of = (slope: number) => ({
      [L1]: (step: number) => 0.15 * Math.exp(slope * step) * (1 + 0.15 * wobble(step)),
      "train/loss": () => 0.3,
    });
    const risen = findingOf(exampleRun({ curves: of(3e-5), until: 4000 }), "l1-plateau");
    const fall = Number(risen.evidence["fall"]);
    expect(fall).toBeLessThan(0);
    for (const language of ["en", "zh"] as const) {
      const said = say(risen.text, language);
      expect(said).toContain(`+${sayNumber(-100 * fall)} %`);
      const [low = 0, high = 0] = [...said.matchAll(/([+-][\d.]+) %/g)].slice(1).map(([, n]) => Number(n));
      expect(low).toBeLessThan(-100 * fall);
      expect(high).toBeGreaterThan(-100 * fall);
    }
  });

  it("is too noisy for a plateau over 500 steps, but not over 2,000", () => {
    const noisy = (step: number) => 0.15 * (1 + 0.15 * wobble(step));
    const short = exampleRun({ curves: { [L1]: noisy, "train/loss": () => 0.3 }, until: 1200 });
    expect(codesOf(short)).not.toContain("l1-plateau");
    const long = exampleRun({ curves: { [L1]: noisy, "train/loss": () => 0.3 }, until: 4000 });
    const found = findingOf(long, "l1-plateau");
    expect(found).toMatchObject({ confidence: "high", evidence: { from_step: 2050, to_step: 4000 } });
    expect(found.evidence["fall_high"]).toBeLessThan(0.1);
  });

  it("does not stand still while the window means of the loss keep falling", () => {
    const run = exampleRun({
      curves: { [L1]: (step) => 0.15 + 0.01 * wobble(step), "train/loss": (step) => Math.exp(-step / 2000) },
    });
    expect(codesOf(run)).not.toContain("l1-plateau");
  });

  it("jumps where readings differ by a third of their level, unless the learning rate moved", () => {
    const wild = { [L1]: (step: number) => 0.2 * (1 + 0.7 * wobble(step)) };
    expect(codesOf(exampleRun({ curves: wild }))).toContain("jitter");
    const scheduled = exampleRun({ curves: { ...wild, "train/lr": (step) => 1e-5 * (1 - step / 4000) } });
    expect(codesOf(scheduled)).not.toContain("jitter");
  });
});

describe("gradients", () => {
  const GRAD = "train/grad_norm";
  it("are high in every warm-up, which is no finding, and one spike is none either", () => {
    expect(codesOf(exampleRun())).not.toContain("gradients-unstable");
    const spike = exampleRun({ curves: { [GRAD]: (step) => (step === 1500 ? 900 : 40) } });
    expect(codesOf(spike)).not.toContain("gradients-unstable");
  });

  it("are unstable above 100 for three readings, or five times their own level", () => {
    const high = exampleRun({ curves: { [GRAD]: (step) => (step >= 1500 ? 150 : 40) } });
    expect(findingOf(high, "gradients-unstable").evidence).toMatchObject({
      from_step: 1500,
      peak: 150,
      readings: 11,
    });
    const risen = exampleRun({ curves: { [GRAD]: (step) => (step >= 1500 ? 60 : 5) } });
    expect(codesOf(risen)).toContain("gradients-unstable");
  });
});

describe("the held-out L1", () => {
  it("drifts up after its best, beyond the noise", () => {
    const run = exampleRun({
      curves: { [EVAL]: sample((step) => 0.2 + Math.abs(step - 1000) / 20000, { every: 200 }) },
    });
    expect(findingOf(run, "eval-drifting-up").evidence["best_step"]).toBe(1000);
  });

  it("is said with the least of its running means, which may lie above its last value", () => {
    const run = exampleRun({ curves: { [EVAL]: sample((step) => 0.5 - step / 10000, { every: 200 }) } });
    expect(say(findingOf(run, "eval-improving").text, "en")).toContain(
      "from 0.48 to 0.3 (least mean of 3 evaluations 0.32, around step 1800)",
    );
  });

  it("diverges when it ends a quarter above its best", () => {
    const run = exampleRun({
      curves: { [EVAL]: sample((step) => (step > 1500 ? 0.4 : 0.25), { every: 200 }) },
    });
    expect(codesOf(run)).toContain("diverged");
  });

  it("is noise inside 0.003", () => {
    const run = exampleRun({
      curves: { [EVAL]: sample((step) => 0.2 + 0.0005 * wobble(step), { every: 200 }) },
    });
    expect(codesOf(run).filter((code) => code.startsWith("eval"))).toEqual([]);
  });

  it("is not needed to see a loss that comes apart", () => {
    const run = exampleRun({ curves: { [EVAL]: null, "train/loss": (step) => (step > 1500 ? 30 : 0.5) } });
    expect(codesOf(run)).toContain("diverged");
  });
});

describe("a summary", () => {
  const reading = (first: number, last: number, best = Math.min(first, last), best_step = 1450) => ({
    first,
    last,
    best,
    best_step,
  });

  it("gives weak findings that say so", () => {
    const run = summaryRun({
      [PI]: reading(0.11, 5e-4, 1e-8),
      [DIAG]: reading(0.11, 5e-4, 1e-8),
      [L1]: reading(0.52, 0.14),
      [EVAL]: reading(0.66, 0.33),
      "train/ot_cost/observation.state": reading(1328, 1338, 765),
    });
    expect(codesOf(run)).toEqual([
      "mass-low",
      "mass-falling",
      "cost-flat",
      "l1-converging",
      "eval-improving",
    ]);
    expect(findingsOf(run).every(({ confidence }) => confidence === "low")).toBe(true);
    expect(say(findingOf(run, "mass-low").text, "en")).toContain("summary");
    expect(say(findingOf(run, "mass-low").text, "zh")).toContain("汇总");
  });

  it("does not call a dead run rising because one of two readings is larger", () => {
    expect(codesOf(summaryRun({ [PI]: reading(1e-16, 1e-9) }))).toEqual(["mass-dead"]);
    expect(codesOf(summaryRun({ [PI]: reading(1e-11, 0.07) }))).toEqual(["mass-healthy", "mass-rising"]);
  });

  it("proves unstable gradients only where even the least was above the limit", () => {
    expect(codesOf(summaryRun({ "train/grad_norm": reading(250, 140, 35) }))).toEqual([]);
    expect(codesOf(summaryRun({ "train/grad_norm": reading(250, 140, 130) }))).toEqual([
      "gradients-unstable",
    ]);
  });

  it("leaves out what is undefined", () => {
    expect(
      codesOf(summaryRun({ [PI]: { first: 0.1, last: null }, [L1]: { first: 0.5, last: 0.1 } })),
    ).toEqual(["l1-converging"]);
  });
});

describe("no finding at all", () => {
  it("comes from curves of which nothing is finite but the costs", () => {
    const nan = () => Number.NaN;
    const run = exampleRun({
      curves: { "train/ot_loss": nan, "train/grad_norm": nan, [L1]: nan, "train/loss": nan, [EVAL]: null },
    });
    expect(codesOf(run)).toEqual(["non-finite"]);
  });
});
