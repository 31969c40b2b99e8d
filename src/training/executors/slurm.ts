import { AutoloopError } from "../../errors.ts";
import type { Clock, RunCommand } from "../ports.ts";
import type { Executor } from "./executor.ts";
import { forgetSecrets, readReport, writeTask } from "./job-folder.ts";
import { cancelArguments, readJobNumber, submitArguments } from "./slurm-commands.ts";
import { complaintOf, slurmPrograms, slurmQueue, succeeded } from "./slurm-queue.ts";
import type { SlurmSettings } from "./slurm-settings.ts";

export interface SlurmOptions {
  readonly settings: SlurmSettings;
  readonly run: RunCommand;
  readonly clock: Clock;
  /** At most one question in that time, however many attempts are followed: slurmctld serves a whole cluster. */
  readonly pollMs: number;
}

export function slurmExecutor({ settings, ...options }: SlurmOptions): Executor {
  const slurm = slurmPrograms(options.run);
  const { find, poll } = slurmQueue(options, slurm);
  return {
    check: async () => {
      const result = await slurm("sbatch", ["--version"]);
      if (result.kind !== "missing") return;
      throw new AutoloopError("training.no-slurm", {
        what: "The settings say `executor: slurm`, but this machine has no `sbatch`.",
        next: "Run the launch on a machine from which jobs can be submitted to Slurm, or set `executor: local`.",
      });
    },
    submit: async (task) => {
      const known = await find(task);
      if (known) return known;
      await writeTask(task);
      const result = await slurm("sbatch", submitArguments(task, settings));
      const job = succeeded(result) ? readJobNumber(result.stdout) : null;
      if (job !== null) return { name: task.name, folder: task.folder, job };
      // An answer that was lost on its way may have left a job behind.
      const accepted = await find(task);
      if (accepted) return accepted;
      await forgetSecrets(task.folder);
      throw new AutoloopError("training.slurm-refused", {
        what: `Slurm did not take ${task.name}: ${complaintOf(result)}.`,
        next: "Correct `slurm` in the settings, or the limits of the account, and launch again.",
      });
    },
    find,
    poll,
    cancel: async ({ job }, mode) => succeeded(await slurm("scancel", cancelArguments(job, mode))),
    collect: ({ folder }) => readReport(folder),
  };
}
