import { describe, expect, it } from "vitest";
import { analysisOf, type Planned, planRound, type Stock } from "../../src/commands/planning.ts";
import { configHash } from "../../src/judgement/canonical.ts";
import type { KnownConditions } from "../../src/judgement/conditions.ts";
import type { Run } from "../../src/judgement/run.ts";
import type { Parent } from "../../src/rounds/draft.ts";
import { trialIdentity } from "../../src/rounds/names.ts";
import { parseSettings } from "../../src/settings.ts";
import { type ExampleKnobs, exampleConfig, exampleRun, sample } from "../judgement/example-run.ts";

const EVAL = "eval/offline_eval/avg_l1";
const now = () => new Date("2026-01-05T20:00:00Z");

interface Trial {
  readonly id: string;
  /** Held-out L1 that it settles at. */
  readonly level: number;
  readonly knobs: ExampleKnobs;
  /** Transported mass; low ones are what the rules have something to say about. */
  readonly mass?: number;
}

const trained = ({ id, level, knobs, mass = 0.12 }: Trial): Run =>
  exampleRun({
    id,
    config: exampleConfig(knobs),
    curves: {
      [EVAL]: sample((step) => level + 0.4 * Math.exp(-step / 200), { every: 200 }),
      "train/ot_pi_sum": () => mass,
      "train/ot_pi_diag": () => mass,
    },
  });

function parentOf({ id, config }: Run, seed: number): Parent {
  const own = config ?? {};
  const hash = configHash(own, { fork: "train-logging" });
  return { path: `configs/${id}.json`, text: JSON.stringify(own), hash, run: id, family: "act", seed };
}

function plan(
  trials: readonly Trial[],
  { settings = "", conditions = new Map() }: { settings?: string; conditions?: Stock["conditions"] } = {},
): Planned {
  const house = { settings: parseSettings({ path: "autoloop.yml", text: settings }), now };
  const runs = trials.map(trained);
  const parents = new Map(runs.map((run, index) => [run.id, parentOf(run, trials[index]?.knobs.seed ?? 42)]));
  return planRound(house, {
    round: "0002",
    parents,
    analysis: analysisOf(house, { runs, source: "test", known: conditions }),
    templates: [],
    known: new Set([...parents.values()].map(({ hash, seed }) => trialIdentity({ hash, seed, steps: 2000 }))),
    rejected: new Set(),
    hoursPerTrial: null,
    conditions,
    hasLambdaControl: true,
  });
}

const variants = (planned: Planned) =>
  planned.kind === "draft"
    ? planned.draft.manifest.variants.map(({ path, seeds, control, signal }) => [
        control ?? signal,
        path.replace(/^configs\/(\w+)\.json$/, "$1"),
        ...seeds,
      ])
    : planned.kind;
const replicates = (planned: Planned) => {
  const all = variants(planned);
  return typeof all === "string" ? all : all.filter(([kind]) => kind === "replicate");
};

const winner: Trial = { id: "winner", level: 0.18, knobs: { reg: 0.5 }, mass: 0.02 };
const second: Trial = { id: "second", level: 0.19, knobs: { reg: 0.6 }, mass: 0.02 };
const third: Trial = { id: "third", level: 0.25, knobs: { reg: 0.7 }, mass: 0.02 };

describe("a search round", () => {
  it("trains a winner and its rival at the next paired seed, beside its variants", () => {
    const planned = plan([winner, second, third]);
    expect(replicates(planned)).toEqual([
      ["replicate", "winner", 87],
      ["replicate", "second", 87],
    ]);
    const all = variants(planned);
    expect(all.length).toBe(3 + 2);
    if (planned.kind !== "draft") return;
    expect(planned.draft.manifest.variants.find(({ control }) => control === "replicate")?.reason.key).toBe(
      "proposal.replicate",
    );
  });

  it("no longer does once the winner won at two seeds", () => {
    const again = [
      { ...winner, id: "winner87", level: 0.181, knobs: { ...winner.knobs, seed: 87 } },
      { ...second, id: "second87", level: 0.192, knobs: { ...second.knobs, seed: 87 } },
    ];
    expect(replicates(plan([winner, second, ...again]))).toEqual([]);
  });

  it("takes a further seed for two equals only where devices would be idle", () => {
    const equal = { ...second, level: 0.181 };
    const idle = (devices: number, max: number) =>
      replicates(
        plan([winner, equal], { settings: `gpus: {max_concurrency: ${devices}}\nmax_variants: ${max}` }),
      );
    expect(idle(4, 2)).toHaveLength(2);
    expect(idle(2, 2)).toEqual([]);
    expect(idle(4, 3)).toEqual([]);
  });

  it("leaves it once the seeds are used up", () => {
    expect(replicates(plan([winner, second, third], { settings: "seeds: [42]" }))).toEqual([]);
  });

  it("does not rank what was trained with another version of the trainer", () => {
    const conditions = new Map<string, KnownConditions>(
      [winner, second, third].map(({ id }) => [id, { fork_commit: id === "winner" ? "old" : "new" }]),
    );
    const planned = plan([winner, second, third], { conditions });
    expect(replicates(planned)).toEqual([
      ["replicate", "second", 87],
      ["replicate", "third", 87],
    ]);
  });
});

describe("the trust regions of the settings", () => {
  const regOf = (planned: Planned) =>
    planned.kind === "draft"
      ? planned.draft.manifest.variants
          .flatMap(({ edits }) => edits)
          .find(({ path }) => path === "ot.loss_config.reg")?.to
      : null;

  it("hold every step of the calibrated rules", () => {
    expect(regOf(plan([winner]))).toBeGreaterThan(0.75);
    expect(regOf(plan([winner], { settings: "trust: {reg: {factor: 1.5}}" }))).toBe(0.75);
    expect(regOf(plan([winner], { settings: "trust: {reg: {max: 0.6}}" }))).toBe(0.6);
  });
});

describe("where nothing is left to gain", () => {
  const equals = [0.5, 0.6, 0.7].map((reg, index) => ({
    id: `equal${index}`,
    level: 0.19 + index / 2000,
    knobs: { reg },
  }));

  it("the leader and the next are confirmed at further seeds", () => {
    expect(variants(plan(equals))).toEqual([
      ["confirm", "equal0", 87, 123],
      ["confirm", "equal1", 87, 123],
    ]);
  });

  it("and every seed was used, nothing is proposed, with the reason", () => {
    const planned = plan(equals, { settings: "seeds: [42]" });
    expect(planned).toMatchObject({ kind: "nothing-to-gain", why: { key: "ranking.nothing-left" } });
  });
});

describe("a seed round", () => {
  it("leaves out what is not ACT+OT, with a sentence", () => {
    const template = (path: string, changes: object) => ({
      path,
      text: JSON.stringify({ ...exampleConfig(), ...changes }),
    });
    const planned = planRound(
      { settings: parseSettings(null), now },
      {
        round: "0001",
        parents: new Map(),
        analysis: analysisOf({ settings: parseSettings(null) }, { runs: [], source: "" }),
        templates: [
          template("a.json", {}),
          template("b.json", { policy: { type: "diffusion" } }),
          template("c.json", { ot: { enable: false } }),
        ],
        known: new Set(),
        rejected: new Set(),
        hoursPerTrial: null,
        conditions: new Map(),
        hasLambdaControl: false,
      },
    );
    if (planned.kind !== "draft") throw new Error("a draft was expected");
    expect(planned.draft.manifest.variants.map(({ path }) => path)).toEqual(["a.json"]);
    expect(planned.draft.warnings).toEqual([
      { key: "draft.not-act-ot", values: { path: "b.json", reason: '`policy.type` is "diffusion"' } },
      { key: "draft.not-act-ot", values: { path: "c.json", reason: "`ot.enable` is not true" } },
    ]);
  });
});
