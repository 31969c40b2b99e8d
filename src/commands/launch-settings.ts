import { posix } from "node:path";
import { AutoloopError } from "../errors.ts";
import type { House } from "../house.ts";
import { type LaunchSettings, SUPERVISION } from "../training/launch-options.ts";
import { nightOf } from "./launch-rules.ts";
import { supervisionOf } from "./watches.ts";

/**
 * What the repository's settings say of training, as this machine needs it.
 * @throws AutoloopError `settings.trainer-cwd`.
 */
export function launchSettings(
  { settings }: Pick<House, "settings">,
  folders: Pick<LaunchSettings, "stateDir" | "outcomesDir">,
): LaunchSettings {
  const { trainer, gpus, source, executor, slurm } = settings;
  if (trainer.cwd === undefined) {
    throw new AutoloopError("settings.trainer-cwd", {
      what: "The settings do not say where the trainer is.",
      next: "Set `trainer.cwd` to the trainer's clone on the GPU box.",
    });
  }
  return {
    ...folders,
    leaseDir: gpus.lease_dir,
    trainer: {
      command: trainer.command,
      cwd: trainer.cwd,
      ownPaths: ownPaths(settings),
      env: trainer.env,
      preflight: trainer.preflight,
    },
    minFreeBytes: trainer.min_free_gb * 1e9,
    wandb: { project: source.project, entity: source.entity, mode: trainer.wandb_mode },
    gpus: {
      maxConcurrency: gpus.max_concurrency,
      leaveFree: gpus.leave_free,
      night: nightOf(settings),
      reserved: gpus.reserved,
      cpuSlots: gpus.cpu_slots,
    },
    slurm: executor === "slurm" ? slurm : undefined,
    supervision: { ...SUPERVISION, ...supervisionOf(settings) },
  };
}

/** Rounds, reports and what steers the loop: as globs, from the root of the repository that the settings are of. */
function ownPaths({ paths }: House["settings"]): readonly string[] {
  const { configs, reports, report } = paths;
  const inside = (folder: string, glob: string) =>
    posix.join(folder.replace(/[*?[\]]/g, String.raw`\$&`), glob);
  return [".github/**", inside(configs, "*.json"), inside(reports, report), inside(reports, "data/**")];
}
