import { float, int, type Literal } from "./literal.ts";

/** A field of the trainer's configuration tree (trainer facts 2.3-2.6). */
export type Field =
  | {
      readonly kind: "int" | "float" | "bool" | "str" | "any";
      readonly optional: boolean;
      /** undefined = required. */
      readonly initial: Literal | undefined;
    }
  | {
      readonly kind: "list";
      readonly of: "int" | "float" | "str";
      readonly optional: boolean;
      readonly initial: Literal;
    }
  | Group;

export interface Group {
  readonly kind: "group";
  /** The Python class, as error messages name it. */
  readonly className: string;
  /** What a `type` key selects among; null = a plain class. */
  readonly choices: readonly string[] | null;
  readonly fields: Readonly<Record<string, Field>>;
  /** null allowed, and the default. */
  readonly optional: boolean;
}

const integer = (initial: number): Field => ({ kind: "int", optional: false, initial: int(initial) });
const real = (initial: number): Field => ({ kind: "float", optional: false, initial: float(initial) });
const flag = (initial: boolean): Field => ({ kind: "bool", optional: false, initial });
const text = (initial: string): Field => ({ kind: "str", optional: false, initial });
const needed: Field = { kind: "str", optional: false, initial: undefined };
const maybe = (kind: "int" | "float" | "bool" | "str", initial: Literal = null): Field => ({
  kind,
  optional: true,
  initial,
});
const anything = (initial: Literal): Field => ({ kind: "any", optional: true, initial });
const list = (of: "int" | "float" | "str", initial: Literal = null): Field => ({
  kind: "list",
  of,
  optional: initial === null,
  initial,
});
const group = (className: string, fields: Readonly<Record<string, Field>>): Group => ({
  kind: "group",
  className,
  choices: null,
  fields,
  optional: false,
});
const choice = (
  className: string,
  choices: readonly string[],
  fields: Readonly<Record<string, Field>>,
): Group => ({
  kind: "group",
  className,
  choices,
  fields,
  optional: true,
});

const map = (entries: Readonly<Record<string, Literal>>): Literal => new Map(Object.entries(entries));
const transform = (type: string, kwargs: Readonly<Record<string, readonly [number, number]>>): Literal =>
  map({
    weight: float(1),
    type,
    kwargs: map(Object.fromEntries(Object.entries(kwargs).map(([key, range]) => [key, range.map(float)]))),
  });

const TRANSFORMS = map({
  brightness: transform("ColorJitter", { brightness: [0.8, 1.2] }),
  contrast: transform("ColorJitter", { contrast: [0.8, 1.2] }),
  saturation: transform("ColorJitter", { saturation: [0.5, 1.5] }),
  hue: transform("ColorJitter", { hue: [-0.05, 0.05] }),
  sharpness: transform("SharpnessJitter", { sharpness: [0.5, 1.5] }),
  affine: transform("RandomAffine", { degrees: [-5, 5], translate: [0.05, 0.05] }),
});

const DATASET = group("DatasetConfig", {
  repo_id: needed,
  root: maybe("str"),
  episodes: list("int"),
  image_transforms: group("ImageTransformsConfig", {
    enable: flag(false),
    max_num_transforms: integer(3),
    random_order: flag(false),
    tfs: anything(TRANSFORMS),
  }),
  revision: maybe("str"),
  use_imagenet_stats: flag(true),
  video_backend: text("pyav"),
  streaming: flag(false),
});

const POLICY = choice("PreTrainedConfig", ["act"], {
  n_obs_steps: integer(1),
  input_features: anything(map({})),
  output_features: anything(map({})),
  device: maybe("str"),
  use_amp: flag(false),
  push_to_hub: flag(true),
  repo_id: maybe("str"),
  private: maybe("bool"),
  tags: list("str"),
  license: maybe("str"),
  pretrained_path: maybe("str"),
  chunk_size: integer(100),
  n_action_steps: integer(100),
  normalization_mapping: anything(map({ VISUAL: "MEAN_STD", STATE: "MEAN_STD", ACTION: "MEAN_STD" })),
  vision_backbone: text("resnet18"),
  pretrained_backbone_weights: maybe("str", "ResNet18_Weights.IMAGENET1K_V1"),
  replace_final_stride_with_dilation: { kind: "any", optional: false, initial: false },
  pre_norm: flag(false),
  dim_model: integer(512),
  n_heads: integer(8),
  dim_feedforward: integer(3200),
  feedforward_activation: text("relu"),
  n_encoder_layers: integer(4),
  n_decoder_layers: integer(1),
  use_vae: flag(true),
  latent_dim: integer(32),
  n_vae_encoder_layers: integer(4),
  temporal_ensemble_coeff: maybe("float"),
  dropout: real(0.1),
  kl_weight: real(10),
  optimizer_lr: real(1e-5),
  optimizer_weight_decay: real(1e-4),
  optimizer_lr_backbone: real(1e-5),
});

const OPTIMIZER = choice("OptimizerConfig", ["adam", "adamw", "sgd", "multi_adam"], {
  lr: real(1e-3),
  weight_decay: real(0.01),
  grad_clip_norm: real(10),
  betas: list("float", [float(0.9), float(0.999)]),
  eps: real(1e-8),
});

const SCHEDULER = choice("LRSchedulerConfig", ["diffuser", "vqbet", "cosine_decay_with_warmup"], {
  name: maybe("str"),
  num_warmup_steps: maybe("int"),
  num_vqvae_training_steps: maybe("int"),
  num_cycles: maybe("float"),
  num_decay_steps: maybe("int"),
  peak_lr: maybe("float"),
  decay_lr: maybe("float"),
});

const OT = group("OTConfig", {
  enable: flag(false),
  src_repo_id: maybe("str"),
  src_root: maybe("str"),
  pair_info_path: maybe("str"),
  batch_ratio: real(0.5),
  lambda_ot: real(1),
  obs_keys: list("str", ["observation.state"]),
  base_index_src: integer(0),
  base_index_tgt: integer(0),
  window_size: integer(0),
  loss_config: anything(null),
  sharpness: real(0),
  no_window: flag(false),
  topk_src_episodes: maybe("int"),
  bc_src_weight: maybe("float"),
  normalize_bc_weights_by_ds_size: flag(true),
});

/** The whole tree, in the order in which the trainer saves it. */
export const CONFIG_SCHEMA: Group = group("TrainPipelineConfig", {
  dataset: DATASET,
  env: anything(null),
  policy: POLICY,
  ot: OT,
  output_dir: maybe("str"),
  job_name: maybe("str"),
  resume: flag(false),
  seed: maybe("int", int(1000)),
  num_workers: integer(4),
  batch_size: integer(8),
  steps: integer(100_000),
  eval_freq: integer(20_000),
  log_freq: integer(200),
  save_checkpoint: flag(true),
  save_freq: integer(20_000),
  use_policy_training_preset: flag(true),
  optimizer: OPTIMIZER,
  scheduler: SCHEDULER,
  eval: group("EvalConfig", {
    n_episodes: integer(50),
    batch_size: integer(50),
    use_async_envs: flag(false),
  }),
  debug: group("DebugConfig", { instrument: flag(true), log_first_batch_images: flag(false) }),
  wandb: group("WandBConfig", {
    enable: flag(false),
    disable_artifact: flag(false),
    project: text("lerobot"),
    entity: maybe("str"),
    notes: maybe("str"),
    run_id: maybe("str"),
    mode: maybe("str"),
  }),
  checkpoint_path: maybe("str"),
  rename_map: anything(map({})),
});
