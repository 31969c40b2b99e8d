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
}

/**
 * The exact command of an attempt. Everything is in the file but what belongs to this launch; flags are in the `=` form,
 * the only one in which the trainer recognises `--config_path` (trainer facts 6).
 */
export function trainerCommand(options: CommandOptions): { file: string; args: string[] } {
  const { command, job, configFile, outputDir, wandb } = options;
  const [file, ...leading] = command;
  if (file === undefined) {
    throw new AutoloopError("settings.trainer-command", {
      what: "`trainer.command` is empty.",
      next: "Name the program and its arguments, e.g. [python, -m, lerobot.scripts.lerobot_train].",
    });
  }
  const flags: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ["config_path", configFile],
    ["steps", job.steps],
    ["eval_freq", job.evalFreq],
    ["log_freq", job.logFreq],
    ["save_freq", saveFreq(job)],
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
  const given = flags.filter(([, value]) => value !== undefined);
  return { file, args: [...leading, ...given.map(([name, value]) => `--${name}=${value}`)] };
}

/** `<variant>-s<seed>-a<n>`: output folder, job name and configuration file of an attempt. */
export function attemptStem(job: Pick<TrialJob, "variant" | "seed" | "attempt">): string {
  return `${job.variant}-s${job.seed}-a${job.attempt}`;
}

/** The trainer divides by it after the first step, so 0 or less would end the training there (trainer facts 2.3). */
function saveFreq(job: TrialJob): number | undefined {
  const configured = job.config["save_freq"];
  return typeof configured === "number" && !(configured > 0) ? job.steps : undefined;
}
