import { describe, expect, it } from "vitest";
import { analyse } from "../../src/judgement/analyse.ts";
import { difference } from "../../src/judgement/ranked-variant.ts";
import { rankRuns } from "../../src/judgement/ranking.ts";
import { compareStability } from "../../src/judgement/stability.ts";
import { say } from "../../src/judgement/texts.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { type ExampleKnobs, exampleConfig, exampleRun, sample, summaryRun, wobble } from "./example-run.ts";

const EVAL = "eval/offline_eval/avg_l1";

interface Trial {
  readonly id: string;
  /** Held-out L1 that it settles at. */
  readonly level: number;
  readonly knobs?: ExampleKnobs;
  /** Spread of ln pi_sum. */
  readonly spread?: number;
  readonly mass?: number;
}

function trial({ id, level, knobs = {}, spread = 0.2, mass = 0.12 }: Trial) {
  const plan = (step: number) => mass * Math.exp(spread * wobble(step));
  return exampleRun({
    id,
    config: exampleConfig(knobs),
    curves: {
      [EVAL]: sample((step) => level + 0.4 * Math.exp(-step / 200), { every: 200 }),
      "train/ot_pi_sum": plan,
      "train/ot_pi_diag": plan,
    },
  });
}

function rank(trials: readonly Trial[]) {
  return rankRuns(analyse({ runs: trials.map(trial), source: "test" }).runs);
}

const ids = (variants: readonly { runs: readonly { run: { id: string } }[] }[]) =>
  variants.map(({ runs }) => runs.map(({ run }) => run.id).join("+"));

describe("rankRuns", () => {
  it("orders by the held-out L1 where differences are real", () => {
    const ranking = rank([
      { id: "b", level: 0.21, knobs: { reg: 0.6 } },
      { id: "a", level: 0.19, knobs: { reg: 0.5 } },
      { id: "c", level: 0.2, knobs: { reg: 0.7 } },
    ]);
    expect(ids(ranking.variants)).toEqual(["a", "c", "b"]);
    expect(ids(ranking.contenders)).toEqual(["a"]);
    expect(ranking.nothingLeft).toBe(false);
  });

  it("lets the steadier OT win inside the noise", () => {
    const ranking = rank([
      { id: "restless", level: 0.19, knobs: { reg: 0.5 }, spread: 1.5 },
      { id: "steady", level: 0.192, knobs: { reg: 0.6 }, spread: 0.2 },
    ]);
    expect(ids(ranking.contenders)).toEqual(["restless", "steady"]);
    expect(ids(ranking.variants)[0]).toBe("steady");
    expect(say(ranking.text ?? { key: "", values: {} }, "en")).toContain("steadiest");
  });

  it("puts a dead OT behind a live one of the same L1", () => {
    const ranking = rank([
      { id: "dead", level: 0.19, knobs: { reg: 0.5 }, mass: 1e-60 },
      { id: "live", level: 0.191, knobs: { reg: 0.6 } },
    ]);
    expect(ids(ranking.variants)[0]).toBe("live");
    expect(ranking.problems.map(({ run }) => run.id)).toEqual(["dead"]);
  });

  it("ranks by the smoothed minimum and prints the last", () => {
    const series = sample((step) => (step === 1000 ? 0.1 : 0.2), { every: 200 });
    const lucky = exampleRun({
      id: "lucky",
      config: exampleConfig({ reg: 0.6 }),
      curves: { [EVAL]: series },
    });
    const ranking = rankRuns(
      analyse({ runs: [lucky, trial({ id: "solid", level: 0.15 })], source: "test" }).runs,
    );
    expect(ids(ranking.variants)[0]).toBe("solid");
    expect(ranking.variants[1]?.evaluation).toBeCloseTo(0.5 / 3, 12);
    expect(ranking.variants[1]?.last).toBeCloseTo(0.2, 12);
  });

  it("compares nothing across batch sizes, and says what was left out", () => {
    const ranking = rank([
      { id: "a", level: 0.2, knobs: { reg: 0.5 } },
      { id: "b", level: 0.19, knobs: { reg: 0.6 } },
      { id: "other", level: 0.1, knobs: { batch: 12 } },
    ]);
    expect(ids(ranking.variants)).toEqual(["b", "a"]);
    expect(ranking.excluded.map(({ run }) => run.id)).toEqual(["other"]);
  });

  it("never ranks what is invalid", () => {
    const nan = exampleRun({ id: "nan", curves: { "train/loss": () => Number.NaN } });
    const ranking = rankRuns(analyse({ runs: [nan, trial({ id: "a", level: 0.2 })], source: "test" }).runs);
    expect(ids(ranking.variants)).toEqual(["a"]);
  });

  const cut = (id: string, { level, until }: { readonly level: number; readonly until: number }) =>
    exampleRun({
      ...{ id, until, state: "killed" as const },
      config: exampleConfig({ reg: 0.6 + level }),
      curves: { [EVAL]: sample((step) => level + 0.4 * Math.exp(-step / 200), { every: 200, until }) },
    });
  const rankTheRuns = (...runs: readonly ReturnType<typeof cut>[]) =>
    rankRuns(analyse({ runs, source: "test" }).runs);

  it("ranks nothing that was cut short beside what came to its end", () => {
    const ranking = rankTheRuns(
      cut("cut", { level: 0.1, until: 600 }),
      cut("cut-too", { level: 0.11, until: 600 }),
      trial({ id: "whole", level: 0.2 }),
    );
    expect(ids(ranking.variants)).toEqual(["whole"]);
    expect(ranking.excluded.map(({ run }) => run.id)).toEqual(["cut", "cut-too"]);
  });

  it("ranks those that were cut at the same step where nothing came to its end", () => {
    const ranking = rankTheRuns(
      cut("a", { level: 0.12, until: 600 }),
      cut("b", { level: 0.1, until: 600 }),
      cut("longer", { level: 0.09, until: 1200 }),
    );
    expect(ids(ranking.variants)).toEqual(["b", "a"]);
  });

  it.each([
    [0.19, null],
    [0.201, "OT shows no gain: bc, which trains without it, and"],
    [0.21, "OT hurts: bc, which trains without it, is better than ot by"],
  ])("holds OT at %d against the one without it", (level, said) => {
    const { text } = rank([
      { id: "ot", level },
      { id: "bc", level: 0.2, knobs: { lambda: 0 } },
    ]);
    const sentence = say(text ?? { key: "", values: {} }, "en");
    if (said === null) expect(sentence).not.toMatch(/OT (shows|hurts)/);
    else expect(sentence).toContain(said);
  });

  it("takes seeds of one configuration together and pairs them with another's", () => {
    const ranking = rank([
      { id: "a42", level: 0.18, knobs: { reg: 0.5, seed: 42 } },
      { id: "a87", level: 0.2, knobs: { reg: 0.5, seed: 87 } },
      { id: "b42", level: 0.19, knobs: { reg: 0.6, seed: 42 } },
      { id: "b87", level: 0.211, knobs: { reg: 0.6, seed: 87 } },
    ]);
    expect(ids(ranking.variants)).toEqual(["a42+a87", "b42+b87"]);
    const [a, b] = ranking.variants;
    if (a === undefined || b === undefined) throw new Error("two variants expected");
    const found = difference(a, b, DEFAULT_THRESHOLDS);
    expect(found).toMatchObject({ pairs: 2, wins: 2, real: true });
    expect(found.gain).toBeCloseTo(0.0105, 6);
    expect(ranking.proposals.map(({ kind }) => kind)).toEqual(["promote"]);
  });

  it("does not believe a difference between seeds: one configuration logged all three of these", () => {
    const ranking = rank([
      { id: "a", level: 0.181, knobs: { reg: 0.5, seed: 42 } },
      { id: "b", level: 0.1895, knobs: { reg: 0.6, seed: 87 } },
      { id: "c", level: 0.1493, knobs: { reg: 0.7, seed: 123 }, spread: 1.5 },
    ]);
    expect(ranking.contenders).toHaveLength(3);
    expect(ids(ranking.variants)[0]).not.toBe("c");
  });

  it("lets nobody lead by a lucky seed who loses on the seed in common", () => {
    const ranking = rank([
      { id: "lucky42", level: 0.19, knobs: { reg: 0.5, seed: 42 } },
      { id: "lucky123", level: 0.149, knobs: { reg: 0.5, seed: 123 } },
      { id: "better", level: 0.18, knobs: { reg: 0.6, seed: 42 } },
      { id: "worse", level: 0.2, knobs: { reg: 0.7, seed: 42 } },
    ]);
    expect(ids(ranking.contenders)).toEqual(["better"]);
    expect(ranking.proposals.map(({ kind }) => kind)).toEqual(["replicate"]);
  });

  it("asks for replicates of a winner at one seed", () => {
    const ranking = rank([
      { id: "a", level: 0.18, knobs: { reg: 0.5 } },
      { id: "b", level: 0.19, knobs: { reg: 0.6 } },
    ]);
    expect(ranking.proposals.map(({ kind }) => kind)).toEqual(["replicate"]);
    expect(say(ranking.proposals[0]?.text ?? { key: "", values: {} }, "en")).toContain("paired with b");
  });

  it("says that nothing is left to gain where three lie within the noise and nothing is to be corrected", () => {
    const ranking = rank(
      [0.5, 0.6, 0.7].map((reg, index) => ({ id: `v${index}`, level: 0.19 + index / 2000, knobs: { reg } })),
    );
    expect(ranking.nothingLeft).toBe(true);
    expect(ranking.text?.key).toBe("ranking.nothing-left");
    expect(ranking.proposals.map(({ kind }) => kind)).toEqual(["confirm"]);
  });

  it("has no best among nothing, and takes a summary's single best where there is no curve", () => {
    expect(rankRuns([]).best).toBeNull();
    const a = summaryRun({ [EVAL]: { first: 0.6, last: 0.33, best: 0.32 } }, "a");
    const b = summaryRun({ [EVAL]: { first: 0.6, last: 0.4, best: 0.4 } }, "b");
    expect(ids(rankRuns(analyse({ runs: [b, a], source: "test" }).runs).variants)).toEqual(["a", "b"]);
  });
});

describe("compareStability", () => {
  const steady = { aliveShare: 1, massSpread: 0.3, gradientJitter: 0.1 };
  it("asks for live readings, then for the spread, then for the gradient", () => {
    expect(compareStability(steady, { ...steady, aliveShare: 0.5, massSpread: 0.1 })).toBeLessThan(0);
    expect(compareStability(steady, { ...steady, massSpread: 0.6, gradientJitter: 0 })).toBeLessThan(0);
    expect(compareStability(steady, { ...steady, gradientJitter: 0.05 })).toBeGreaterThan(0);
    expect(compareStability(steady, steady)).toBe(0);
  });

  it("puts last what cannot be read", () => {
    expect(
      compareStability(steady, { aliveShare: null, massSpread: null, gradientJitter: null }),
    ).toBeLessThan(0);
  });
});
