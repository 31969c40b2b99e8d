import { describe, expect, it } from "vitest";
import type { ListedRun } from "../../src/runs/wandb-schemas.ts";
import { encodeSpec, isExact, planSpecs, samplesFor } from "../../src/runs/wandb-specs.ts";

function listed(counts: Readonly<Record<string, number>> | null, more: Partial<ListedRun> = {}): ListedRun {
  return {
    id: "r",
    name: null,
    state: "finished",
    tags: [],
    createdAt: null,
    heartbeatAt: null,
    lineCount: counts ? Math.max(0, ...Object.values(counts)) : 7,
    lastStep: null,
    keyCounts: counts ? new Map(Object.entries(counts)) : null,
    ...more,
  };
}

describe("planSpecs", () => {
  it("lets keys share a spec that every run logged equally often", () => {
    const runs = [listed({ a: 40, b: 40, e: 10 }), listed({ a: 24, b: 24, e: 24 })];
    expect(planSpecs(runs, () => true)).toEqual([
      { keys: ["a", "b"], samples: 41 },
      { keys: ["e"], samples: 41 },
    ]);
  });

  it("asks for wanted keys only, and for none of a run that logged none", () => {
    expect(planSpecs([listed({ a: 1, x: 1 })], (key) => key === "a")).toEqual([{ keys: ["a"], samples: 2 }]);
    expect(planSpecs([listed({})], () => true)).toEqual([]);
  });

  it("leaves room for a run that goes on", () => {
    expect(samplesFor([listed({ a: 40 }, { state: "running" })])).toBe(1040);
  });
});

describe("encodeSpec", () => {
  it("asks for _step, because it is not returned otherwise", () => {
    expect(JSON.parse(encodeSpec({ keys: ["a"], samples: 5 }))).toEqual({ keys: ["_step", "a"], samples: 5 });
  });
});

describe("isExact", () => {
  const proof = (keys: string[], samples: number, rows: number) =>
    isExact({ spec: { keys, samples }, rows, run: listed({ a: 40, b: 40, e: 10 }) });

  it("believes a group only when its rows are as many as each of its keys", () => {
    expect(proof(["a", "b"], 41, 40)).toBe("exact");
    expect(proof(["a", "b"], 41, 12)).toBe("split");
    expect(proof(["a", "e"], 41, 10)).toBe("split");
  });

  it("believes one key when nothing can have been sampled away", () => {
    expect(proof(["a"], 40, 40)).toBe("exact");
    expect(proof(["a"], 1000, 57)).toBe("exact"); // it went on since it was listed
    expect(proof(["a"], 50, 50)).toBe("more-samples");
    expect(proof(["a"], 1000, 30)).toBe("incomplete"); // the server cut it
  });
});
