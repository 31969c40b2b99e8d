/** What the trainer checks, or should check, after a file was read: everything outside `ot` (trainer facts 2.3 to 2.5, 3, 4, 7, 10). */
import { isJsonObject } from "../json.ts";
import { error, type Issue, warning } from "./config-issues.ts";
import type { ConfigView } from "./config-view.ts";

type Rule = (config: ConfigView) => readonly Issue[];

export function generalIssues(config: ConfigView): readonly Issue[] {
  const rules = config.text("policy.type") === "act" ? [...generalRules, ...actRules] : generalRules;
  return rules.flatMap((rule) => rule(config));
}

const policyIsThere: Rule = (config) =>
  config.value("policy") === null ? [error("policy", "No policy is configured.")] : [];

/** It would train, as plain ACT; but a round takes ACT with OT only. */
const otIsOff: Rule = (config) =>
  config.traits.ot && config.text("policy.type") === "act" && config.value("ot.enable") !== true
    ? [warning("ot.enable", "OT is off: this is plain ACT, which is neither judged nor proposed here.")]
    : [];

const pushToHub: Rule = (config) => {
  if (config.value("policy.push_to_hub") !== true) return [];
  const path = "policy.push_to_hub";
  return config.value("policy.repo_id") === null
    ? [error(path, "It is true (also when absent), and that needs `policy.repo_id`. Write false.")]
    : [warning(path, "The trained model would be uploaded to the Hugging Face hub.")];
};

const actShape: Rule = (config) => {
  const chunk = config.number("policy.chunk_size") ?? 0;
  const actions = config.number("policy.n_action_steps") ?? 0;
  const ensemble = config.number("policy.temporal_ensemble_coeff");
  const backbone = config.text("policy.vision_backbone");
  return [
    ...(config.number("policy.n_obs_steps") === 1
      ? []
      : [error("policy.n_obs_steps", "ACT takes exactly 1 observation step.")]),
    ...(actions > chunk
      ? [error("policy.n_action_steps", `${actions} is more than \`policy.chunk_size\` (${chunk}).`)]
      : []),
    ...(ensemble !== undefined && actions > 1
      ? [error("policy.n_action_steps", "It must be 1 when `policy.temporal_ensemble_coeff` is set.")]
      : []),
    ...(backbone?.startsWith("resnet") === false
      ? [error("policy.vision_backbone", `"${backbone}" is no resnet.`)]
      : []),
  ];
};

/** What torch refuses when the network is built. */
const network: Rule = (config) => {
  const [width, heads] = [config.number("policy.dim_model"), config.number("policy.n_heads")];
  const dropout = config.number("policy.dropout") ?? 0;
  const activation = config.text("policy.feedforward_activation") ?? "relu";
  return [
    ...(width !== undefined && heads !== undefined && width % heads !== 0
      ? [error("policy.dim_model", `${width} is no multiple of \`policy.n_heads\` (${heads}).`)]
      : []),
    ...(dropout < 0 || dropout > 1 ? [error("policy.dropout", `${dropout} is no probability: 0 to 1.`)] : []),
    ...(["relu", "gelu", "glu"].includes(activation)
      ? []
      : [error("policy.feedforward_activation", `"${activation}" is none of relu, gelu, glu.`)]),
    ...["policy.optimizer_lr", "policy.optimizer_lr_backbone"]
      .filter((path) => (config.number(path) ?? 0) < 0)
      .map((path) => error(path, "A learning rate must not be negative.")),
  ];
};

const optimizerSource: Rule = (config) => {
  if (config.value("use_policy_training_preset") === true) return shadowedOptimizer(config);
  return ["optimizer", "scheduler"]
    .filter((block) => config.value(block) === null)
    .map((block) => error(block, "It must be set when `use_policy_training_preset` is false."));
};

const shadowedOptimizer: Rule = (config) => [
  ...(
    [
      ["optimizer.lr", "policy.optimizer_lr"],
      ["optimizer.weight_decay", "policy.optimizer_weight_decay"],
    ] as const
  ).flatMap(([written, used]) => {
    const [ignored, effective] = [config.number(written), config.number(used)];
    return ignored === undefined || ignored === effective
      ? []
      : [warning(written, `It has no effect under the policy's preset: \`${used}\` (${effective}) counts.`)];
  }),
  ...(config.value("scheduler") === null
    ? []
    : [warning("scheduler", "It has no effect under the policy's preset, which uses none.")]),
];

const evalBatch: Rule = (config) => {
  const [batch, episodes] = [config.number("eval.batch_size"), config.number("eval.n_episodes")];
  return batch !== undefined && episodes !== undefined && batch > episodes
    ? [error("eval.batch_size", `${batch} is more than \`eval.n_episodes\` (${episodes}).`)]
    : [];
};

const counts: Rule = (config) => {
  const atMostZero = (path: string) => (config.number(path) ?? 1) <= 0;
  return [
    ...(atMostZero("batch_size") ? [error("batch_size", "It must be at least 1.")] : []),
    ...((config.number("num_workers") ?? 0) < 0 ? [error("num_workers", "It must not be negative.")] : []),
    ...(config.number("save_freq") === 0
      ? [
          error(
            "save_freq",
            "0 is divided by after step 1. To save at the end only, write more than `steps`.",
          ),
        ]
      : []),
    ...(atMostZero("steps") ? [warning("steps", "Nothing would be trained.")] : []),
    ...(atMostZero("log_freq") ? [warning("log_freq", "Nothing would be logged.")] : []),
    ...(atMostZero("eval_freq")
      ? [warning("eval_freq", "There would be no offline eval, and another split into train and hold-out.")]
      : []),
    ...["eval_freq", "log_freq"]
      .filter((path) => (config.number(path) ?? 0) > (config.number("steps") ?? 0))
      .map((path) => warning(path, "It is more than `steps`: it would never come.")),
  ];
};

const dataset: Rule = (config) => [
  ...(isSet(config, "dataset.episodes")
    ? [
        warning(
          "dataset.episodes",
          "Positions are taken for episode ids, so other episodes train. Keep it null.",
        ),
      ]
    : []),
  ...(config.value("dataset.streaming") === true
    ? [warning("dataset.streaming", "There is no offline eval when streaming.")]
    : []),
  ...(isSet(config, "env") ? [warning("env", "The offline eval runs only without an environment.")] : []),
];

const transforms: Rule = (config) => {
  const known = ["Identity", "ColorJitter", "SharpnessJitter", "RandomAffine"];
  const all = config.value("dataset.image_transforms.tfs");
  if (config.value("dataset.image_transforms.enable") !== true || all === undefined || !isJsonObject(all))
    return [];
  return Object.entries(all).flatMap(([name, transform]) => {
    const type = transform !== null && isJsonObject(transform) ? transform["type"] : undefined;
    return typeof type !== "string" || known.includes(type)
      ? []
      : [error(`dataset.image_transforms.tfs[${name}].type`, `"${type}" is none of ${known.join(", ")}.`)];
  });
};

const featuresAreFilled: Rule = (config) => {
  const features = config.value("policy.input_features");
  return features !== undefined && isJsonObject(features) && Object.keys(features).length > 0
    ? [
        warning(
          "policy.input_features",
          "Usually left empty: a filled map comes from a checkpoint's saved file.",
        ),
      ]
    : [];
};

const runLocal: Rule = (config) => [
  ...(config.value("resume") === true ? [warning("resume", "A variant never resumes another run.")] : []),
  ...(isSet(config, "checkpoint_path")
    ? [warning("checkpoint_path", "It belongs to a saved run, not to a new one.")]
    : []),
  ...(isSet(config, "wandb.run_id")
    ? [warning("wandb.run_id", "An inherited id overwrites that run's history. Every attempt gets its own.")]
    : []),
  ...(["online", "offline", "disabled", undefined].includes(config.text("wandb.mode"))
    ? []
    : [warning("wandb.mode", "Only online, offline and disabled are known; anything else means online.")]),
];

const normalizationKeys: Rule = (config) => {
  const mapping = config.value("policy.normalization_mapping");
  if (mapping === undefined || !isJsonObject(mapping)) return [];
  const known = ["VISUAL", "STATE", "ACTION", "ENV", "REWARD", "LANGUAGE"];
  return Object.keys(mapping)
    .filter((key) => !known.includes(key))
    .map((key) =>
      warning("policy.normalization_mapping", `"${key}" is no kind of feature: it changes nothing.`),
    );
};

function isSet(config: ConfigView, path: string): boolean {
  return (config.value(path) ?? null) !== null;
}

const generalRules: readonly Rule[] = [
  policyIsThere,
  otIsOff,
  pushToHub,
  optimizerSource,
  evalBatch,
  counts,
  dataset,
  transforms,
  featuresAreFilled,
  runLocal,
];
const actRules: readonly Rule[] = [actShape, network, normalizationKeys];
