import { describe, expect, it } from "vitest";
import { text } from "../../src/judgement/texts.ts";
import { draftSearchRound, type Parent, type RoundPlan } from "../../src/rounds/draft.ts";
import { Manifest } from "../../src/rounds/manifest.ts";
import { trialIdentity } from "../../src/rounds/names.ts";
import { idleSlots, replicatesOf, withReplicates } from "../../src/rounds/repetition.ts";
import { exampleConfig } from "../judgement/example-run.ts";

const plan: RoundPlan = {
  round: "0003",
  topic: "round 0003",
  created: "2026-01-05T20:00:00.000Z",
  rules: "calibrated",
  trainer: { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 },
  defaults: {},
  family: "act_fr3_ot",
  folder: "configs",
  noise: { equal_seed: 0.003, between_seeds: 0.02 },
  hoursPerTrial: 0.5,
  known: new Set(),
  rejected: new Set(),
};

const parent = (name: string, reg: number): Parent => ({
  path: `configs/${name}.json`,
  text: JSON.stringify(exampleConfig({ reg }), null, 2),
  hash: name.repeat(64),
  run: `0001${name}-s42`,
  family: "act_fr3_ot",
  seed: 42,
});
const [a, b] = [parent("a", 0.5), parent("b", 0.6)];
const because = text("proposal.replicate", {});

/** The plan of a ledger in which these were trained. */
const ledgerWith = (...trained: readonly (readonly [Parent, number])[]): RoundPlan => ({
  ...plan,
  known: new Set(trained.map(([{ hash }, seed]) => trialIdentity({ hash, seed, steps: 2000 }))),
});

const next = (given: RoundPlan, elsewhere: readonly number[] = []) =>
  replicatesOf(given, {
    parents: [a, b],
    seeds: [42, 87, 123],
    seedsOf: (of) => new Set(of === a ? elsewhere : []),
    because,
  });

describe("replicatesOf", () => {
  it("takes both to the next seed", () => {
    expect(next(ledgerWith([a, 42], [b, 42]))).toEqual({ parents: [a, b], seed: 87, because });
  });

  it("lets the rival catch up first", () => {
    expect(next(ledgerWith([a, 42], [b, 42], [a, 87]))).toEqual({ parents: [b], seed: 87, because });
    expect(next(ledgerWith([a, 42], [b, 42]), [87])?.parents).toEqual([b]);
  });

  it("is null when every seed was used", () => {
    const all = [42, 87, 123].flatMap((seed) => [[a, seed] as const, [b, seed] as const]);
    expect(next(ledgerWith(...all))).toBeNull();
  });
});

describe("withReplicates", () => {
  const search = draftSearchRound(plan, {
    candidates: [
      {
        parent: a,
        prescription: {
          rule: "ot-lift",
          signal: "mass-up",
          reason: text("draft.seed"),
          edits: [{ path: "ot.loss_config.reg", op: "set", value: 0.75, from: 0.5, to: 0.75 }],
          predicts: null,
        },
      },
    ],
    controls: [],
    max: 1,
  });
  if (!search) throw new Error("a round was expected");

  it("adds the files as they are, behind the variants, and counts their trials", () => {
    const draft = withReplicates(plan, search, { parents: [a, b], seed: 87, because });
    expect(Manifest.parse(draft.manifest)).toEqual(draft.manifest);
    expect(
      draft.manifest.variants.map(({ id, path, seeds, control, edits }) => [
        id,
        path,
        seeds,
        control,
        edits.length,
      ]),
    ).toEqual([
      ["0003a", search.manifest.variants[0]?.path, [42], null, 1],
      ["0003b", "configs/a.json", [87], "replicate", 0],
      ["0003c", "configs/b.json", [87], "replicate", 0],
    ]);
    expect(draft.manifest.budget).toEqual({ trials: 3, device_hours: 1.5 });
    expect([...draft.files.keys()]).toEqual([...search.files.keys()]);
  });

  it("leaves out what reviewers rejected", () => {
    const draft = withReplicates({ ...plan, rejected: new Set([b.hash]) }, search, {
      parents: [a, b],
      seed: 87,
      because,
    });
    expect(draft.manifest.variants.map(({ path }) => path).slice(1)).toEqual(["configs/a.json"]);
  });
});

describe("idleSlots", () => {
  it.each([
    [3, 4, 1],
    [4, 4, 0],
    [5, 4, 3],
    [2, 1, 0],
  ])("of %i trials on %i devices: %i", (trials, devices, idle) => {
    expect(idleSlots(trials, devices)).toBe(idle);
  });
});
