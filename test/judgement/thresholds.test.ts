import { describe, expect, it } from "vitest";
import { DEFAULT_THRESHOLDS, Thresholds } from "../../src/judgement/thresholds.ts";
import { DEFAULT_TRUST, Trust } from "../../src/judgement/trust.ts";

describe("Thresholds", () => {
  it("are the plan's criteria by default", () => {
    expect(DEFAULT_THRESHOLDS).toMatchObject({
      l1: { fall: 0.4, fall_within: 2000, plateau_fall: 0.02, plateau_steps: 500 },
      mass: { low: 1e-3, good_from: 0.05, good_to: 0.3, high: 0.6 },
      cost: { fall: 0.1, from: 1000, to: 3000 },
      gradient: { limit: 100 },
      noise: { equal_seed: 0.003, between_seeds: 0.02 },
    });
  });

  it("take one number and keep the others", () => {
    const changed = Thresholds.parse({ mass: { low: 0.01 } });
    expect(changed.mass).toEqual({ ...DEFAULT_THRESHOLDS.mass, low: 0.01 });
    expect(changed.l1).toEqual(DEFAULT_THRESHOLDS.l1);
  });

  it("name what they do not know", () => {
    expect(Thresholds.safeParse({ mass: { lwo: 0.01 } }).error?.message).toContain("lwo");
    expect(Thresholds.safeParse({ mass: { low: -1 } }).success).toBe(false);
  });
});

describe("Trust", () => {
  it("keeps the learning rate between 5e-6 and 3e-5 by factors of 2", () => {
    expect(DEFAULT_TRUST.learning_rate).toEqual({ min: 5e-6, max: 3e-5, factor: 2 });
    expect(Trust.parse({ learning_rate: { max: 1e-4 } }).learning_rate).toEqual({
      min: 5e-6,
      max: 1e-4,
      factor: 2,
    });
    expect(Trust.safeParse({ lr: {} }).success).toBe(false);
  });
});
