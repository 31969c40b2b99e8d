import { describe, expect, it } from "vitest";
import { analyse } from "../../src/judgement/analyse.ts";
import type { RuleSetName } from "../../src/judgement/analysis.ts";
import { applyEdits } from "../../src/judgement/apply-edits.ts";
import { ruleSet } from "../../src/judgement/prescribe.ts";
import type { Prescription } from "../../src/judgement/prescription.ts";
import type { Run } from "../../src/judgement/run.ts";
import { say } from "../../src/judgement/texts.ts";
import { type ExampleKnobs, exampleConfig, exampleRun, sample, summaryRun, wobble } from "./example-run.ts";

const PI = "train/ot_pi_sum";
const DIAG = "train/ot_pi_diag";

function mass(of: (step: number) => number) {
  return { [PI]: of, [DIAG]: of };
}

function actions(run: Run, rules: RuleSetName): readonly Prescription[] {
  return analyse({ runs: [run], source: "test", rules }).runs[0]?.actions ?? [];
}

function edits({ edits: all }: Prescription): Record<string, unknown> {
  return Object.fromEntries(all.map(({ path, to }) => [path.replace("ot.loss_config.", ""), to]));
}

function run(knobs: ExampleKnobs, curves: Parameters<typeof exampleRun>[0] = {}): Run {
  return exampleRun({ config: exampleConfig(knobs), ...curves });
}

/** Consistent with a law of costs: live pairs of 2 T0 each at T 2.5, scaled by what the config says. */
const low = { ...mass(() => 4e-4), "train/ot_loss": () => 4e-4 * 12 };

describe("every rule", () => {
  const all = [...ruleSet("plan"), ...ruleSet("calibrated")];

  it("turns OT knobs or BC knobs, never both", () => {
    for (const { id, kind, knobs } of all) {
      const sides = new Set(
        knobs.filter((path) => path !== "save_freq").map((path) => (path.startsWith("ot.") ? "ot" : "bc")),
      );
      expect(sides.size, id).toBe(1);
      if (kind === "ot" || kind === "bc") expect([...sides], id).toEqual([kind]);
    }
  });

  it("has a name of its own", () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });
});

const cases: readonly [string, Run][] = [
  ["low", run({}, { curves: low })],
  ["dead", run({}, { curves: mass(() => 1e-40) })],
  [
    "broken",
    run(
      { reg: 0.01, label: 0.02 },
      { curves: { ...mass(() => 1e-200), "train/ot_cost/action_lbl": () => 93 } },
    ),
  ],
  [
    "high",
    run(
      { label: 0.02 },
      { curves: { ...mass(() => 0.45), "train/ot_cost/state": (step) => 1 + 0.05 * wobble(step) } },
    ),
  ],
  [
    "saturated",
    run(
      { label: 0 },
      { curves: { ...mass(() => 0.999), "train/ot_loss": () => 0.01, "train/ot_cost/action_lbl": null } },
    ),
  ],
  [
    "plateau",
    exampleRun({
      until: 5000,
      curves: {
        "train/l1_loss": (step) => 0.15 + 0.003 * wobble(step),
        "train/loss": () => 0.3,
        "eval/offline_eval/avg_l1": sample(() => 0.2, { every: 200 }),
      },
    }),
  ],
  ["jitter", exampleRun({ curves: { "train/l1_loss": (step) => 0.2 * (1 + 0.7 * wobble(step)) } })],
  ["healthy", exampleRun()],
];

describe.each(["plan", "calibrated"] as const)("the %s rules", (rules) => {
  it.each(cases)(
    "%s: edit only their own knobs, with values that the trainer takes, and name the file safely",
    (_, given) => {
      for (const action of actions(given, rules)) {
        const rule = ruleSet(rules).find(({ id }) => id === action.rule);
        const patterns = rule?.knobs.map((path) => path.replace("*", "state|action_lbl")) ?? [];
        for (const { path } of action.edits) {
          expect(
            patterns.some((pattern) =>
              new RegExp(`^${pattern.replace(/\[(.*)\]/, "\\[($1)\\]")}$`).test(path),
            ),
            path,
          ).toBe(true);
        }
        expect(action.signal).toMatch(/^[a-z0-9.-]+$/);
        expect(say(action.reason, "en")).not.toMatch(/\{\w+|undefined|NaN|–\b/);
        // The same edits on the file, by the code that writes files.
        const written = applyEdits(JSON.stringify(given.config), action.edits);
        expect(written.edits).toEqual(action.edits);
      }
    },
  );

  it("derive nothing from what is invalid, failed, too short, or no ACT+OT", () => {
    const nan = () => Number.NaN;
    const barren = [
      exampleRun({ curves: { ...low, "train/loss": nan } }),
      exampleRun({ curves: low, state: "failed" }),
      exampleRun({ curves: low, until: 150 }),
      exampleRun({ curves: low, config: { ...exampleConfig(), policy: { type: "diffusion" } } }),
      exampleRun({
        curves: {
          ...low,
          "eval/offline_eval/avg_l1": sample((step) => (step > 1500 ? 1 : 0.3), { every: 200 }),
        },
      }),
    ];
    for (const given of barren) expect(actions(given, rules)).toEqual([]);
  });

  it("leave a rising mass alone", () => {
    const rising = run({}, { curves: { ...low, ...mass((step) => 2e-5 * Math.exp(step / 500)) } });
    expect(actions(rising, rules).filter(({ rule }) => /mass-low|lift|label-scale/.test(rule))).toEqual([]);
  });

  it("give advice, no edits, for a summary", () => {
    const reading = (first: number, last: number) => ({
      first,
      last,
      best: Math.min(first, last),
      best_step: 1450,
    });
    const advice = actions(summaryRun({ [PI]: reading(0.11, 5e-4) }), rules);
    expect(advice.length).toBeGreaterThan(0);
    expect(advice.every(({ edits: none, predicts }) => none.length === 0 && predicts === null)).toBe(true);
    expect(say(advice[0]?.reason ?? { key: "", values: {} }, "en")).toMatch(
      rules === "plan" ? /reg ×1\.5/ : /at least ×3\.62/,
    );
  });
});

describe("the plan, mass too low", () => {
  it("proposes reg x1.5, reg x2 and the next higher tau for both", () => {
    const found = actions(run({ reg: 0.1, tau: 0.5 }, { curves: low }), "plan");
    expect(found.map(edits)).toEqual([{ reg: 0.15 }, { reg: 0.2 }, { tau_src: 1, tau_tgt: 1 }]);
    expect(found.map(({ signal }) => signal)).toEqual(["mass-up-reg1.5", "mass-up-reg2", "mass-up-tau1"]);
  });

  it("says what that will do to the mass, certified", () => {
    const [first] = actions(run({ reg: 0.1, tau: 0.5 }, { curves: low }), "plan");
    expect(first?.predicts).toMatchObject({ metric: PI, certified: true });
    expect(first?.predicts?.low).toBeGreaterThan(4e-4);
    expect(first?.predicts?.high).toBeLessThan(1e-3);
  });

  it("never lowers a tau, and opens the window at the top of the list", () => {
    const taus = actions(run({ tau: 1.2 }, { curves: low }), "plan").map(edits);
    expect(taus[2]).toEqual({ tau_src: 2, tau_tgt: 2 });
    const window = actions(run({ tau: 5, window: 8 }, { curves: low }), "plan");
    expect(window.map(edits)[2]).toEqual({ "ot.window_size": 16 });
    expect(window[2]?.predicts).toBeNull();
    expect(actions(run({ tau: 5, noWindow: true }, { curves: low }), "plan")).toHaveLength(2);
  });

  it("leaves a tau out that is there already", () => {
    const config = exampleConfig({ tau: 0.5 });
    const given = exampleRun({
      curves: low,
      config: JSON.parse(JSON.stringify(config).replace('"tau_tgt":0.5', '"tau_tgt":1')),
    });
    const last = actions(given, "plan").at(-1);
    expect(last && edits(last)).toEqual({ tau_src: 2, tau_tgt: 2 });
  });
});

describe("the plan, mass too high with a flat cost", () => {
  const flat = { ...mass(() => 0.45), "train/ot_cost/state": (step: number) => 1 + 0.05 * wobble(step) };
  it.each([
    [0.02, 0.001],
    [0.001, 0.0005],
  ])("takes the label weight from %f to %f, by name", (label, next) => {
    const [first] = actions(run({ label }, { curves: flat }), "plan");
    expect(first && edits(first)).toEqual({ "features[action_lbl].weight_label": next });
  });

  it("removes the term instead of writing a weight of 0", () => {
    const [first] = actions(run({ label: 0.0005 }, { curves: flat }), "plan");
    expect(first?.edits).toMatchObject([
      { path: "ot.loss_config.features[action_lbl]", op: "remove", to: null },
    ]);
  });

  it("takes a little lambda_ot where no label is left", () => {
    const [first] = actions(
      run({ label: 0 }, { curves: { ...flat, "train/ot_cost/action_lbl": null } }),
      "plan",
    );
    expect(first && edits(first)).toEqual({ "ot.lambda_ot": 0.08 });
  });

  it("does nothing while the cost falls", () => {
    expect(actions(run({ label: 0.02 }, { curves: mass(() => 0.8) }), "plan")).toEqual([]);
  });
});

describe("the plan, behaviour cloning", () => {
  it("tries the learning rate both ways and a larger batch on a plateau of 2,000 steps", () => {
    const [, given] = cases.find(([name]) => name === "plateau") ?? [];
    const found = given === undefined ? [] : actions(given, "plan");
    expect(found.map(edits)).toEqual([
      { "policy.optimizer_lr": 2e-5, "policy.optimizer_lr_backbone": 2e-5 },
      { "policy.optimizer_lr": 5e-6, "policy.optimizer_lr_backbone": 5e-6 },
      { batch_size: 16 },
    ]);
    expect(found.every(({ predicts }) => predicts === null)).toBe(true);
  });

  it("answers a jumping curve with reg, lambda_ot or the window", () => {
    const [, given] = cases.find(([name]) => name === "jitter") ?? [];
    const found = given === undefined ? [] : actions(given, "plan");
    expect(found.map(edits)).toEqual([{ reg: 0.75 }, { "ot.lambda_ot": 0.08 }, { "ot.window_size": 16 }]);
  });
});
