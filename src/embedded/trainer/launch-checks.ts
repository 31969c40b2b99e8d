import type { Arguments } from "./arguments.ts";
import type { TrainerConfig } from "./config.ts";
import { PythonError } from "./python-error.ts";
import { SOURCE_EPISODES, TARGET_EPISODES } from "./world.ts";

/** What the trainer refuses before it talks to anybody, in its order (trainer facts 2, 6, 9). */
export function checkBeforeStart(
  config: TrainerConfig,
  {
    configPath,
    isConfigPathRecognised,
    isFolder,
  }: Arguments & { readonly isFolder: (path: string) => boolean },
): void {
  checkPolicy(config);
  if (config.resume && !(isConfigPathRecognised && configPath)) {
    refuse(
      "ValueError",
      "A config_path is expected when resuming a run. Please specify path to train_config.json",
    );
  }
  const { outputDir } = config;
  if (outputDir !== null && !config.resume && isFolder(outputDir)) {
    refuse(
      "FileExistsError",
      `Output directory ${outputDir} already exists and resume is False. Please change your output directory so that ${outputDir} is not overwritten.`,
    );
  }
  if (!config.usePolicyPreset && (config.optimizer === null || !config.hasScheduler)) {
    refuse("ValueError", "Optimizer and Scheduler must be set when the policy presets are not used.");
  }
  if (config.policy.pushToHub && config.policy.repoId === null) {
    refuse(
      "ValueError",
      "'policy.repo_id' argument missing. Please specify it to push the model to the hub.",
    );
  }
}

function checkPolicy({ policy }: TrainerConfig): void {
  const { nActionSteps, chunkSize, nObsSteps } = policy;
  if (nActionSteps > chunkSize) {
    refuse(
      "ValueError",
      `The chunk size is the upper bound for the number of action steps per model invocation. Got ${nActionSteps} for \`n_action_steps\` and ${chunkSize} for \`chunk_size\`.`,
    );
  }
  if (nObsSteps !== 1) {
    refuse("ValueError", `Multiple observation steps not handled yet. Got \`nobs_steps=${nObsSteps}\``);
  }
}

/** What it refuses after W&B knows the run: the record stays, without history. */
export function checkPairInfo({ ot }: TrainerConfig, isFile: (path: string) => boolean): void {
  if (!ot.enable) return;
  if (ot.srcRepoId === null || ot.pairInfoPath === null) {
    refuse("ValueError", "OT enabled but src_repo_id or pair_info_path is None");
  } else if (!isFile(ot.pairInfoPath)) {
    refuse("FileNotFoundError", `[Errno 2] No such file or directory: '${ot.pairInfoPath}'`);
  } else if (ot.baseIndexSrc >= SOURCE_EPISODES || ot.baseIndexTgt >= TARGET_EPISODES) {
    refuse(
      "ValueError",
      "No valid OT pairs built from pair_info. Check base_index_src/tgt or episode naming.",
    );
  }
}

export function checkSourceWeight({ ot }: TrainerConfig): void {
  if (ot.enable && ot.bcSrcWeight === null) refuse("Exception", "bc_src_weight MUST be SET!");
}

export function checkSaveFrequency({ saveFreq }: TrainerConfig): void {
  if (saveFreq === 0) refuse("ZeroDivisionError", "integer modulo by zero");
}

function refuse(type: string, message: string): never {
  throw new PythonError(type, message);
}
