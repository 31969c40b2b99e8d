import { AutoloopError } from "../errors.ts";
import { stateFolder } from "../house/state-folder.ts";
import type { House, Surroundings } from "../house.ts";
import { type LaunchSettings, SUPERVISION } from "../training/launch-options.ts";
import { nightOf } from "./launch-rules.ts";
import { supervisionOf } from "./watches.ts";

/** What the repository's settings say of training, as this machine needs it. `outcomes`: the folder that they are carried away in. */
export function launchSettings(
  house: House,
  surroundings: Surroundings,
  outcomes: string | null,
): LaunchSettings {
  const { trainer, gpus, source, executor, slurm } = house.settings;
  if (trainer.cwd === undefined) {
    throw new AutoloopError("settings.trainer-cwd", {
      what: "The settings do not say where the trainer is.",
      next: "Set `trainer.cwd` to the trainer's clone on the GPU box.",
    });
  }
  return {
    stateDir: stateFolder(house, surroundings),
    leaseDir: gpus.lease_dir,
    outcomesDir: outcomes,
    trainer: {
      command: trainer.command,
      cwd: trainer.cwd,
      env: trainer.env,
      preflight: trainer.preflight,
    },
    minFreeBytes: trainer.min_free_gb * 1e9,
    wandb: { project: source.project, entity: source.entity, mode: trainer.wandb_mode },
    gpus: {
      maxConcurrency: gpus.max_concurrency,
      leaveFree: gpus.leave_free,
      night: nightOf(house.settings),
      reserved: gpus.reserved,
      cpuSlots: gpus.cpu_slots,
    },
    slurm: executor === "slurm" ? slurm : undefined,
    supervision: { ...SUPERVISION, ...supervisionOf(house.settings) },
  };
}
