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
  config.value("policy") === null ? [error("policy", "check.no-policy")] : [];

/** It would train, as plain ACT; but a round takes ACT with OT only. */
const otIsOff: Rule = (config) =>
  config.traits.ot && config.text("policy.type") === "act" && config.value("ot.enable") !== true
    ? [warning("ot.enable", "check.ot-off")]
    : [];

const pushToHub: Rule = (config) => {
  if (config.value("policy.push_to_hub") !== true) return [];
  const path = "policy.push_to_hub";
  return config.value("policy.repo_id") === null
    ? [error(path, "check.push-to-hub")]
    : [warning(path, "check.upload")];
};

const actShape: Rule = (config) => {
  const chunk = config.number("policy.chunk_size") ?? 0;
  const actions = config.number("policy.n_action_steps") ?? 0;
  const ensemble = config.number("policy.temporal_ensemble_coeff");
  const backbone = config.text("policy.vision_backbone");
  return [
    ...(config.number("policy.n_obs_steps") === 1
      ? []
      : [error("policy.n_obs_steps", "check.one-observation")]),
    ...(actions > chunk
      ? [
          error("policy.n_action_steps", "check.more-than", {
            value: actions,
            key: "policy.chunk_size",
            limit: chunk,
          }),
        ]
      : []),
    ...(ensemble !== undefined && actions > 1 ? [error("policy.n_action_steps", "check.ensemble")] : []),
    ...(backbone?.startsWith("resnet") === false
      ? [error("policy.vision_backbone", "check.no-resnet", { value: backbone })]
      : []),
  ];
};

const activations: readonly string[] = ["relu", "gelu", "glu"];

/** What torch refuses when the network is built. */
const network: Rule = (config) => {
  const [width, heads] = [config.number("policy.dim_model"), config.number("policy.n_heads")];
  const dropout = config.number("policy.dropout") ?? 0;
  const activation = config.text("policy.feedforward_activation") ?? "relu";
  return [
    ...(width !== undefined && heads !== undefined && width % heads !== 0
      ? [
          error("policy.dim_model", "check.no-multiple", {
            value: width,
            key: "policy.n_heads",
            divisor: heads,
          }),
        ]
      : []),
    ...(dropout < 0 || dropout > 1
      ? [error("policy.dropout", "check.no-probability", { value: dropout })]
      : []),
    ...(activations.includes(activation)
      ? []
      : [
          error("policy.feedforward_activation", "check.none-of", {
            value: JSON.stringify(activation),
            known: [...activations],
          }),
        ]),
    ...["policy.optimizer_lr", "policy.optimizer_lr_backbone"]
      .filter((path) => (config.number(path) ?? 0) < 0)
      .map((path) => error(path, "check.negative-rate")),
  ];
};

/** AdamW moves every weight by about the rate in one step, and those of the network are smaller than this. */
const HIGH_RATE = 1e-2;

/** The trainer takes any rate; one that somebody mistyped trains on nothing but noise. */
const highRate: Rule = (config) => {
  const preset = config.value("use_policy_training_preset") === true;
  const paths = [preset ? "policy.optimizer_lr" : "optimizer.lr", "policy.optimizer_lr_backbone"];
  return paths.flatMap((path) => {
    const value = config.number(path) ?? 0;
    return value > HIGH_RATE ? [warning(path, "check.high-rate", { value, limit: HIGH_RATE })] : [];
  });
};

const optimizerSource: Rule = (config) => {
  if (config.value("use_policy_training_preset") === true) return shadowedOptimizer(config);
  return ["optimizer", "scheduler"]
    .filter((block) => config.value(block) === null)
    .map((block) => error(block, "check.no-preset"));
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
      : [warning(written, "check.preset-optimizer", { key: used, value: effective ?? null })];
  }),
  ...(config.value("scheduler") === null ? [] : [warning("scheduler", "check.preset-scheduler")]),
];

const evalBatch: Rule = (config) => {
  const [batch, episodes] = [config.number("eval.batch_size"), config.number("eval.n_episodes")];
  return batch !== undefined && episodes !== undefined && batch > episodes
    ? [error("eval.batch_size", "check.more-than", { value: batch, key: "eval.n_episodes", limit: episodes })]
    : [];
};

const counts: Rule = (config) => {
  const atMostZero = (path: string) => (config.number(path) ?? 1) <= 0;
  return [
    ...(atMostZero("batch_size") ? [error("batch_size", "check.at-least-1")] : []),
    ...((config.number("num_workers") ?? 0) < 0 ? [error("num_workers", "check.negative")] : []),
    ...(config.number("save_freq") === 0 ? [error("save_freq", "check.save-freq")] : []),
    ...(atMostZero("steps") ? [warning("steps", "check.no-steps")] : []),
    ...(atMostZero("log_freq") ? [warning("log_freq", "check.no-log")] : []),
    ...(atMostZero("eval_freq") ? [warning("eval_freq", "check.no-eval")] : []),
    ...["eval_freq", "log_freq"]
      .filter((path) => (config.number(path) ?? 0) > (config.number("steps") ?? 0))
      .map((path) => warning(path, "check.never")),
  ];
};

const dataset: Rule = (config) => [
  ...(isSet(config, "dataset.episodes") ? [warning("dataset.episodes", "check.episodes")] : []),
  ...(config.value("dataset.streaming") === true ? [warning("dataset.streaming", "check.streaming")] : []),
  ...(isSet(config, "env") ? [warning("env", "check.env")] : []),
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
      : [
          error(`dataset.image_transforms.tfs[${name}].type`, "check.none-of", {
            value: JSON.stringify(type),
            known,
          }),
        ];
  });
};

const featuresAreFilled: Rule = (config) => {
  const features = config.value("policy.input_features");
  return features !== undefined && isJsonObject(features) && Object.keys(features).length > 0
    ? [warning("policy.input_features", "check.filled-features")]
    : [];
};

const runLocal: Rule = (config) => [
  ...(config.value("resume") === true ? [warning("resume", "check.resume")] : []),
  ...(isSet(config, "checkpoint_path") ? [warning("checkpoint_path", "check.checkpoint")] : []),
  ...(isSet(config, "wandb.run_id") ? [warning("wandb.run_id", "check.run-id")] : []),
  ...(["online", "offline", "disabled", undefined].includes(config.text("wandb.mode"))
    ? []
    : [warning("wandb.mode", "check.wandb-mode")]),
];

const normalizationKeys: Rule = (config) => {
  const mapping = config.value("policy.normalization_mapping");
  if (mapping === undefined || !isJsonObject(mapping)) return [];
  const known = ["VISUAL", "STATE", "ACTION", "ENV", "REWARD", "LANGUAGE"];
  return Object.keys(mapping)
    .filter((key) => !known.includes(key))
    .map((key) => warning("policy.normalization_mapping", "check.no-feature-kind", { name: key }));
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
const actRules: readonly Rule[] = [actShape, network, highRate, normalizationKeys];
