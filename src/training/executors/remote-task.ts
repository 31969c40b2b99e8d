/** What is handed to somebody else's queue for one attempt. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { configFileOf } from "../attempt-plan.ts";
import type { AttemptRecord } from "../attempt-record.ts";
import { trainerEnvironment } from "../environment.ts";
import type { LaunchPorts, LaunchSettings } from "../launch-options.ts";
import { trainerCommand } from "../trainer-command.ts";
import type { TrialJob } from "../trial-job.ts";
import type { JobPlace, Task } from "./executor.ts";

/** The same for every launch of an attempt: by it a job is known again. */
export function placeOf(stateDir: string, { trial, attempt }: Pick<TrialJob, "trial" | "attempt">): JobPlace {
  const stem = `${trial}-a${attempt}`;
  return { name: `autoloop-${stem}`, folder: join(stateDir, "slurm", stem) };
}

interface TaskOptions {
  /** It is given a GPU. */
  readonly gpu: boolean;
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
}

export async function taskOf(job: TrialJob, record: AttemptRecord, options: TaskOptions): Promise<Task> {
  const { gpu, settings, ports } = options;
  const { stateDir, trainer, wandb } = settings;
  await mkdir(dirname(record.log), { recursive: true, mode: 0o700 });
  const { command } = trainer;
  const configFile = configFileOf(stateDir, job);
  // The node tells which GPUs the trainer sees; what this machine sees says nothing about it.
  const { CUDA_VISIBLE_DEVICES: _, ...env } = trainerEnvironment({
    environment: ports.environment,
    extra: trainer.env,
    device: { kind: "cpu", id: "slurm" },
    group: job.group,
  });
  return {
    ...placeOf(stateDir, job),
    ...trainerCommand({
      command,
      job,
      configFile,
      outputDir: record.output_dir,
      wandb,
      checkpoint: record.resumed?.checkpoint ?? null,
    }),
    cwd: trainer.cwd,
    log: record.log,
    env,
    gpu,
  };
}
