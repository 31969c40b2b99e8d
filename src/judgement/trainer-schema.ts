/**
 * What the trainer accepts as configuration, as data (trainer facts 2.3 to 2.6, 3 and 4). One tree for all fork profiles;
 * `trainerSchema` leaves out what a profile does not know.
 */
import type { Json } from "../json.ts";
import {
  anything,
  bool,
  choice,
  type Field,
  type Fields,
  float,
  int,
  list,
  map,
  nullable,
  object,
  path,
  required,
  str,
  unset,
} from "./trainer-schema-field.ts";
import { actPolicy, optimizers, otherPolicies, schedulers } from "./trainer-schema-policy.ts";

export type ForkProfile = "main" | "ot_r2s" | "weighted-sampling" | "train-logging";

export interface ForkTraits {
  /** The block `ot` exists. */
  readonly ot: boolean;
  /** `ot.bc_src_weight` and `ot.normalize_bc_weights_by_ds_size` exist, and the former must be set. */
  readonly bcSrcWeight: boolean;
  /** The block `debug` exists. */
  readonly debug: boolean;
}

/** Versions of the trainer that differ in what they accept (trainer facts 2.2). */
export const FORK_PROFILES: Readonly<Record<ForkProfile, ForkTraits>> = {
  main: { ot: false, bcSrcWeight: false, debug: false },
  ot_r2s: { ot: true, bcSrcWeight: false, debug: false },
  "weighted-sampling": { ot: true, bcSrcWeight: true, debug: false },
  "train-logging": { ot: true, bcSrcWeight: true, debug: true },
};

/** The trainer's whole configuration at one fork profile. */
export function trainerSchema(fork: ForkProfile): Field {
  const traits = FORK_PROFILES[fork];
  return object("TrainPipelineConfig", {
    dataset: required(dataset),
    env: nullable(anything()),
    policy: nullable(choice("PreTrainedConfig", { options: { act: actPolicy }, unmodelled: otherPolicies })),
    ...(traits.ot ? { ot: otBlock(traits) } : {}),
    output_dir: nullable(path()),
    job_name: nullable(str()),
    resume: bool(false),
    seed: nullable(int(), 1000),
    num_workers: int(4),
    batch_size: int(8),
    steps: int(100_000),
    eval_freq: int(20_000),
    log_freq: int(200),
    save_checkpoint: bool(true),
    save_freq: int(20_000),
    use_policy_training_preset: bool(true),
    optimizer: nullable(choice("OptimizerConfig", { options: optimizers, fallback: "adam" })),
    scheduler: nullable(choice("LRSchedulerConfig", { options: schedulers })),
    eval: object("EvalConfig", { n_episodes: int(50), batch_size: int(50), use_async_envs: bool(false) }),
    ...(traits.debug
      ? { debug: object("DebugConfig", { instrument: bool(true), log_first_batch_images: bool(false) }) }
      : {}),
    wandb,
    checkpoint_path: nullable(path()),
    rename_map: map(str()),
  });
}

const imageTransforms: Json = {
  brightness: { weight: 1, type: "ColorJitter", kwargs: { brightness: [0.8, 1.2] } },
  contrast: { weight: 1, type: "ColorJitter", kwargs: { contrast: [0.8, 1.2] } },
  saturation: { weight: 1, type: "ColorJitter", kwargs: { saturation: [0.5, 1.5] } },
  hue: { weight: 1, type: "ColorJitter", kwargs: { hue: [-0.05, 0.05] } },
  sharpness: { weight: 1, type: "SharpnessJitter", kwargs: { sharpness: [0.5, 1.5] } },
  affine: { weight: 1, type: "RandomAffine", kwargs: { degrees: [-5, 5], translate: [0.05, 0.05] } },
};

const dataset = object("DatasetConfig", {
  repo_id: required(str()),
  root: nullable(str()),
  episodes: nullable(list(int())),
  image_transforms: object("ImageTransformsConfig", {
    enable: bool(false),
    max_num_transforms: int(3),
    random_order: bool(false),
    tfs: map(
      object("ImageTransformConfig", { weight: float(1), type: str("Identity"), kwargs: map(anything()) }),
      imageTransforms,
    ),
  }),
  revision: nullable(str()),
  use_imagenet_stats: bool(true),
  // The default is torchcodec where that imports, else pyav: it depends on the machine.
  video_backend: unset(str()),
  streaming: bool(false),
});

const wandb = object("WandBConfig", {
  enable: bool(false),
  disable_artifact: bool(false),
  project: str("lerobot"),
  entity: nullable(str()),
  notes: nullable(str()),
  run_id: nullable(str()),
  mode: nullable(str()),
});

/** One cost term. Free-form: the trainer reads these keys and silently ignores all others. */
const otFeature: Fields = {
  src_key: required(str()),
  // Absent: the same as src_key.
  tgt_key: unset(str()),
  term_name: unset(nullable(str())),
  dim_slice: nullable(anything()),
  use_learned_embed: bool(false),
  weight_embed: float(1),
  weight_label: float(1),
  embed_name: unset(nullable(str())),
};

const otLoss: Fields = {
  reg: float(0.01),
  tau_src: nullable(float()),
  tau_tgt: nullable(float()),
  heuristic: bool(false),
  features: list(object("OTFeatureConfig", otFeature, { open: true }), []),
};

function otBlock({ bcSrcWeight }: ForkTraits): Field {
  return object("OTConfig", {
    enable: bool(false),
    src_repo_id: nullable(str()),
    src_root: nullable(str()),
    pair_info_path: nullable(str()),
    batch_ratio: float(0.5),
    lambda_ot: float(1),
    obs_keys: list(str(), ["observation.state"]),
    base_index_src: int(0),
    base_index_tgt: int(0),
    window_size: int(0),
    no_window: bool(false),
    sharpness: float(0),
    topk_src_episodes: nullable(int()),
    loss_config: nullable(object("OTLossConfig", otLoss, { open: true })),
    ...(bcSrcWeight ? { bc_src_weight: nullable(float()), normalize_bc_weights_by_ds_size: bool(true) } : {}),
  });
}
