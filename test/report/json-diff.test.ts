import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/json.ts";
import { differences, diffLines } from "../../src/report/json-diff.ts";

const features = (...weights: readonly number[]) =>
  weights.map((weight, index) => ({
    src_key: `key.${index}`,
    ...(index === 0 ? { term_name: "action_lbl" } : {}),
    weight,
  }));

describe("differences", () => {
  it("names entries of lists, and shows exact values", () => {
    const before = { seed: 42, ot: { reg: 0.2, features: features(0.02, 0.3) }, batch: [8], gone: true };
    const after = {
      seed: 42,
      ot: { reg: 0.30000000000000004, features: features(0.001, 0.3) },
      batch: [8, 16],
      fresh: null,
    };
    expect(diffLines(differences(before, after))).toEqual([
      "- ot.reg: 0.2",
      "+ ot.reg: 0.30000000000000004",
      "- ot.features[action_lbl].weight: 0.02",
      "+ ot.features[action_lbl].weight: 0.001",
      "- batch: [8]",
      "+ batch: [8,16]",
      "- gone: true",
      "+ fresh: null",
    ]);
  });

  it("shows a removed entry of a list without shifting the others", () => {
    expect(
      differences({ f: features(1, 2) }, { f: features(1, 2).slice(1) }).map(({ path, to }) => [path, to]),
    ).toEqual([
      ["f[action_lbl].src_key", undefined],
      ["f[action_lbl].term_name", undefined],
      ["f[action_lbl].weight", undefined],
    ]);
  });

  it("addresses by position where names are not unique", () => {
    const twice = (weight: number) => [
      { src_key: "a", weight: 1 },
      { src_key: "a", weight },
    ];
    expect(diffLines(differences({ f: twice(2) }, { f: twice(3) }))).toEqual([
      "- f[1].weight: 2",
      "+ f[1].weight: 3",
    ]);
  });

  it("finds none between equal configurations, and one line for one changed leaf", () => {
    const config = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue() as fc.Arbitrary<Json>);
    fc.assert(
      fc.property(config, fc.integer(), (value, leaf) => {
        expect(differences(value, structuredClone(value))).toEqual([]);
        expect(differences({ value, leaf }, { value, leaf: leaf + 1 })).toHaveLength(1);
      }),
    );
  });
});
