import { it as prop } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../src/json.ts";
import { applyEdits } from "../../src/judgement/apply-edits.ts";
import { type CanonicalOptions, canonicalConfig, configHash } from "../../src/judgement/canonical.ts";
import { parseLenientJson } from "../../src/wire/lenient-json.ts";
import { exampleText, exampleWith } from "./example-config.ts";
import { realConfigs, realData, realText } from "./real-data.ts";

const fork = "train-logging";

function read(text: string): JsonObject {
  const value = parseLenientJson(text);
  if (!isJsonObject(value)) throw new Error("no object");
  return value;
}

function hash(text: string, options: Omit<CanonicalOptions, "fork"> = {}): string {
  return configHash(read(text), { fork, ...options });
}

const same = hash(exampleText);

const Upsert = z.object({ v: z.object({ config: z.string() }) });

/** The configuration in one captured request, unwrapped from `{key: {value}}`. */
function toldConfigs(request: unknown): readonly JsonObject[] {
  const parsed = Upsert.safeParse(request);
  if (!parsed.success) return [];
  const wrapped = Object.entries(read(parsed.data.v.config)).filter(([key]) => key !== "_wandb");
  return [
    Object.fromEntries(
      wrapped.map(([key, entry]) => [key, isJsonObject(entry) ? (entry["value"] ?? null) : null]),
    ),
  ];
}

/** The same value with its keys in another order, at every level. */
function shuffled(value: Json, order: (keys: string[]) => string[]): Json {
  if (Array.isArray(value)) return value.map((item: Json) => shuffled(item, order));
  if (value === null || !isJsonObject(value)) return value;
  return Object.fromEntries(
    order(Object.keys(value)).map((key) => [key, shuffled(value[key] ?? null, order)]),
  );
}

describe("configHash", () => {
  it.each([
    ["a default written out", '"window_size": 8', '"window_size": 8, "sharpness": 0, "no_window": false'],
    ["an integer for a decimal number", '"tau_src": 1.0', '"tau_src": 1'],
    ["another writing of a number", '"optimizer_lr": 1e-05', '"optimizer_lr": 0.00001'],
    ["minus zero", '"weight_embed": 0.0,', '"weight_embed": -0.0,'],
    ["the dust of binary fractions", '"lambda_ot": 0.1', '"lambda_ot": 0.10000000000000002'],
    ["a number written as text", '"batch_size": 8', '"batch_size": "8"'],
    [
      "where it writes and how it is named",
      '"output_dir": "outputs/example"',
      '"output_dir": "x", "job_name": "y"',
    ],
    ["how it is logged", '"enable": true, "disable_artifact": true', '"run_id": "abc"'],
    ["the seed", '"seed": 42', '"seed": 7'],
    ["the number of steps", '"steps": 2000', '"steps": 10000, "save_freq": 5, "log_freq": 1'],
    ["the device and the video decoder", '"type": "act"', '"type": "act", "device": "cuda", "use_amp": true'],
    [
      "an optimizer that the preset overwrites",
      '"seed": 42',
      '"optimizer": {"type": "sgd"}, "scheduler": null',
    ],
    [
      "a term name that is the source key",
      '"src_key": "observation.images.front"',
      '"src_key": "observation.images.front", "term_name": "observation.images.front"',
    ],
    [
      "keys of a term that nobody reads",
      '"term_name": "wrist"',
      '"term_name": "wrist", "embed_name": null, "term_weight": 3',
    ],
    [
      "a source folder that is the target's",
      '"src_repo_id": "lab/source"',
      '"src_repo_id": "lab/source", "src_root": "data/target"',
    ],
  ])("does not change with %s", (_, piece, replacement) => {
    expect(hash(exampleWith(piece, replacement))).toBe(same);
  });

  it.each([
    ["batch size", '"batch_size": 8', '"batch_size": 16'],
    ["eval_freq, which changes the order of the data", '"eval_freq": 200', '"eval_freq": 100'],
    ["num_workers", '"seed": 42', '"num_workers": 0'],
    ["temperature", '"reg": 0.5', '"reg": 0.51'],
    ["the name of a cost term", '"term_name": "wrist"', '"term_name": "hand"'],
    ["episodes", '"episodes": null', '"episodes": [0, 1]'],
    [
      "an optimizer that is used",
      '"seed": 42',
      '"use_policy_training_preset": false, "optimizer": {"lr": 1}',
    ],
    ["a key that only another version of the trainer may read", '"reg": 0.5', '"reg": 0.5, "scaling": 2'],
    ["no limit of source episodes", '"topk_src_episodes": 15', '"topk_src_episodes": null'],
  ])("changes with %s", (_, piece, replacement) => {
    expect(hash(exampleWith(piece, replacement))).not.toBe(same);
  });

  it("takes -1 and null for all source episodes", () => {
    const [minus, none] = ["-1", "null"].map((value) =>
      hash(exampleWith('"topk_src_episodes": 15', `"topk_src_episodes": ${value}`)),
    );
    expect(minus).toBe(none);
  });

  it("is of what will be trained: the command line counts, not the file under it", () => {
    const slower = exampleWith('"eval_freq": 200', '"eval_freq": 50');
    expect(hash(slower, { overrides: { eval_freq: 200 } })).toBe(same);
    expect(hash(exampleText, { overrides: { steps: 10_000, seed: 3, "wandb.mode": "offline" } })).toBe(same);
  });

  const order = fc.infiniteStream(fc.nat()).map(
    (stream) => (keys: string[]) =>
      keys
        .map((key) => ({ key, rank: stream.next().value ?? 0 }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ key }) => key),
  );
  prop.prop([order, fc.constantFrom(undefined, 2, 4, "\t")])(
    "does not depend on the order of keys and on layout",
    (reorder, indent) => {
      expect(hash(JSON.stringify(shuffled(read(exampleText), reorder), null, indent))).toBe(same);
    },
  );

  prop.prop([
    fc.constantFrom("ot.loss_config.reg", "ot.lambda_ot", "policy.optimizer_lr", "ot.bc_src_weight"),
    fc.double({ min: 1.01, max: 9, noNaN: true }),
  ])("changes with every edit and comes back with it", (path, value) => {
    const { text, edits } = applyEdits(exampleText, [{ path, op: "scale", value }]);
    expect(hash(text)).not.toBe(same);
    const back = applyEdits(text, [{ path, op: "set", value: edits[0]?.from ?? null }]);
    expect(hash(back.text)).toBe(same);
  });
});

describe("canonicalConfig", () => {
  it("has every key of the schema, sorted, and nothing of the run", () => {
    const canonical = canonicalConfig(read(exampleText), { fork });
    expect(Object.keys(canonical)).toEqual([
      "batch_size",
      "dataset",
      "env",
      "eval",
      "eval_freq",
      "num_workers",
      "ot",
      "policy",
      "rename_map",
      "use_policy_training_preset",
    ]);
    expect(canonicalConfig(canonical, { fork })).toEqual(canonical);
    const { ot } = canonicalConfig(read(exampleText), { fork: "ot_r2s" });
    // A key that this profile does not know stays as the file has it; its sibling is not made up.
    expect(ot).toHaveProperty("bc_src_weight", 0.9);
    expect(ot).not.toHaveProperty("normalize_bc_weights_by_ds_size");
  });
});

describe.skipIf(!realData)("configHash on real files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("finds the real files of equal content under different names, W&B's dumps among them", () => {
    const names = new Map<string, string[]>();
    for (const { name, text } of realConfigs()) {
      const key = hash(text);
      names.set(key, [...(names.get(key) ?? []), name]);
    }
    const groups = [...names.values()]
      .map((group) => group.sort())
      .filter((group) => group.length > 1)
      .sort();
    expect(groups).toEqual([
      ["act_fr3_ot_99_20_baseline__30115bfd.json", "fromwandb_h5ktqxph.json"],
      ["act_fr3_ot_ctrA_uniform_window.json", "act_fr3_ot_images_embedOnly_expB_balanced.json"],
      [
        "act_fr3_ot_next4_843np9lc_tau15_reg02_nowindow_w8_action003_lambda015.json",
        "fromwandb_ithx0mon.json",
      ],
    ]);
  });

  it("tells a checkpoint's saved file from the launched one by its episodes and feature maps alone", () => {
    const launched = read(realText("real-runs/ok/config.json"));
    const saved = read(realText("real-runs/ok/train_config.002000.json"));
    expect(configHash(saved, { fork })).not.toBe(configHash(launched, { fork }));
    const overrides = { "dataset.episodes": null, "policy.input_features": {}, "policy.output_features": {} };
    expect(configHash(saved, { fork, overrides })).toBe(configHash(launched, { fork }));
  });

  it("recognises the launched file in what the trainer told W&B about a run", () => {
    const told = realText("real-runs/online/server1.requests.jsonl")
      .split("\n")
      .filter((line) => line.includes("UpsertBucket") && line.includes("tiny_ok"))
      .flatMap((line) => toldConfigs(JSON.parse(line)));
    const launched = read(realText("real-runs/online/fresh/config.json"));
    const matching = told.filter((config) => {
      const { eval_freq: frequency = null } = config;
      return (
        configHash(config, { fork }) === configHash(launched, { fork, overrides: { eval_freq: frequency } })
      );
    });
    expect(told.length).toBeGreaterThan(3);
    // The others ran with an absurd learning rate, or were resumed from a checkpoint's file.
    expect(matching.length).toBeGreaterThan(3);
    for (const config of told.filter((each) => !matching.includes(each))) {
      const policy = config["policy"] ?? null;
      const rate = policy !== null && isJsonObject(policy) ? policy["optimizer_lr"] : null;
      expect(config["resume"] === true || rate === 1_000_000).toBe(true);
    }
  });

  it("gives a real run's variants different hashes and its seeds the same", () => {
    const text = realText("real-runs/ok/config.json");
    const edit = (path: string, value: Json) => hash(applyEdits(text, [{ path, op: "set", value }]).text);
    expect(edit("seed", 87)).toBe(hash(text));
    const variants = [
      edit("ot.lambda_ot", 0),
      edit("ot.loss_config.reg", 0.1),
      edit("ot.window_size", 10),
      hash(text),
    ];
    expect(new Set(variants).size).toBe(variants.length);
  });
});
