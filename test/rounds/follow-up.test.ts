import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../src/json.ts";
import { applyEdits } from "../../src/judgement/apply-edits.ts";
import { DEFAULT_TRUST } from "../../src/judgement/trust.ts";
import { boundsAround, isInside, narrower } from "../../src/rounds/follow-up.ts";
import type { FollowUp } from "../../src/rounds/manifest.ts";
import { exampleText } from "../judgement/example-config.ts";

const trainer = { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 } as const;
const merged: JsonObject = JSON.parse(exampleText);
const bounds = boundsAround([merged], { trust: DEFAULT_TRUST, trainer });
const approved = { configs: [merged], bounds, trainer };

const edited = (path: string, value: Json) => applyEdits(exampleText, [{ path, op: "set", value }]).config;
const inside = (config: JsonObject) => isInside(config, approved);

describe("the bounds around a round", () => {
  it("are one step of each knob's trust region, by the path that an edit would have", () => {
    expect(bounds["ot.loss_config.reg"]).toEqual({ min: 0.0834, max: 3 });
    expect(bounds["policy.optimizer_lr"]).toEqual({ min: 5e-6, max: 2e-5 });
    expect(bounds["ot.loss_config.features[action_lbl].weight_label"]?.max).toBeCloseTo(0.006);
    expect(Object.keys(bounds)).not.toContain("ot.loss_config.features[action_lbl].weight_embed");
  });

  it("cover every configuration of the round", () => {
    const other = edited("ot.loss_config.reg", 2);
    const both = boundsAround([merged, other], { trust: DEFAULT_TRUST, trainer });
    expect(both["ot.loss_config.reg"]).toEqual({ min: 0.0834, max: 5 });
  });

  const paths = Object.keys(bounds).filter((path) => path !== "batch_size");
  test.prop([fc.constantFrom(...paths), fc.double({ min: 0, max: 1, noNaN: true })])(
    "hold what lies between them",
    (path, share) => {
      const { min = 0, max = 0 } = bounds[path] ?? {};
      const value = min + share * (max - min);
      fc.pre(value !== 0.1 && value !== 1 && value !== 0.3);
      expect(inside(withKnob(path, value))).toBe(true);
    },
  );

  test.prop([fc.constantFrom(...paths), fc.double({ min: 1.001, max: 100, noNaN: true })])(
    "hold nothing beyond them",
    (path, factor) => {
      const { min = 0, max = 0 } = bounds[path] ?? {};
      expect(inside(withKnob(path, max * factor))).toBe(false);
      expect(inside(withKnob(path, min / factor))).toBe(false);
    },
  );

  it("allow what was merged as it is, at whatever seed, and written in whatever order", () => {
    expect(inside(merged)).toBe(true);
    expect(inside({ ...merged, seed: 7 })).toBe(true);
    expect(inside(Object.fromEntries(Object.entries(merged).toReversed()))).toBe(true);
  });

  it.each([
    ["policy.chunk_size", 30],
    ["policy.n_action_steps", 10],
    ["ot.window_size", 9],
    ["ot.topk_src_episodes", 20],
    ["ot.src_repo_id", "somebody/else"],
    ["ot.pair_info_path", "/etc/passwd"],
    ["dataset.repo_id", "somebody/else"],
    ["ot.loss_config.heuristic", false],
    ["ot.loss_config.features[wrist].weight_label", 0.1],
    ["ot.loss_config.features[wrist].use_learned_embed", false],
  ] as const)("do not allow another %s", (path, value) => {
    expect(inside(edited(path, value))).toBe(false);
  });

  it("do not allow a feature less, another one, or two of one name", () => {
    const without = applyEdits(exampleText, [
      { path: "ot.loss_config.features[wrist]", op: "remove", value: null },
    ]);
    expect(inside(without.config)).toBe(false);
    const features = (list: (features: JsonObject[]) => Json[]) => {
      const copy = JSON.parse(exampleText);
      copy.ot.loss_config.features = list(copy.ot.loss_config.features);
      return copy;
    };
    expect(inside(features((all) => [...all, ...all.slice(0, 1)]))).toBe(false);
    expect(inside(features((all) => all.toReversed()))).toBe(false);
    expect(inside(features((all) => all.map((one) => ({ ...one, tgt_key: "other" }))))).toBe(false);
  });
});

function withKnob(path: string, value: number): JsonObject {
  return edited(path, value);
}

const someBounds = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
    .map(([x, y]) => ({ min: Math.min(x, y), max: Math.max(x, y) })),
);
const followUp: fc.Arbitrary<FollowUp> = fc.record({
  rounds: fc.integer({ min: 1, max: 20 }),
  gpu_hours: fc.integer({ min: 1, max: 99 }),
  until: fc
    .integer({ min: 0, max: 99 })
    .map((hours) => new Date(Date.UTC(2026, 0, 5) + hours * 3_600_000).toISOString()),
  bounds: someBounds,
  patience: fc.integer({ min: 1, max: 9 }),
});

describe("what reviewers were shown and what they left in the manifest", () => {
  test.prop([followUp, followUp])("together allow no more than either", (a, b) => {
    const both = narrower(a, b);
    if (!both) throw new Error("Both allow something.");
    for (const one of [a, b]) {
      expect(both.rounds).toBeLessThanOrEqual(one.rounds);
      expect(both.gpu_hours).toBeLessThanOrEqual(one.gpu_hours);
      expect(both.patience).toBeLessThanOrEqual(one.patience);
      expect(both.until <= one.until).toBe(true);
      for (const [path, { min, max }] of Object.entries(both.bounds)) {
        expect(min).toBeGreaterThanOrEqual(one.bounds[path]?.min ?? Number.POSITIVE_INFINITY);
        expect(max).toBeLessThanOrEqual(one.bounds[path]?.max ?? Number.NEGATIVE_INFINITY);
        expect(min).toBeLessThanOrEqual(max);
      }
    }
    expect(narrower(a, a)).toEqual(a);
    expect(narrower(both, a)).toEqual(both);
  });

  it("is nothing where one of them says nothing", () => {
    fc.assert(
      fc.property(followUp, (one) => {
        expect([narrower(one, null), narrower(null, one), narrower(null, null)]).toEqual([null, null, null]);
      }),
    );
  });
});
