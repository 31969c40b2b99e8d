import type { AdamWSettings } from "./adamw.ts";
import type { OtConfig, TrainerConfig } from "./config.ts";
import { endOf } from "./dense.ts";
import type { LearnerSettings } from "./learner.ts";
import { readAlignment } from "./ot-terms.ts";
import { ENCODER } from "./weights.ts";
import { SOURCE_EPISODES, TARGET_EPISODES } from "./world.ts";

/** The two splits of the target episodes, by position (trainer facts 10). */
export interface Split {
  /** After the first split; what is saved as `dataset.episodes`. */
  readonly firstTrain: readonly number[];
  readonly validation: number;
  /** What is trained on: the second split drops one more when there is offline evaluation. */
  readonly train: readonly number[];
}

export function splitEpisodes({ dataset, evalFreq, resume }: TrainerConfig): Split {
  const count = resume ? TARGET_EPISODES : (dataset.episodes?.length ?? TARGET_EPISODES);
  const validation = Math.max(1, Math.floor(count / 10));
  const firstTrain = positions(count - validation);
  const train =
    evalFreq > 0
      ? positions(firstTrain.length - Math.max(1, Math.floor(firstTrain.length / 10)))
      : firstTrain;
  return { firstTrain, validation, train };
}

/** Resolves a configuration into what is trained; `learningRates` are those of a checkpoint, which win on resume. */
export function readLearnerSettings(
  config: TrainerConfig,
  {
    split,
    seed,
    learningRates,
  }: { split: Split; seed: number | string; learningRates: readonly number[] | null },
): LearnerSettings {
  const { policy, ot } = config;
  return {
    seed,
    batchSize: config.batchSize,
    numWorkers: config.numWorkers,
    sourceId: ot.srcRepoId ?? "",
    targetId: config.dataset.repoId,
    episodes: split.train,
    sourceShare: ot.enable ? sourceShareOf(ot, split.train.length) : 0,
    klWeight: policy.useVae ? policy.klWeight : null,
    optimizer: readOptimizer(config, learningRates),
    gradientClip: config.usePolicyPreset ? 10 : (config.optimizer?.gradClipNorm ?? 10),
    alignment: readAlignment(ot, { batchSize: config.batchSize, chunkSize: policy.chunkSize }),
    pairing: {
      windowSize: Math.max(0, ot.windowSize),
      noWindow: ot.noWindow,
      sharpness: ot.sharpness,
      topk: ot.topkSrcEpisodes,
    },
  };
}

/** With the preset the `optimizer` block of the file is overwritten (trainer facts 3). */
function readOptimizer(
  { usePolicyPreset, policy, optimizer }: TrainerConfig,
  saved: readonly number[] | null,
): AdamWSettings {
  const preset = usePolicyPreset || optimizer === null;
  const learningRate = saved?.[0] ?? (preset ? policy.optimizerLr : optimizer.lr);
  const [beta1, beta2] = preset ? [0.9, 0.999] : optimizer.betas;
  return {
    learningRate,
    encoderLearningRate: saved?.[1] ?? (preset ? policy.optimizerLrBackbone : learningRate),
    encoderEnd: endOf(ENCODER),
    weightDecay: preset ? policy.weightDecay : optimizer.weightDecay,
    beta1,
    beta2,
    epsilon: preset ? 1e-8 : optimizer.eps,
  };
}

/** `bc_src_weight` is the source's probability mass; without normalisation it weighs single frames instead. */
function sourceShareOf({ bcSrcWeight, normalizeBcWeights }: OtConfig, targetEpisodes: number): number {
  const weight = bcSrcWeight ?? 0;
  const source = weight * (normalizeBcWeights ? 1 : SOURCE_EPISODES);
  const target = Math.max(0, 1 - weight) * (normalizeBcWeights ? 1 : targetEpisodes);
  return source / (source + target);
}

function positions(count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => i);
}
