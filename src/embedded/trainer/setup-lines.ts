import type { TrainerConfig } from "./config.ts";
import type { Launch } from "./launch.ts";
import type { Split } from "./learner-settings.ts";
import type { Log } from "./log.ts";
import { bigNumber, fixed } from "./python-number.ts";
import { FRAMES } from "./robot.ts";
import { WEIGHTS } from "./weights.ts";
import { TARGET_EPISODES } from "./world.ts";

/** What the trainer says about itself before the first step (trainer facts 8). */
export function describeSetup(log: Log, { launch, split }: { launch: Launch; split: Split }): void {
  const { config } = launch;
  const episodes = split.train.length;
  const frames = episodes * FRAMES;
  const { validation } = split;
  log.info(
    "lerobot_train.py:540",
    `Creating dataset (train episodes only): ${split.firstTrain.length} train, ${validation} val`,
  );
  log.info(
    "lerobot_train.py:548",
    `Dataset meta: total_frames=${TARGET_EPISODES * FRAMES} total_episodes=${TARGET_EPISODES} fps=10 cameras=[]`,
  );
  if (config.evalFreq > 0) {
    log.info(
      "lerobot_train.py:620",
      `Offline eval enabled (no env). Split episodes -> train: ${episodes}, val: ${validation}`,
    );
  }
  log.info("lerobot_train.py:723", "Creating policy");
  log.info("lerobot_train.py:775", "Creating optimizer and scheduler");
  log.info("lerobot_train.py:787", `Output dir: ${launch.outputName}`);
  log.info("lerobot_train.py:792", `cfg.steps=${config.steps} (${bigNumber(config.steps)})`);
  log.info("lerobot_train.py:793", `dataset.num_frames=${frames} (${bigNumber(frames)})`);
  log.info("lerobot_train.py:794", `dataset.num_episodes=${episodes}`);
  log.info("lerobot_train.py:797", `Effective batch size: ${config.batchSize} x 1 = ${config.batchSize}`);
  log.info("lerobot_train.py:798", `num_learnable_params=${WEIGHTS} (${bigNumber(WEIGHTS)})`);
  log.info("lerobot_train.py:799", `num_total_params=${WEIGHTS} (${bigNumber(WEIGHTS)})`);
  const batches = Math.ceil(frames / config.batchSize);
  log.info(
    "lerobot_train.py:829",
    `Train DataLoader: bs=${config.batchSize} workers=${config.numWorkers} shuffle=True sampler=None len=${batches}`,
  );
}

export function describeSampling(
  log: Log,
  { ot, batchSize, numWorkers }: TrainerConfig,
  what: "pairs" | "mix",
): void {
  if (!ot.enable) return;
  const python = (value: boolean) => (value ? "True" : "False");
  if (what === "pairs") {
    const pairs = Math.max(1, Math.trunc(batchSize * ot.batchRatio));
    log.info(
      "lerobot_train.py:892",
      `OT DataLoader: bs=${pairs} workers=${numWorkers} sharp=${fixed(ot.sharpness, 3)} no_window=${python(ot.noWindow)} topk_src=${ot.topkSrcEpisodes ?? "None"} pair_info=${ot.pairInfoPath}`,
    );
  } else {
    log.info(
      "lerobot_train.py:927",
      `WeightedMixedBC: bs=${batchSize} workers=${numWorkers} bc_src_weight=${fixed(ot.bcSrcWeight ?? 0, 3)} normalize=${python(ot.normalizeBcWeights)} drop_last_frames=0`,
    );
  }
}
