/** The parts of the trainer's schema that are chosen by a key `type`: policies, optimizers, schedulers. */
import {
  anything,
  bool,
  type Fields,
  float,
  int,
  list,
  map,
  nullable,
  object,
  oneOf,
  path,
  required,
  str,
  tuple,
} from "./trainer-schema-field.ts";

const features = map(
  object("PolicyFeature", {
    type: required(oneOf(["STATE", "VISUAL", "ENV", "ACTION", "REWARD", "LANGUAGE"])),
    shape: required(list(int())),
  }),
);

const normalization = oneOf(["MIN_MAX", "MEAN_STD", "IDENTITY", "QUANTILES", "QUANTILE10"]);

export const actPolicy: Fields = {
  n_obs_steps: int(1),
  input_features: features,
  output_features: features,
  device: nullable(str()),
  use_amp: bool(false),
  push_to_hub: bool(true),
  repo_id: nullable(str()),
  private: nullable(bool()),
  tags: nullable(list(str())),
  license: nullable(str()),
  pretrained_path: nullable(path()),
  chunk_size: int(100),
  n_action_steps: int(100),
  normalization_mapping: map(normalization, { VISUAL: "MEAN_STD", STATE: "MEAN_STD", ACTION: "MEAN_STD" }),
  vision_backbone: str("resnet18"),
  pretrained_backbone_weights: nullable(str(), "ResNet18_Weights.IMAGENET1K_V1"),
  // Annotated as int in the trainer; files say false.
  replace_final_stride_with_dilation: int(0),
  pre_norm: bool(false),
  dim_model: int(512),
  n_heads: int(8),
  dim_feedforward: int(3200),
  feedforward_activation: str("relu"),
  n_encoder_layers: int(4),
  n_decoder_layers: int(1),
  use_vae: bool(true),
  latent_dim: int(32),
  n_vae_encoder_layers: int(4),
  temporal_ensemble_coeff: nullable(float()),
  dropout: float(0.1),
  kl_weight: float(10),
  optimizer_lr: float(1e-5),
  optimizer_weight_decay: float(1e-4),
  optimizer_lr_backbone: float(1e-5),
};

/** Policies of the trainer that are none of our business: named so that they are refused for that, and not called unknown. */
export const otherPolicies = [
  "diffusion",
  "groot",
  "pi0",
  "pi05",
  "smolvla",
  "tdmpc",
  "vqbet",
  "sac",
  "reward_classifier",
] as const;

const lr = float(1e-3);
const clip = float(10);
const adamMoments: Fields = { betas: tuple(float(), [0.9, 0.999]), eps: float(1e-8) };

export const optimizers: Readonly<Record<string, Fields>> = {
  adam: { lr, weight_decay: float(0), grad_clip_norm: clip, ...adamMoments },
  adamw: { lr, weight_decay: float(1e-2), grad_clip_norm: clip, ...adamMoments },
  sgd: {
    lr,
    weight_decay: float(0),
    grad_clip_norm: clip,
    momentum: float(0),
    dampening: float(0),
    nesterov: bool(false),
  },
  multi_adam: { lr, weight_decay: float(0), grad_clip_norm: clip, optimizer_groups: map(map(anything())) },
};

export const schedulers: Readonly<Record<string, Fields>> = {
  diffuser: { name: str("cosine"), num_warmup_steps: nullable(int()) },
  vqbet: {
    num_warmup_steps: required(int()),
    num_vqvae_training_steps: required(int()),
    num_cycles: float(0.5),
  },
  cosine_decay_with_warmup: {
    num_warmup_steps: required(int()),
    num_decay_steps: required(int()),
    peak_lr: required(float()),
    decay_lr: required(float()),
  },
};
