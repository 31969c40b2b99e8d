import { describe, expect, it } from "vitest";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { text } from "../../src/judgement/texts.ts";
import {
  type Candidate,
  draftSearchRound,
  draftSeedRound,
  type Parent,
  type RoundPlan,
} from "../../src/rounds/draft.ts";
import { Manifest } from "../../src/rounds/manifest.ts";
import { trialIdentity } from "../../src/rounds/names.ts";
import { draftConfirmation } from "../../src/rounds/repetition.ts";

const plan: RoundPlan = {
  round: "0002",
  topic: "round 0002",
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

const templates = planConfigs().map(({ file, config }) => ({
  path: `configs/${file}`,
  text: JSON.stringify(config, null, 2),
}));
const [balanced] = templates;
if (!balanced) throw new Error("The plan has a first configuration.");

const parent: Parent = {
  ...balanced,
  hash: "0".repeat(64),
  run: "0001a-s42",
  family: "act_fr3_ot",
  seed: 42,
};

const candidate = (reg: number): Candidate => ({
  parent,
  prescription: {
    rule: "ot-lift",
    signal: `reg-${reg}`,
    reason: text("draft.seed"),
    edits: [{ path: "ot.loss_config.reg", op: "set", value: reg, from: 0.15, to: reg }],
    predicts: null,
  },
});

describe("draftSeedRound", () => {
  it("takes the templates as they are, in their order, and adds no file", () => {
    const draft = draftSeedRound(plan, templates);
    expect(draft?.manifest.variants.map(({ path }) => path)).toEqual(templates.map(({ path }) => path));
    expect(draft?.files.size).toBe(0);
    expect(Manifest.parse(draft?.manifest)).toEqual(draft?.manifest);
  });

  it("leaves out what would not launch, with the trainer's reason", () => {
    const broken = {
      path: "configs/b.json",
      text: balanced.text.replace('"batch_size": 8', '"batch_size": "many"'),
    };
    const draft = draftSeedRound(plan, [broken, balanced]);
    expect(draft?.manifest.variants).toHaveLength(1);
    expect(draft?.warnings).toMatchObject([
      { key: "draft.not-launchable", values: { path: "configs/b.json" } },
    ]);
  });

  it("corrects in a copy what is certain, and says what it corrected", () => {
    const night = {
      path: "configs/night.json",
      text: balanced.text.replace('"batch_size": 8', '"batch_size": 12.0'),
    };
    const draft = draftSeedRound(plan, [night]);
    const [variant] = draft?.manifest.variants ?? [];
    expect(variant?.edits).toMatchObject([{ path: "batch_size", from: "12.0", to: 12 }]);
    expect(draft?.files.get(variant?.path ?? "")).toBe(night.text.replace("12.0", "12"));
  });

  it("is null when nothing would launch", () => {
    expect(draftSeedRound(plan, [{ path: "x.json", text: "{" }])).toBeNull();
  });
});

describe("draftSearchRound", () => {
  it("makes files that differ from their parent exactly in the edits", () => {
    const draft = draftSearchRound(plan, { candidates: [candidate(0.3)], controls: [], max: 3 });
    expect([...(draft?.files.values() ?? [])]).toEqual([balanced.text.replace('"reg": 0.15', '"reg": 0.3')]);
    expect(draft?.manifest.variants[0]?.path).toMatch(
      /^configs\/act_fr3_ot_r0002a_reg-0\.3_[0-9a-f]{6}\.json$/,
    );
  });

  it("stops at the wanted number, and does not count controls", () => {
    const candidates = [0.2, 0.3, 0.4, 0.5].map(candidate);
    const controls = [
      { parent, kind: "parent" as const },
      { parent, kind: "lambda-zero" as const },
    ];
    const draft = draftSearchRound(plan, { candidates, controls, max: 2 });
    expect(draft?.manifest.variants.map(({ control }) => control)).toEqual([
      null,
      null,
      "parent",
      "lambda-zero",
    ]);
    expect(draft?.manifest.budget).toEqual({ trials: 4, device_hours: 2 });
  });

  it("leaves out what is known, what is the same, and what reviewers rejected", () => {
    const first = draftSearchRound(plan, { candidates: [candidate(0.3)], controls: [], max: 3 });
    const hash = first?.manifest.variants[0]?.hash ?? "";
    const known = new Set([trialIdentity({ hash, seed: 42, steps: 2000 })]);
    const candidates = [candidate(0.3), candidate(0.4), candidate(0.4)];
    const again = draftSearchRound({ ...plan, known }, { candidates, controls: [], max: 3 });
    expect(again?.manifest.variants.map(({ signal }) => signal)).toEqual(["reg-0.4"]);
    const rejected = new Set([hash]);
    expect(
      draftSearchRound({ ...plan, rejected }, { candidates: [candidate(0.3)], controls: [], max: 3 }),
    ).toBeNull();
  });
});

describe("draftConfirmation", () => {
  it("trains the same files at seeds that they were not trained at", () => {
    const known = new Set([trialIdentity({ hash: parent.hash, seed: 42, steps: 2000 })]);
    const draft = draftConfirmation(
      { ...plan, known },
      { parents: [parent], seeds: [42, 87], because: text("draft.seed") },
    );
    expect(draft?.manifest.variants).toMatchObject([{ path: balanced.path, seeds: [87], edits: [] }]);
    expect(draft?.files.size).toBe(0);
  });

  it("is null when every seed was used", () => {
    const known = new Set([trialIdentity({ hash: parent.hash, seed: 42, steps: 2000 })]);
    expect(
      draftConfirmation({ ...plan, known }, { parents: [parent], seeds: [42], because: text("draft.seed") }),
    ).toBeNull();
  });
});
