/** Laws of the judgement as a whole, whatever the runs are. */
import { it as prop } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyse } from "../../src/judgement/analyse.ts";
import { applyEdits } from "../../src/judgement/apply-edits.ts";
import { ruleSet } from "../../src/judgement/prescribe.ts";
import { regionOf } from "../../src/judgement/rules.ts";
import type { Run } from "../../src/judgement/run.ts";
import { subjectOf } from "../../src/judgement/subject.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { readPlan } from "../../src/judgement/transport-reading.ts";
import { DEFAULT_TRUST, Trust } from "../../src/judgement/trust.ts";
import { type ExampleKnobs, exampleConfig, exampleRun, sample, wobble } from "./example-run.ts";

const logUniform = (low: number, high: number) =>
  fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);

const knobs: fc.Arbitrary<ExampleKnobs> = fc.record({
  reg: logUniform(5e-4, 8),
  tau: logUniform(0.01, 20),
  label: fc.oneof(fc.constant(0), logUniform(1e-5, 2)),
  lambda: fc.oneof(fc.constant(0), logUniform(0.01, 2)),
  rate: logUniform(1e-6, 1e-3),
  batch: fc.constantFrom(4, 8, 16, 40),
  seed: fc.constantFrom(42, 87),
});

/** A run in any of the states that a rule answers: dead, broken, low, healthy, high, still or restless. */
const anyRun: fc.Arbitrary<Run> = fc
  .record({
    knobs,
    mass: fc.oneof(logUniform(1e-12, 1), fc.constantFrom(0, 1e-200, 0.02, 0.12, 0.7, 0.99)),
    live: logUniform(1e-3, 50),
    label: logUniform(1e-2, 500),
    still: fc.boolean(),
    flat: fc.boolean(),
    restless: fc.boolean(),
    broken: fc.constantFrom(0, 0, 200, 500),
    level: fc.double({ min: 0.15, max: 0.25, noNaN: true }),
  })
  .map(({ knobs: own, mass, live, label, still, flat, restless, broken, level }) => {
    const plan = (step: number) => (broken > 0 && step % broken === 0 ? 1e-250 : mass);
    return exampleRun({
      id: JSON.stringify([own, mass, level]),
      config: exampleConfig(own),
      until: still ? 5000 : 2000,
      curves: {
        "train/ot_pi_sum": plan,
        "train/ot_pi_diag": plan,
        "train/ot_loss": (step) => plan(step) * live,
        "train/ot_cost/state": (step) => (flat ? 1 : 1 + Math.exp(-step / 700)) * (1 + 0.05 * wobble(step)),
        "train/ot_cost/action_lbl": own.label === 0 ? null : () => label,
        "train/l1_loss": (step) =>
          (still ? 0.15 : 0.1 + 0.4 * Math.exp(-step / 900)) * (1 + (restless ? 0.7 : 0.02) * wobble(step)),
        "train/loss": still ? () => 0.3 : (step) => 0.2 + 14 * Math.exp(-step / 300),
        "eval/offline_eval/avg_l1": sample(() => level, { every: 200 }),
      },
    });
  });

const region = ({ min, max, factor }: { min: number; max: number; factor: number }) => {
  const low = logUniform(min, Math.sqrt(min * max));
  return fc.record({
    min: low,
    max: logUniform(Math.sqrt(min * max), max),
    factor: fc.double({ min: 1, max: factor, noNaN: true }),
  });
};
const anyTrust = fc
  .record({
    reg: region(DEFAULT_TRUST.reg),
    tau: region(DEFAULT_TRUST.tau),
    weight_label: region(DEFAULT_TRUST.weight_label),
    weight_embed: region(DEFAULT_TRUST.weight_embed),
    lambda_ot: region(DEFAULT_TRUST.lambda_ot),
    learning_rate: region(DEFAULT_TRUST.learning_rate),
    break_factor: fc.double({ min: 1, max: 100, noNaN: true }),
  })
  .map((given) => Trust.parse(given));

describe("edits of the calibrated rules", () => {
  prop.prop([anyRun, fc.oneof(fc.constant(DEFAULT_TRUST), anyTrust)], { numRuns: 200 })(
    "never leave the bounds, never move further than the largest step, and never away from the bounds",
    (run, trust) => {
      const [analysis] = analyse({ runs: [run], source: "test", trust }).runs;
      for (const { rule: id, edits } of analysis?.actions ?? []) {
        const rule = ruleSet("calibrated").find((each) => each.id === id);
        for (const { path, from, to } of edits) {
          const knob = path.replace(/\[[^\]]*\]/, "[*]");
          expect(rule?.knobs, path).toContain(knob);
          const own = regionOf(trust, knob);
          if (own === null || rule?.step === "fixed") continue;
          if (typeof from !== "number" || typeof to !== "number") throw new Error(`${path} is no number`);
          const factor = rule?.step === "cure" ? trust.break_factor : own.factor;
          // Integers are rounded, which is a step of its own.
          const slack = Number.isInteger(to) ? 0.5 : 0;
          expect(to + slack, path).toBeGreaterThanOrEqual(
            Math.max(Math.min(from, own.min), (from / factor) * (1 - 1e-12)),
          );
          expect(to - slack, path).toBeLessThanOrEqual(
            Math.min(Math.max(from, own.max), from * factor * (1 + 1e-12)),
          );
        }
      }
    },
  );

  prop.prop([anyRun], { numRuns: 60 })(
    "are what the writer of files makes of them, and predict what their rule says that it predicts",
    (run) => {
      for (const rules of ["plan", "calibrated"] as const) {
        const [analysis] = analyse({ runs: [run], source: "test", rules }).runs;
        for (const { rule, edits, predicts } of analysis?.actions ?? []) {
          expect(applyEdits(JSON.stringify(run.config), edits).edits).toEqual(edits);
          const promised = ruleSet(rules).find(({ id }) => id === rule)?.predicts ?? null;
          if (predicts !== null) expect(predicts.metric).toBe(promised);
        }
      }
    },
  );

  prop.prop([anyRun], { numRuns: 100 })(
    "never lead from an unsaturated mass to a saturated one, nor from a live one to a lost one",
    (run) => {
      const now = readPlan(subjectOf(run, DEFAULT_THRESHOLDS));
      const [analysis] = analyse({ runs: [run], source: "test" }).runs;
      for (const { predicts } of analysis?.actions ?? []) {
        if (predicts === null || now.kind !== "diagonal") continue;
        const { saturated, low } = DEFAULT_THRESHOLDS.mass;
        expect(predicts.value).toBeLessThanOrEqual(Math.max(saturated, now.mass));
        expect(predicts.value).toBeGreaterThanOrEqual(Math.min(low, now.mass));
      }
    },
  );

  it("come from every rule of both sets somewhere among such runs", () => {
    const seen = new Set(
      fc
        .sample(anyRun, { numRuns: 600, seed: 1 })
        .flatMap((run) =>
          (["plan", "calibrated"] as const).flatMap(
            (rules) => analyse({ runs: [run], source: "test", rules }).runs,
          ),
        )
        .flatMap(({ actions }) => actions.map(({ rule }) => rule)),
    );
    expect([...seen].sort()).toEqual(
      [...ruleSet("plan"), ...ruleSet("calibrated")].map(({ id }) => id).sort(),
    );
  });
});

describe("findings and proposals of a run", () => {
  const own = ({ findings, actions }: ReturnType<typeof analyse>["runs"][number]) => ({
    findings: findings.filter(({ code }) => code !== "invalid-comparison"),
    // Only one run of several explores.
    actions: actions.filter(({ rule }) => rule !== "explorer"),
  });

  prop.prop([anyRun, anyRun], { numRuns: 60 })(
    "do not change when an unrelated run is appended",
    (run, other) => {
      const [alone] = analyse({ runs: [run], source: "test" }).runs;
      const [beside] = analyse({
        runs: [run, { ...other, id: "other", label: "other" }],
        source: "test",
      }).runs;
      if (alone === undefined || beside === undefined) throw new Error("both were given");
      expect(own(beside)).toEqual(own(alone));
      expect(beside.summary).toEqual(alone.summary);
    },
  );

  prop.prop([anyRun, anyRun], { numRuns: 40 })("do not depend on the order of the runs", (a, b) => {
    const [first, second] = [
      { ...a, id: "a" },
      { ...b, id: "b" },
    ];
    const there = analyse({ runs: [first, second], source: "test" }).runs.map(own);
    const back = analyse({ runs: [second, first], source: "test" }).runs.map(own);
    expect(back.toReversed()).toEqual(there);
  });
});
