import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/json.ts";
import { otKnobs } from "../../src/judgement/ot-knobs.ts";
import { cureBreak } from "../../src/judgement/transport-cure.ts";
import { planChange, predictCured, predictPlan } from "../../src/judgement/transport-prediction.ts";
import { cheapestPair, type PlanState } from "../../src/judgement/transport-reading.ts";

interface Settings {
  readonly reg?: number;
  readonly tau?: number;
  readonly label?: number;
  readonly embed?: number;
  readonly window?: number;
}

function config({ reg = 0.5, tau = 1, label = 0.001, embed = 0, window = 8 }: Settings): JsonObject {
  const labels = {
    src_key: "action",
    term_name: "action_lbl",
    use_learned_embed: false,
    weight_label: label,
  };
  const state = {
    src_key: "observation.state",
    term_name: "state",
    use_learned_embed: true,
    weight_embed: embed,
    weight_label: 0,
  };
  const features = [...(label > 0 ? [labels] : []), ...(embed > 0 ? [state] : [])];
  return {
    batch_size: 8,
    policy: { type: "act" },
    ot: {
      enable: true,
      bc_src_weight: 0.9,
      window_size: window,
      loss_config: { reg, tau_src: tau, tau_tgt: tau, heuristic: true, features },
    },
  };
}

function change(before: Settings, after: Settings) {
  const found = planChange(otKnobs(config(before)), otKnobs(config(after)));
  if (typeof found === "string") throw new Error(found);
  return found;
}

/** The historic run: label costs only. */
const a2d = {
  temperature: 2.5,
  mass: 0.119,
  loss: 0.2391,
  costs: new Map([["action_lbl", 8]]),
  brokenShare: 0,
  largest: 80,
};

describe("predictPlan from one historic run to the others", () => {
  it.each([
    ["tau 2", { tau: 2 }, 0.1786, 0.4879],
    ["reg 0.4", { reg: 0.4 }, 0.1154, 0.2288],
    ["reg 0.44", { reg: 0.44 }, 0.1168, 0.2329],
    ["reg 0.55", { reg: 0.55 }, 0.121, 0.2443],
    ["tau 1.5", { tau: 1.5 }, 0.1524, 0.3522],
    ["label weight 0.0007", { label: 0.0007 }, 0.1541, 0.253],
    ["reg 0.6, label weight 0.0005", { reg: 0.6, label: 0.0005 }, 0.1944, 0.2957],
  ])("%s: mass and loss lie in the interval, the mass within 10 %%", (_, after, mass, loss) => {
    const predicted = predictPlan(a2d, change({}, after));
    expect(predicted?.mass.certified).toBe(true);
    // Logged values have four digits.
    expect(mass).toBeGreaterThanOrEqual((predicted?.mass.low ?? 1) * 0.999);
    expect(mass).toBeLessThanOrEqual((predicted?.mass.high ?? 0) * 1.001);
    expect(loss).toBeGreaterThanOrEqual((predicted?.loss?.low ?? 1) * 0.999);
    expect(loss).toBeLessThanOrEqual((predicted?.loss?.high ?? 0) * 1.001);
    expect(Math.abs((predicted?.mass.value ?? 0) / mass - 1)).toBeLessThan(0.1);
  });
});

describe("predictPlan where only some terms are scaled", () => {
  const mixed = {
    temperature: 2.5,
    mass: 0.532766,
    loss: 0.731368,
    costs: new Map([
      ["action_lbl", 14.6],
      ["state", 1.42],
    ]),
    brokenShare: 0,
    largest: 164,
  };

  it("does not use the tangent, which a real run fell below, but the masses of the extreme factors", () => {
    const predicted = predictPlan(mixed, change({ label: 0.3, embed: 0.2 }, { label: 0.03, embed: 0.2 }));
    expect(predicted?.mass.low).toBe(0.532766);
    expect(predicted?.mass.high).toBeCloseTo(0.532766 ** 0.1, 12);
    expect(Math.abs((predicted?.mass.value ?? 0) / 0.8708 - 1)).toBeLessThan(0.03);
    expect(predicted?.loss).toBeNull();
    expect(predicted?.mass.certified).toBe(false);
  });

  it("says nothing where some costs rise against T and others fall", () => {
    const before = { label: 0.3, embed: 0.2 };
    expect(predictPlan(mixed, change(before, { label: 0.03, embed: 0.4 }))).toBeNull();
    // T falls to 1.5, so costs that stay rise against it, and the label's fall.
    expect(predictPlan(mixed, change(before, { label: 0.03, embed: 0.2, tau: 0.5 }))).toBeNull();
    expect(predictPlan(mixed, change(before, { label: 0.03, embed: 0.2, tau: 2 }))).not.toBeNull();
  });

  it("takes a removed term as a cost of nothing", () => {
    const predicted = predictPlan(mixed, change({ label: 0.3, embed: 0.2 }, { label: 0, embed: 0.2 }));
    expect(predicted?.mass.low).toBe(0.532766);
    expect(predicted?.mass.high).toBe(1);
  });

  it("takes terms for scaled alike that differ by the digits in which weights are written", () => {
    const predicted = predictPlan(
      mixed,
      change({ label: 0.3, embed: 0.2 }, { label: 0.0643, embed: 0.0429 }),
    );
    expect(predicted?.mass.certified).toBe(true);
    expect(predicted?.loss).not.toBeNull();
    // Also where costs and T move together, so that nothing is left of the change.
    const none = predictPlan(
      mixed,
      change(
        { label: 0.3, embed: 0.2, reg: 0.5, tau: 1 },
        { label: 0.101, embed: 0.0667, reg: 0.167, tau: 0.333 },
      ),
    );
    expect(none?.mass.value).toBeCloseTo(0.532766, 2);
  });

  it("is not certified where batches broke: only the others were read", () => {
    const predicted = predictPlan({ ...a2d, brokenShare: 0.1 }, change({}, { tau: 2 }));
    expect(predicted?.mass.certified).toBe(false);
  });

  it("is certified where no pair can break the solver and tau lets it converge, before and after", () => {
    const certified = (before: Settings, after: Settings, largest: number | null = a2d.largest) =>
      predictPlan({ ...a2d, largest }, change(before, after))?.mass.certified;
    expect(certified({}, { reg: 0.15 })).toBe(true);
    expect(certified({}, { reg: 0.1 })).toBe(false);
    expect(certified({ reg: 0.1 }, { reg: 0.5 })).toBe(false);
    expect(certified({}, { label: 0.004 })).toBe(true);
    expect(certified({}, { label: 0.005 })).toBe(false);
    expect(certified({}, { tau: 51 })).toBe(false);
    expect(certified({}, { tau: 2 }, null)).toBe(false);
  });
});

describe("planChange", () => {
  it("does not follow other pairs", () => {
    expect(planChange(otKnobs(config({})), otKnobs(config({ window: 20 })))).toBe("not-a-plan-change");
  });

  it("does not follow a new term", () => {
    expect(planChange(otKnobs(config({})), otKnobs(config({ embed: 0.1 })))).toBe("not-a-plan-change");
  });

  it("sees that nothing changed", () => {
    expect(planChange(otKnobs(config({})), otKnobs(config({})))).toBe("unchanged");
  });
});

describe("a broken run", () => {
  const broken = (
    reg: number,
    mass: number,
    costs = new Map<string, number>(),
  ): Extract<PlanState, { kind: "broken" }> => ({
    kind: "broken",
    temperature: reg + 2,
    reg,
    window: { from_step: 50, to_step: 2000, points: 30 },
    points: 30,
    brokenShare: 1,
    pairs: 4,
    cheapest: cheapestPair(mass, { reg, pairs: 4 }),
    costs,
  });

  it("still tells the cost of its cheapest pair", () => {
    const [cheapest] = cheapestPair(2.6e-85, { reg: 0.3, pairs: 4 });
    expect(cheapest?.low).toBeCloseTo(58.0, 1);
    expect(cheapest?.high).toBeCloseTo(58.4, 1);
  });

  it("tells nothing where it logged exactly 0", () => {
    expect(cheapestPair(0, { reg: 0.3, pairs: 4 })).toEqual([]);
  });

  it("would have got the label weight of 0.001 in one step that people found over many rounds", () => {
    // reg 0.15, taus 1, weight 0.02; the pairs of that family cost 37.6 and 262 there.
    const cure = cureBreak(broken(0.15, 4e-110), { reg: 0.15, temperature: 2.15, target: 0.1 });
    expect(cure.reg).toBe(0.15);
    expect(0.02 * cure.scale).toBeCloseTo(0.00105, 5);
    const predicted = predictCured(broken(0.15, 4e-110), { temperature: 2.15, scale: cure.scale });
    expect(predicted?.certified).toBe(false);
    expect(predicted?.low).toBeLessThan(0.119);
    expect(predicted?.high).toBeGreaterThan(0.119);
  });

  it.each([
    [1e-3, 0.22],
    [0.05, 0.064],
    [0.1, 0.036],
  ])("needs the tabled factor on all weights for a mass of %f", (target, expected) => {
    const cure = cureBreak(broken(0.3, 2.6e-85), { reg: 0.3, temperature: 2.3, target });
    // The cheapest pair is taken in the middle of its interval, the table at its lower end.
    expect(cure.scale / expected).toBeGreaterThan(0.97);
    expect(cure.scale / expected).toBeLessThan(1.03);
  });

  it("takes a run of exact zeros for one whose cheapest pair costs 744 reg", () => {
    const cure = cureBreak(broken(0.1, 0), { reg: 0.1, temperature: 2.1, target: 0.1 });
    expect(cure.scale).toBeLessThan(1);
    const cheapest = 744 * 0.1 * cure.scale;
    expect(Math.exp(-cheapest / (2 + cure.reg)) / 4).toBeCloseTo(0.1, 2);
  });

  it("lowers the costs where the reg that would do is beyond the largest", () => {
    const costs = new Map([["action_lbl", 4000]]);
    const cure = cureBreak(
      { ...broken(0.1, 0.2, costs), kind: "broken", cheapest: [{ low: 0, high: 0.1 }] },
      { reg: 0.1, temperature: 2.1, target: 0.1, largestReg: 5 },
    );
    expect(cure.reg).toBeCloseTo(5, 9);
    expect((3.55 * 4000 * cure.scale) / cure.reg).toBeCloseTo(600, 6);
  });

  it("raises reg first where the taus alone would give a live mass", () => {
    const costs = new Map([["action_lbl", 100]]);
    const cure = cureBreak(broken(0.01, 1e-30, costs), { reg: 0.01, temperature: 2.01, target: 0.12 });
    expect(cure.from).toBe("costs");
    expect(cure.scale).toBe(1);
    expect(cure.reg).toBeCloseTo((3.55 * 100) / 600, 6);
  });
});
