/** The plan's six first configurations, complete and launchable, in the plan's order of priority. */
export interface PlanConfig {
  /** File name: `act_fr3_ot_*.json` finds all six, alphabetical order is the order of priority. */
  readonly file: string;
  /** 1 is tried first. */
  readonly priority: number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What tells the six apart; the rest is common to all. */
interface Idea {
  readonly name: string;
  readonly windowSize: number;
  readonly noWindow?: boolean;
  readonly sharpness: number;
  readonly tau: number;
  readonly reg: number;
  readonly lambda: number;
  readonly weightLabel: number;
  readonly batchRatio?: number;
  /** null = every source episode. */
  readonly topk: number | null;
}

const IDEAS: readonly Idea[] = [
  {
    name: "balanced",
    windowSize: 8,
    sharpness: 0.75,
    tau: 1,
    reg: 0.15,
    lambda: 0.14,
    weightLabel: 0.015,
    topk: 15,
  },
  {
    name: "strict",
    windowSize: 0,
    sharpness: 2,
    tau: 0.5,
    reg: 0.15,
    lambda: 0.18,
    weightLabel: 0.03,
    batchRatio: 0.75,
    topk: 10,
  },
  {
    name: "robust",
    windowSize: 8,
    noWindow: true,
    sharpness: 0.5,
    tau: 2,
    reg: 0.15,
    lambda: 0.15,
    weightLabel: 0.01,
    topk: 15,
  },
  { name: "tight", windowSize: 6, sharpness: 1, tau: 1, reg: 0.2, lambda: 0.16, weightLabel: 0.01, topk: 15 },
  {
    name: "light",
    windowSize: 12,
    sharpness: 0.5,
    tau: 0.25,
    reg: 0.1,
    lambda: 0.08,
    weightLabel: 0.005,
    topk: 15,
  },
  {
    name: "topk",
    windowSize: 8,
    sharpness: 0.5,
    tau: 1,
    reg: 0.2,
    lambda: 0.12,
    weightLabel: 0.02,
    topk: 20,
  },
];

const CAMERAS = [
  { key: "observation.images.third_person_cam_color", term: "img_third_person" },
  { key: "observation.images.ee_cam_color", term: "img_ee" },
  { key: "observation.images.side_cam_color", term: "img_side" },
] as const;

/** Opened by the trainer relative to its working directory; whoever uses the configurations has to put a file there. */
export const PAIR_INFO_PATH = "data/pair_info.json";

export function planConfigs(): readonly PlanConfig[] {
  return IDEAS.map((idea, i) => ({
    file: `act_fr3_ot_${i + 1}_${idea.name}.json`,
    priority: i + 1,
    config: configOf(idea),
  }));
}

function configOf(idea: Idea): Readonly<Record<string, unknown>> {
  return {
    dataset: {
      repo_id: "rehearsal/insert_tube_20ep",
      root: null,
      episodes: null,
      streaming: false,
      use_imagenet_stats: true,
      image_transforms: { enable: true },
    },
    policy: {
      type: "act",
      device: "cpu",
      push_to_hub: false,
      use_amp: false,
      pretrained_path: null,
      optimizer_lr: 1e-5,
      optimizer_lr_backbone: 1e-5,
      optimizer_weight_decay: 1e-4,
    },
    optimizer: {
      type: "adamw",
      lr: 1e-5,
      weight_decay: 1e-4,
      betas: [0.9, 0.999],
      eps: 1e-8,
      grad_clip_norm: 10,
    },
    scheduler: null,
    use_policy_training_preset: true,
    batch_size: 8,
    num_workers: 4,
    steps: 20_000,
    eval_freq: 50,
    log_freq: 50,
    save_checkpoint: true,
    save_freq: 10_000,
    seed: 42,
    wandb: { enable: true, disable_artifact: true },
    ot: otOf(idea),
  };
}

function otOf(idea: Idea): Readonly<Record<string, unknown>> {
  return {
    enable: true,
    src_repo_id: "rehearsal/insert_tube_99ep",
    src_root: null,
    pair_info_path: PAIR_INFO_PATH,
    batch_ratio: idea.batchRatio ?? 0.5,
    bc_src_weight: 0.9,
    normalize_bc_weights_by_ds_size: true,
    lambda_ot: idea.lambda,
    obs_keys: CAMERAS.map(({ key }) => key),
    base_index_src: 0,
    base_index_tgt: 0,
    window_size: idea.windowSize,
    no_window: idea.noWindow ?? false,
    sharpness: idea.sharpness,
    topk_src_episodes: idea.topk,
    loss_config: {
      reg: idea.reg,
      tau_src: idea.tau,
      tau_tgt: idea.tau,
      heuristic: true,
      features: [
        ...CAMERAS.map(({ key, term }) => ({
          src_key: key,
          tgt_key: key,
          use_learned_embed: true,
          weight_embed: 0.01,
          weight_label: 0,
          term_name: term,
        })),
        {
          src_key: "action",
          tgt_key: "action",
          dim_slice: [0, 8],
          use_learned_embed: false,
          embed_name: null,
          weight_embed: 0,
          weight_label: idea.weightLabel,
          term_name: "action_lbl",
        },
      ],
    },
  };
}
