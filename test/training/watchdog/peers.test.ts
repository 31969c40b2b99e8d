import { describe, expect, it } from "vitest";
import { type Peer, watchMedian, watchRungs } from "../../../src/training/watchdog/peers.ts";
import type { TrainerEvent } from "../../../src/wire/trainer-log.ts";

const evaluation = (step: number, avgL1: number): TrainerEvent => ({
  kind: "eval",
  step,
  avgLoss: avgL1,
  avgL1,
  batches: 20,
});

function peer(trial: string, ...values: readonly number[]): Peer {
  return { trial, evaluations: new Map(values.map((value, index) => [(index + 1) * 200, value])) };
}

describe("median stopping", () => {
  // Running means at step 600: 0.30, 0.31, 0.32, 0.33, 0.34.
  const peers = [0.3, 0.31, 0.32, 0.33, 0.34].map((level, index) => peer(`p${index}`, level, level, level));
  const at = [600];

  it("stops what was never as good as half of the others on average", () => {
    const watch = watchMedian(() => peers, { at, least: 5 });
    expect([watch(evaluation(200, 0.5)), watch(evaluation(400, 0.33))]).toEqual([null, null]);
    expect(watch(evaluation(600, 0.4))).toMatchObject({
      outcome: "stopped",
      reason: "hopeless",
      evidence: { step: 600, by: "median", best_eval_l1: 0.33, median_l1: 0.32, peers: 5 },
    });
  });

  it("remembers the best that it was", () => {
    const watch = watchMedian(() => peers, { at, least: 5 });
    watch(evaluation(400, 0.31));
    expect(watch(evaluation(600, 0.9))).toBeNull();
  });

  it("needs enough peers that came so far", () => {
    const watch = watchMedian(() => [...peers.slice(1), peer("short", 0.1)], { at, least: 5 });
    expect(watch(evaluation(600, 0.9))).toBeNull();
  });
});

describe("rungs", () => {
  const values = [0.2, 0.21, 0.22, 0.23, 0.24];
  const peers = values.map((level, index) => peer(`p${index}`, 1, 1, level));
  const limits = { at: [600], eta: 3 };

  it("let the best third go on", () => {
    expect(watchRungs(() => peers, limits)(evaluation(600, 0.205))).toBeNull();
    expect(watchRungs(() => peers, limits)(evaluation(600, 0.215))).toMatchObject({
      outcome: "stopped",
      reason: "hopeless",
      evidence: { step: 600, by: "asha", eval_l1: 0.215, rank: 3, of: 6, places: 2, eta: 3 },
    });
  });

  it("stop nobody before there are enough, and nobody between them", () => {
    expect(watchRungs(() => peers.slice(0, 1), limits)(evaluation(600, 9))).toBeNull();
    expect(watchRungs(() => peers, limits)(evaluation(400, 9))).toBeNull();
    expect(watchRungs(() => peers, limits)(evaluation(600, Number.NaN))).toBeNull();
  });

  it("rank among those that are there by now", () => {
    const growing: Peer[] = peers.slice(0, 1);
    const watch = watchRungs(() => growing, { at: [600, 1000], eta: 3 });
    expect(watch(evaluation(600, 0.5))).toBeNull();
    growing.push(peer("later", 1, 1, 1, 1, 0.2), peer("other", 1, 1, 1, 1, 0.3));
    expect(watch(evaluation(1000, 0.25))).toMatchObject({ evidence: { rank: 2, of: 3, places: 1 } });
  });
});
