import { describe, expect, it } from "vitest";
import {
  canonicalise,
  canonicalKey,
  compareKeys,
  costTerm,
  METRICS,
  metricOf,
} from "../../src/judgement/metrics.ts";

describe("canonicalKey", () => {
  it("takes the doubled prefix of older trainers away", () => {
    expect(canonicalKey("train/ot_ot_pi_sum")).toBe("train/ot_pi_sum");
    expect(canonicalKey("train/ot_ot_cost/observation.state")).toBe("train/ot_cost/observation.state");
    expect(canonicalKey("train/ot_loss")).toBe("train/ot_loss");
    expect(canonicalKey("train/l1_loss")).toBe("train/l1_loss");
  });
});

describe("canonicalise", () => {
  it("prefers the canonical name where a run carries both, in whatever order", () => {
    const both = [
      ["train/ot_ot_loss", "old"],
      ["train/ot_loss", "new"],
    ] as const;
    expect(canonicalise(both).get("train/ot_loss")).toBe("new");
    expect(canonicalise([...both].reverse()).get("train/ot_loss")).toBe("new");
    expect(canonicalise(both).size).toBe(1);
  });

  it("keeps the costs of different terms apart", () => {
    const costs = canonicalise([
      ["train/ot_ot_cost/observation.state", 1],
      ["train/ot_cost/action_lbl", 2],
    ]);
    expect([...costs.keys()]).toEqual(["train/ot_cost/action_lbl", "train/ot_cost/observation.state"]);
  });

  it("puts the metrics into the catalogue's order, costs after the plan, strangers last", () => {
    const keys = [
      "zzz",
      "eval/offline_eval/avg_l1",
      "train/ot_cost/state",
      "train/update_s",
      "train/ot_pi_diag",
      "train/loss",
    ];
    expect([...keys].sort(compareKeys)).toEqual([
      "train/loss",
      "train/ot_pi_diag",
      "train/ot_cost/state",
      "train/update_s",
      "eval/offline_eval/avg_l1",
      "zzz",
    ]);
  });
});

describe("metricOf", () => {
  it("knows no better direction of the mass and of the OT loss", () => {
    expect(metricOf("train/ot_pi_sum")?.direction).toBe("none");
    expect(metricOf("train/ot_loss")?.direction).toBe("none");
    expect(metricOf("eval/offline_eval/avg_l1")?.direction).toBe("lower");
    expect(metricOf("train/ot_cost/anything")?.direction).toBe("lower");
    expect(metricOf("train/samples")).toBeNull();
  });

  it("lists every key once", () => {
    expect(new Set(METRICS.map(({ key }) => key)).size).toBe(METRICS.length);
  });
});

describe("costTerm", () => {
  it("is the name behind the prefix", () => {
    expect(costTerm("train/ot_cost/observation.state")).toBe("observation.state");
    expect(costTerm("train/ot_loss")).toBeNull();
  });
});
