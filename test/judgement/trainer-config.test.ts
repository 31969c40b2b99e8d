import { describe, expect, it } from "vitest";
import type { Json } from "../../src/json.ts";
import { applyEdits } from "../../src/judgement/apply-edits.ts";
import type { Remark } from "../../src/judgement/config-issues.ts";
import { say } from "../../src/judgement/texts.ts";
import { type CheckRequest, checkConfig, isActWithOt } from "../../src/judgement/trainer-config.ts";
import { FORK_PROFILES, type ForkProfile } from "../../src/judgement/trainer-schema.ts";
import { parseJsonTree, treeOf } from "../../src/wire/json-literals.ts";
import { exampleText, exampleWith } from "./example-config.ts";

/** What the trainer would say, in English. */
function check(text: string, fork: ForkProfile = "train-logging", defaults: CheckRequest["defaults"] = {}) {
  const { errors, warnings, ...verdict } = checkConfig({ text, fork, defaults });
  const said = ({ path, message }: Remark) => ({ path, message: say(message, "en") });
  return { ...verdict, errors: errors.map(said), warnings: warnings.map(said) };
}

/** The paths that errors and warnings name when one piece of the example is exchanged. */
function paths(piece: string, replacement: string) {
  const { errors, warnings, launchable } = check(exampleWith(piece, replacement));
  expect(launchable).toBe(errors.length === 0);
  return { errors: errors.map(({ path }) => path), warnings: warnings.map(({ path }) => path) };
}

const label = "ot.loss_config.features[action_lbl]";

describe("checkConfig", () => {
  it("finds nothing to say about a good file", () => {
    expect(check(exampleText)).toEqual({
      launchable: true,
      errors: [],
      warnings: [],
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("takes a configuration that never was a file, and then 12.0 is 12", () => {
    const tree = treeOf(applyEdits(exampleText, [{ path: "batch_size", op: "set", value: 12 }]).config);
    expect(checkConfig({ tree, fork: "train-logging" }).launchable).toBe(true);
    expect(checkConfig({ tree: parseJsonTree(exampleText), fork: "train-logging" }).launchable).toBe(true);
  });

  it("says everything that is wrong at once, in plain words", () => {
    const text = exampleWith('"batch_size": 8', '"batch_size": 12.0, "batchsize": 8').replace(
      '"seed": 42',
      '"seed": "x"',
    );
    expect(check(text).errors).toEqual([
      {
        path: "batch_size",
        message: "12.0 is a decimal number, and the trainer takes only an integer. Write 12.",
      },
      {
        path: "batchsize",
        message: "The trainer knows no `batchsize` here and refuses the file. Did you mean `batch_size`?",
      },
      { path: "seed", message: '"x" is not an integer.' },
    ]);
  });

  it("says it in Chinese too", () => {
    const text = exampleWith('"batch_size": 8', '"batch_size": 12.0, "batchsize": 8');
    const { errors } = checkConfig({ text, fork: "train-logging" });
    expect(errors.map(({ message }) => say(message, "zh"))).toEqual([
      "12.0 是小数，而训练器这里只接受整数。请写 12。",
      "训练器在这里不认识 `batchsize`，会拒绝这个文件。是否想写 `batch_size`？",
    ]);
  });

  it("reports a text that is no JSON at its place, and has no hash for it", () => {
    expect(check("{\n  oops\n}")).toMatchObject({
      launchable: false,
      errors: [{ path: "", message: "Not JSON at line 2, column 3: this is no JSON value." }],
      hash: null,
    });
    expect(check("[]").errors).toHaveLength(1);
    expect(check(`\ufeff${exampleText}`)).toMatchObject({
      errors: [{ path: "" }],
      hash: check(exampleText).hash,
    });
  });

  it("names the settings' default that would repair an error", () => {
    const text = exampleWith('"bc_src_weight": 0.90,', "");
    const { errors } = check(text, "train-logging", { "ot.bc_src_weight": 0.8 });
    expect(errors).toEqual([
      { path: "ot.bc_src_weight", message: expect.stringContaining("default is 0.8; `check --fix`") },
    ]);
  });
});

describe("checkConfig, what the reader refuses", () => {
  it.each([
    ['"batch_size": 8', '"batch_size": 2e3', "batch_size"],
    ['"batch_size": 8', '"batch_size": 8.5', "batch_size"],
    ['"batch_size": 8', '"batch_size": null', "batch_size"],
    ['"topk_src_episodes": 15', '"topk_src_episodes": 20.0', "ot.topk_src_episodes"],
    ['"optimizer_lr": 1e-05', '"optimizer_lr": "fast"', "policy.optimizer_lr"],
    ['"episodes": null', '"episodes": [0, 1.0]', "dataset.episodes[#2]"],
    ['"push_to_hub": false', '"push_to_hub": "False"', "policy.push_to_hub"],
    ['"push_to_hub": false', '"push_to_hub": 0', "policy.push_to_hub"],
    ['"enable": true, "disable_artifact"', '"group": "x", "disable_artifact"', "wandb.group"],
    ['"window_size": 8', '"window_size": 8, "heuristic": true', "ot.heuristic"],
    ['"repo_id": "lab/target",', "", "dataset.repo_id"],
    ['"repo_id": "lab/target"', '"repo_id": ["a", "b"]', "dataset.repo_id"],
    ['"repo_id": "lab/target"', '"repo_id": null', "dataset.repo_id"],
    ['"type": "act",', "", "policy.type"],
    ['"type": "act"', '"type": "actor"', "policy.type"],
    ['"type": "act"', '"type": "diffusion"', "policy.type"],
    ['"seed": 42', '"seed": 42, "scheduler": {}', "scheduler.type"],
    ['"seed": 42', '"seed": 42, "optimizer": {"type": "adamw", "betas": [0.9]}', "optimizer.betas"],
    ['"seed": 42', '"seed": 42, "optimizer": {"momentum": 1}', "optimizer.momentum"],
    [
      '"type": "act"',
      '"type": "act", "normalization_mapping": {"STATE": "mean"}',
      "policy.normalization_mapping[STATE]",
    ],
    ['"lambda_ot": 0.1', '"lambda_ot": NaN', "ot.lambda_ot"],
    ['"lambda_ot": 0.1', '"lambda_ot": 1e999', "ot.lambda_ot"],
    ['"weight_label": 0.001', '"weight_label": -Infinity', `${label}.weight_label`],
    [
      '"obs_keys": ["observation.images.front", "observation.images.wrist"]',
      '"obs_keys": "observation.images"',
      "ot.obs_keys",
    ],
  ])("%s -> %s", (piece, replacement, path) => {
    expect(paths(piece, replacement).errors).toContain(path);
  });

  it("accepts what Python accepts: texts of numbers, true for 1, an empty optimizer", () => {
    expect(paths('"batch_size": 8', '"batch_size": "8"')).toEqual({ errors: [], warnings: ["batch_size"] });
    expect(paths('"seed": 42', '"seed": null')).toEqual({ errors: [], warnings: [] });
    expect(paths('"lambda_ot": 0.1', '"lambda_ot": "1e-1"')).toEqual({
      errors: [],
      warnings: ["ot.lambda_ot"],
    });
    expect(
      paths('"type": "act"', '"type": "act", "replace_final_stride_with_dilation": false').warnings,
    ).toEqual([]);
    expect(paths('"push_to_hub": false', '"push_to_hub": "false"')).toEqual({ errors: [], warnings: [] });
    expect(paths('"seed": 42', '"seed": 42, "optimizer": {}').errors).toEqual([]);
  });

  it("knows the fork profiles apart", () => {
    const errorsOf = (fork: ForkProfile, text = exampleText) =>
      check(text, fork).errors.map(({ path }) => path);
    expect(errorsOf("main")).toEqual(["ot"]);
    expect(errorsOf("ot_r2s")).toEqual(["ot.bc_src_weight"]);
    const unweighted = exampleWith('"bc_src_weight": 0.90,', "");
    expect(
      Object.keys(FORK_PROFILES).map((fork) => [fork, errorsOf(fork as ForkProfile, unweighted)]),
    ).toEqual([
      ["main", ["ot"]],
      ["ot_r2s", []],
      ["weighted-sampling", ["ot.bc_src_weight"]],
      ["train-logging", ["ot.bc_src_weight"]],
    ]);
    const debug = exampleWith('"seed": 42', '"debug": {}');
    expect(errorsOf("weighted-sampling", debug)).toEqual(["debug"]);
    expect(errorsOf("train-logging", debug)).toEqual([]);
  });
});

describe("checkConfig, what the trainer demands afterwards", () => {
  it.each([
    ['"push_to_hub": false,', "", "policy.push_to_hub"],
    ['"n_action_steps": 20', '"n_action_steps": 21', "policy.n_action_steps"],
    ['"n_action_steps": 20', '"n_action_steps": 2, "temporal_ensemble_coeff": 0.01', "policy.n_action_steps"],
    ['"chunk_size": 20', '"chunk_size": 20, "n_obs_steps": 2', "policy.n_obs_steps"],
    ['"chunk_size": 20', '"chunk_size": 20, "vision_backbone": "vit"', "policy.vision_backbone"],
    ['"seed": 42', '"seed": 42, "use_policy_training_preset": false, "optimizer": {}', "scheduler"],
    ['"seed": 42', '"seed": 42, "eval": {"n_episodes": 10}', "eval.batch_size"],
    ['"seed": 42', '"seed": 42, "save_freq": 0', "save_freq"],
    ['"batch_size": 8', '"batch_size": 0', "batch_size"],
    ['"src_repo_id": "lab/source",', "", "ot.src_repo_id"],
    ['"pair_info_path": "pairs.json",', "", "ot.pair_info_path"],
    ['"bc_src_weight": 0.90', '"bc_src_weight": null', "ot.bc_src_weight"],
    ['"tau_src": 1.0,\n      "tau_tgt": 1.0,', "", "ot.loss_config.tau_src"],
    ['"weight_label": 0.001', '"weight_label": 0.0', `${label}.weight_label`],
    ['"dim_slice": [0, 8]', '"dim_slice": [0, 8, 1]', `${label}.dim_slice`],
    [
      '"observation.images.front", "observation.images.wrist"]',
      '"observation.images.front"]',
      "ot.loss_config.features[wrist].src_key",
    ],
    ['"use_learned_embed": false', '"use_learned_embed": true', `${label}.use_learned_embed`],
    ['"src_key": "action",', "", `${label}.src_key`],
    ['"dim_slice": [0, 8]', '"dim_slice": ["0", "8"]', `${label}.dim_slice`],
    ['"dim_slice": [0, 8]', '"dim_slice": "0:8"', `${label}.dim_slice`],
    ['"pair_info_path": "pairs.json"', '"pair_info_path": ""', "ot.pair_info_path"],
    ['"chunk_size": 20', '"chunk_size": 20, "dim_model": 30', "policy.dim_model"],
    ['"chunk_size": 20', '"chunk_size": 20, "dropout": 1.5', "policy.dropout"],
    [
      '"chunk_size": 20',
      '"chunk_size": 20, "feedforward_activation": "tanh"',
      "policy.feedforward_activation",
    ],
    ['"optimizer_lr": 1e-05', '"optimizer_lr": -1e-05', "policy.optimizer_lr"],
    [
      '{ "enable": true }',
      '{ "enable": true, "tfs": { "blur": { "type": "Blur" } } }',
      "dataset.image_transforms.tfs[blur].type",
    ],
  ])("%s -> %s", (piece, replacement, path) => {
    expect(paths(piece, replacement).errors).toEqual([path]);
  });

  it("wants at least one cost term, and a loss that is there", () => {
    const [before = "", after = ""] = exampleText.split(/\[\n {8}\{[\s\S]*\}\n {6}\]/);
    expect(check(`${before}[]${after}`).errors.map(({ path }) => path)).toEqual(["ot.loss_config.features"]);
    const none = check(exampleText.replace(/"loss_config": [\s\S]*\]\n {4}\}/, '"loss_config": null'));
    expect([none.errors, none.warnings.map(({ path }) => path)]).toEqual([[], ["ot.loss_config"]]);
  });

  it("lets obs_keys name all cameras by their prefix", () => {
    expect(
      paths('["observation.images.front", "observation.images.wrist"]', '["observation.images"]').errors,
    ).toEqual([]);
  });

  it("is silent about ot while it is off, and forgiving about the loss at lambda 0", () => {
    const broken = exampleWith('"tau_src": 1.0,\n      "tau_tgt": 1.0,', "");
    expect(check(broken.replace('"lambda_ot": 0.1', '"lambda_ot": 0')).errors).toEqual([]);
    expect(check(broken.replace('"enable": true,\n    "src', '"enable": false,\n    "src')).errors).toEqual(
      [],
    );
  });
});

describe("checkConfig, what is accepted and yet wrong", () => {
  it.each([
    ['"heuristic": true', '"heuristics": true', "ot.loss_config.heuristics"],
    ['"weight_label": 0.001', '"weight_label": 0.001, "term_weight": 2', `${label}.term_weight`],
    ['"heuristic": true', '"heuristic": "false"', "ot.loss_config.heuristic"],
    ['"seed": 42', '"seed": 42, "seed": 43', "seed"],
    [
      '"seed": 42',
      '"seed": 42, "optimizer": {"type": "adamw", "lr": 1e-3, "weight_decay": 1e-4}',
      "optimizer.lr",
    ],
    ['"push_to_hub": false', '"push_to_hub": true, "repo_id": "me/model"', "policy.push_to_hub"],
    ['"episodes": null', '"episodes": [0, 1]', "dataset.episodes"],
    ['"episodes": null', '"streaming": true', "dataset.streaming"],
    ['"eval_freq": 200', '"eval_freq": 0', "eval_freq"],
    ['"seed": 42', '"seed": 42, "resume": true', "resume"],
    ['"enable": true, "disable', '"run_id": "abc", "disable', "wandb.run_id"],
    ['"enable": true, "disable', '"mode": "on-line", "disable', "wandb.mode"],
    ['"lambda_ot": 0.1', '"lambda_ot": -0.01', "ot.lambda_ot"],
    ['"lambda_ot": 0.1', '"lambda_ot": "1_0.5"', "ot.lambda_ot"],
    ['"seed": 42', '"checkpoint_path": "x"', "checkpoint_path"],
    ['"lambda_ot": 0.1', '"lambda_ot": 0', "ot.lambda_ot"],
    ['"enable": true,\n    "src', '"enable": false,\n    "src', "ot.enable"],
    ['"reg": 0.5', '"reg": 0', "ot.loss_config.reg"],
    ['"reg": 0.5', '"reg": -0.5', "ot.loss_config.reg"],
    ['"tau_src": 1.0', '"tau_src": -1', "ot.loss_config.tau_src"],
    ['"optimizer_lr": 1e-05', '"optimizer_lr": 1000', "policy.optimizer_lr"],
    ['"optimizer_lr_backbone": 1e-05', '"optimizer_lr_backbone": 0.011', "policy.optimizer_lr_backbone"],
    ['"term_name": "wrist"', '"term_name": "action_lbl"', label],
    ['"bc_src_weight": 0.90', '"bc_src_weight": 90', "ot.bc_src_weight"],
    ['"heuristic": true', '"heuristic": null', "ot.loss_config.heuristic"],
    ['"use_learned_embed": false', '"use_learned_embed": null', `${label}.use_learned_embed`],
    ['"window_size": 8', '"window_size": -8', "ot.window_size"],
    ['"window_size": 8', '"window_size": 8, "no_window": true', "ot.window_size"],
    ['"window_size": 8', '"window_size": 8, "sharpness": -1', "ot.sharpness"],
    ['"topk_src_episodes": 15', '"topk_src_episodes": 0', "ot.topk_src_episodes"],
    ['"weight_label": 0.001', '"weight_label": -0.001', `${label}.weight_label`],
    [
      '"term_name": "wrist"',
      '"term_name": "wrist", "embed_name": "x"',
      "ot.loss_config.features[wrist].embed_name",
    ],
    ['"dim_slice": [0, 8]', '"dim_slice": [8, 8]', `${label}.dim_slice`],
    ['"dim_slice": [0, 8]', '"dim_slice": {"from": 0, "to": 8}', `${label}.dim_slice`],
    ['"eval_freq": 200', '"eval_freq": 20000', "eval_freq"],
    ['"eval_freq": 200', '"eval_freq": 200, "log_freq": 5000', "log_freq"],
    ['"bc_src_weight": 0.90', '"bc_src_weight": 0.9, "batch_ratio": 50', "ot.batch_ratio"],
    [
      '"type": "act"',
      '"type": "act", "normalization_mapping": {"STAET": "MEAN_STD"}',
      "policy.normalization_mapping",
    ],
  ])("%s -> %s", (piece, replacement, path) => {
    expect(paths(piece, replacement)).toEqual({ errors: [], warnings: [path] });
  });

  it("says when ordinary label differences would break the plan, and what that means", () => {
    const [warning] = check(exampleWith('"weight_label": 0.001', '"weight_label": 2')).warnings;
    expect(warning?.path).toBe(`${label}.weight_label`);
    // sqrt(709.78 * .5 / (2 * 20 * 8))
    expect(warning?.message).toContain("709.78 * reg = 355 break the plan");
    expect(warning?.message).toContain("difference of 1.1 per value (20 x 8, raw units)");
  });
});

describe("isActWithOt", () => {
  it("asks for both", () => {
    const config = (type: Json, enable: Json) => ({ policy: { type }, ot: { enable } });
    expect(isActWithOt(config("act", true))).toBe(true);
    expect(isActWithOt(config("diffusion", true))).toBe(false);
    expect(isActWithOt(config("act", false))).toBe(false);
    expect(isActWithOt({ policy: { type: "act" } })).toBe(false);
  });
});
