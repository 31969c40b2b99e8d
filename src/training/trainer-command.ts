import { AutoloopError } from "../errors.ts";
import type { TrialJob } from "./trial-job.ts";

export interface WandbSettings {
  readonly project: string;
  /** Undefined: the account of the key. */
  readonly entity?: string | undefined;
  readonly mode: "online" | "offline" | "disabled";
}

export interface CommandOptions {
  /** Program and leading arguments, e.g. `python -m lerobot.scripts.lerobot_train`. */
  readonly command: readonly string[];
  readonly job: TrialJob;
  /** Absolute paths: the configuration as verified, and a folder that does not exist yet. */
  readonly configFile: string;
  readonly outputDir: string;
  readonly wandb: WandbSettings;
  /** `train_config.json` of the checkpoint to go on from; null: it begins anew. */
  readonly checkpoint: string | null;
}

/**
 * The exact command of an attempt. Everything is in the file but what belongs to this launch; flags are in the `=` form,
 * the only one in which the trainer recognises `--config_path` (trainer facts 6).
 */
export function trainerCommand(options: CommandOptions): { file: string; args: string[] } {
  const { command, checkpoint } = options;
  const [file, ...leading] = command;
  if (file === undefined) {
    throw new AutoloopError("settings.trainer-command", {
      what: "`trainer.command` is empty.",
      next: "Name the program and its arguments, e.g. [python, -m, lerobot.scripts.lerobot_train].",
    });
  }
  const flags = checkpoint === null ? freshFlags(options) : resumeFlags(options, checkpoint);
  const given = flags.filter(([, value]) => value !== undefined);
  return { file, args: [...leading, ...given.map(([name, value]) => `--${name}=${value}`)] };
}

type Flag = readonly [name: string, value: string | number | boolean | undefined];

function freshFlags({ job, configFile, outputDir, wandb }: CommandOptions): readonly Flag[] {
  return [
    ["config_path", configFile],
    ...scheduleFlags(job),
    ["output_dir", outputDir],
    ["job_name", attemptStem(job)],
    ["seed", job.seed],
    ["wandb.enable", true],
    ["wandb.disable_artifact", true],
    // A run id from the file would overwrite the history of the run it was copied from (trainer facts 4).
    ["wandb.run_id", job.runId],
    ["wandb.project", wandb.project],
    ["wandb.entity", wandb.entity],
    ["wandb.mode", wandb.mode],
  ];
}

/** Output folder, seed and run id stand in the saved file; the run goes on under that id (trainer facts 7). */
function resumeFlags({ job, wandb }: CommandOptions, checkpoint: string): readonly Flag[] {
  return [["resume", true], ["config_path", checkpoint], ...scheduleFlags(job), ["wandb.mode", wandb.mode]];
}

function scheduleFlags(job: TrialJob): readonly Flag[] {
  return [
    ["steps", job.steps],
    ["eval_freq", job.evalFreq],
    ["log_freq", job.logFreq],
    ["save_freq", saveFreq(job)],
  ];
}

/** `<variant>-s<seed>-a<n>`: output folder, job name and configuration file of an attempt. */
export function attemptStem(job: Pick<TrialJob, "variant" | "seed" | "attempt">): string {
  return `${job.variant}-s${job.seed}-a${job.attempt}`;
}

/** Also the trainer's own default of `save_freq` (trainer facts 2.3). */
const RARELY = 20_000;
const OFTEN = 2_000;

/**
 * A training that is cut short loses a tenth of its steps at most, or 2,000 where that is more: a checkpoint of a full policy with
 * its optimiser is several hundred megabytes. The last step is saved in any case. A configuration that saves more often is left alone;
 * 0 or less would end the training after its first step, because the trainer divides by it.
 */
function saveFreq({ config, steps }: TrialJob): number {
  const configured = config["save_freq"];
  const own = typeof configured === "number" && configured > 0 ? configured : RARELY;
  return Math.min(own, Math.max(OFTEN, Math.ceil(steps / 10)));
}
