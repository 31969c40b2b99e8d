import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  dispatchId,
  nextRound,
  parseTrialId,
  slug,
  trialId,
  variantId,
  variantStem,
  wandbRunId,
} from "../../src/rounds/names.ts";

describe("names", () => {
  it("counts rounds", () => {
    expect(nextRound([])).toBe("0001");
    expect(nextRound(["0001", "0009"])).toBe("0010");
  });

  it("puts family, round, signal and hash into a file name", () => {
    const stem = variantStem({
      family: "act_fr3_ot_99_20",
      id: "0007b",
      signal: "mass-up-t1.2",
      hash: "3f9c2d0000",
    });
    expect(stem).toBe("act_fr3_ot_99_20_r0007b_mass-up-t1.2_3f9c2d");
  });

  test.prop([fc.string({ minLength: 1 }), fc.string()])(
    "keeps file names within their alphabet and length",
    (family, signal) => {
      const stem = variantStem({ family: `f${slug(family, 40)}`, id: "0001a", signal, hash: "abcdef" });
      expect(stem).toMatch(/^[a-z0-9][a-z0-9._-]{0,74}$/);
      expect(stem).not.toContain("..");
    },
  );

  it("never differ by case alone, nor by the way in which a letter is composed", () => {
    const named = (family: string, signal: string) =>
      variantStem({ family, id: "0001a", signal, hash: "abcdef" });
    expect(named("act", "Mass-UP")).toBe(named("act", "mass-up"));
    expect(named("act", "caf\u00e9")).toMatch(/^[a-z0-9._-]+$/);
    expect(() => named("Act", "x")).toThrow("lower-case");
    expect(() => named("..", "x")).toThrow("cannot begin a file name");
  });

  test.prop([fc.integer({ min: 1, max: 9999 }), fc.nat(25), fc.nat()])(
    "reads a trial id back",
    (round, index, seed) => {
      const variant = variantId(String(round).padStart(4, "0"), index);
      expect(parseTrialId(trialId(variant, seed))).toMatchObject({ variant, seed });
    },
  );

  it("begins W&B run ids with a letter, so that no flag parser takes them for numbers", () => {
    const id = wandbRunId({ repository: "lab/policies", trial: "0001a-s42", attempt: 1 });
    expect(id).toMatch(/^a[0-9a-f]{9}$/);
    expect(wandbRunId({ repository: "lab/policies", trial: "0001a-s42", attempt: 2 })).not.toBe(id);
  });

  it("gives equal claims one id", () => {
    const claim = { round: "0001", trials: [{ id: "0001a-s42", attempt: 1 }] };
    expect(dispatchId(claim)).toBe(dispatchId(structuredClone(claim)));
    expect(dispatchId(claim)).toMatch(/^0001-[0-9a-f]{8}$/);
  });
});
