import { isList, isMap, isNumber, type Literal, type LiteralMap } from "./literal.ts";

/** What the trainer uses of its configuration. */
export interface TrainerConfig {
  readonly steps: number;
  readonly logFreq: number;
  readonly evalFreq: number;
  readonly saveFreq: number;
  readonly saveCheckpoint: boolean;
  readonly seed: number | null;
  readonly batchSize: number;
  readonly numWorkers: number;
  /** null = a dated folder under `outputs/train`. */
  readonly outputDir: string | null;
  readonly jobName: string;
  readonly resume: boolean;
  readonly usePolicyPreset: boolean;
  readonly dataset: { readonly repoId: string; readonly episodes: readonly number[] | null };
  readonly policy: PolicyConfig;
  /** The `optimizer` block; used only without the policy's preset. */
  readonly optimizer: OptimizerConfig | null;
  readonly hasScheduler: boolean;
  readonly ot: OtConfig;
  readonly wandb: WandbConfig;
}

interface PolicyConfig {
  readonly type: string;
  readonly device: string | null;
  readonly repoId: string | null;
  readonly pushToHub: boolean;
  readonly chunkSize: number;
  readonly nActionSteps: number;
  readonly nObsSteps: number;
  readonly useVae: boolean;
  readonly klWeight: number;
  readonly optimizerLr: number;
  readonly optimizerLrBackbone: number;
  readonly weightDecay: number;
}

interface OptimizerConfig {
  readonly lr: number;
  readonly weightDecay: number;
  readonly gradClipNorm: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
}

export interface OtConfig {
  readonly enable: boolean;
  readonly srcRepoId: string | null;
  readonly pairInfoPath: string | null;
  readonly batchRatio: number;
  readonly lambda: number;
  readonly obsKeys: readonly string[];
  readonly baseIndexSrc: number;
  readonly baseIndexTgt: number;
  readonly windowSize: number;
  readonly noWindow: boolean;
  readonly sharpness: number;
  readonly topkSrcEpisodes: number | null;
  readonly bcSrcWeight: number | null;
  readonly normalizeBcWeights: boolean;
  /** Untyped in the trainer too; null = OT silently off. */
  readonly lossConfig: LiteralMap | null;
}

interface WandbConfig {
  readonly enable: boolean;
  readonly project: string;
  readonly entity: string | null;
  readonly notes: string | null;
  readonly runId: string | null;
  /** Anything but offline and disabled means online, null included. */
  readonly mode: "online" | "offline" | "disabled";
}

/** Reads a decoded configuration; null when no policy is configured. */
export function readConfig(decoded: LiteralMap): TrainerConfig | null {
  const root = reader(decoded);
  const policy = root.group("policy");
  const dataset = root.group("dataset");
  if (!policy || !dataset) return null;
  return {
    steps: root.number("steps"),
    logFreq: root.number("log_freq"),
    evalFreq: root.number("eval_freq"),
    saveFreq: root.number("save_freq"),
    saveCheckpoint: root.flag("save_checkpoint"),
    seed: root.numberOrNull("seed"),
    batchSize: root.number("batch_size"),
    numWorkers: root.number("num_workers"),
    outputDir: root.textOrNull("output_dir"),
    jobName: root.textOrNull("job_name") ?? root.group("policy")?.textOrNull("type") ?? "act",
    resume: root.flag("resume"),
    usePolicyPreset: root.flag("use_policy_training_preset"),
    dataset: { repoId: dataset.textOrNull("repo_id") ?? "", episodes: dataset.numbersOrNull("episodes") },
    policy: readPolicy(policy),
    optimizer: readOptimizer(root.group("optimizer")),
    hasScheduler: root.group("scheduler") !== null,
    ot: readOt(root.group("ot")),
    wandb: readWandb(root.group("wandb")),
  };
}

function readPolicy(policy: Reader): PolicyConfig {
  return {
    type: policy.textOrNull("type") ?? "",
    device: policy.textOrNull("device"),
    repoId: policy.textOrNull("repo_id"),
    pushToHub: policy.flag("push_to_hub"),
    chunkSize: policy.number("chunk_size"),
    nActionSteps: policy.number("n_action_steps"),
    nObsSteps: policy.number("n_obs_steps"),
    useVae: policy.flag("use_vae"),
    klWeight: policy.number("kl_weight"),
    optimizerLr: policy.number("optimizer_lr"),
    optimizerLrBackbone: policy.number("optimizer_lr_backbone"),
    weightDecay: policy.number("optimizer_weight_decay"),
  };
}

function readOptimizer(optimizer: Reader | null): OptimizerConfig | null {
  if (!optimizer) return null;
  const [beta1 = 0.9, beta2 = 0.999] = optimizer.numbersOrNull("betas") ?? [];
  return {
    lr: optimizer.number("lr"),
    weightDecay: optimizer.number("weight_decay"),
    gradClipNorm: optimizer.number("grad_clip_norm"),
    betas: [beta1, beta2],
    eps: optimizer.number("eps"),
  };
}

function readOt(given: Reader | null): OtConfig {
  const ot = given ?? reader(new Map());
  return {
    enable: ot.flag("enable"),
    srcRepoId: ot.textOrNull("src_repo_id"),
    pairInfoPath: ot.textOrNull("pair_info_path"),
    batchRatio: ot.number("batch_ratio"),
    lambda: ot.number("lambda_ot"),
    obsKeys: ot.textsOrNull("obs_keys") ?? [],
    baseIndexSrc: ot.number("base_index_src"),
    baseIndexTgt: ot.number("base_index_tgt"),
    windowSize: ot.number("window_size"),
    noWindow: ot.flag("no_window"),
    sharpness: ot.number("sharpness"),
    topkSrcEpisodes: ot.numberOrNull("topk_src_episodes"),
    bcSrcWeight: ot.numberOrNull("bc_src_weight"),
    normalizeBcWeights: ot.flag("normalize_bc_weights_by_ds_size"),
    lossConfig: ot.map("loss_config"),
  };
}

function readWandb(given: Reader | null): WandbConfig {
  const wandb = given ?? reader(new Map());
  const mode = wandb.textOrNull("mode");
  return {
    enable: wandb.flag("enable"),
    project: wandb.textOrNull("project") ?? "lerobot",
    entity: wandb.textOrNull("entity"),
    notes: wandb.textOrNull("notes"),
    runId: wandb.textOrNull("run_id"),
    mode: mode === "offline" || mode === "disabled" ? mode : "online",
  };
}

/** Typed access to one group of values; `decodeConfig` has checked the types already, so a mismatch reads as absent. */
export interface Reader {
  group(key: string): Reader | null;
  map(key: string): LiteralMap | null;
  /** NaN when absent. */
  number(key: string): number;
  numberOrNull(key: string): number | null;
  flag(key: string): boolean;
  textOrNull(key: string): string | null;
  textsOrNull(key: string): readonly string[] | null;
  numbersOrNull(key: string): readonly number[] | null;
}

export function reader(values: LiteralMap): Reader {
  const at = (key: string): Literal => values.get(key) ?? null;
  const map = (key: string) => {
    const value = at(key);
    return isMap(value) ? value : null;
  };
  const numberOrNull = (key: string) => {
    const value = at(key);
    return isNumber(value) ? value.value : null;
  };
  const items = (key: string) => {
    const value = at(key);
    return isList(value) ? value : null;
  };
  return {
    map,
    numberOrNull,
    group: (key) => {
      const value = map(key);
      return value && reader(value);
    },
    number: (key) => numberOrNull(key) ?? Number.NaN,
    flag: (key) => at(key) === true,
    textOrNull: (key) => {
      const value = at(key);
      return typeof value === "string" ? value : null;
    },
    textsOrNull: (key) => items(key)?.filter((item) => typeof item === "string") ?? null,
    numbersOrNull: (key) =>
      items(key)
        ?.filter(isNumber)
        .map(({ value }) => value) ?? null,
  };
}
