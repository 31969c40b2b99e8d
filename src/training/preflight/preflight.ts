/** One look at everything that a night's training needs, before any of it is used. */

import { stat } from "node:fs/promises";
import { isMissing } from "../atomic-file.ts";
import { readClone } from "../conditions.ts";
import type { EngineOptions } from "../engine.ts";
import { allowedEnvironment } from "../environment.ts";
import { lackOfSpace } from "../free-space.ts";
import { readGpus } from "../nvidia-smi.ts";
import { attemptName } from "../outcome-files.ts";
import type { TrialJob } from "../trial-job.ts";
import { missingData, usesTransport } from "./data.ts";
import { type Finding, note, stop } from "./finding.ts";
import { judgePython } from "./python-checks.ts";
import { isPython, probePython } from "./python-probe.ts";

export interface Preflight {
  /** Why nothing can be trained here now; null: go on. */
  readonly refused: string | null;
  /** Why jobs cannot be trained, by attempt: all of them when it is refused. */
  readonly barred: ReadonlyMap<string, string>;
}

type PreflightOptions = Pick<EngineOptions, "jobs" | "settings" | "ports" | "hooks" | "signal">;

const WANDB_CLOUD = "https://api.wandb.ai";

/** Space, the trainer's folder and devices are looked at in any case, the rest where the settings ask for it. */
export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const { jobs, settings, hooks } = options;
  if (jobs.length === 0) return { refused: null, barred: new Map() };
  const space = await lackOfSpace(settings.stateDir, settings.minFreeBytes);
  const findings: Finding[] = space === null ? [] : [stop(`There is too little space: ${space}.`)];
  findings.push(...(await lookAtMachine(options)));
  if (settings.trainer.preflight && findings.length === 0) findings.push(...(await lookAtTrainer(options)));
  for (const { level, text } of findings) if (level === "note") hooks.onNote?.(text);
  const stops = findings.filter(({ level }) => level === "stop").map(({ text }) => text);
  const refused = stops.length > 0 ? stops.join(" ") : null;
  return { refused, barred: await barredJobs(options, refused) };
}

async function lookAtMachine({ settings, ports }: PreflightOptions): Promise<readonly Finding[]> {
  const { trainer, slurm, gpus } = settings;
  if (!(await isFolder(trainer.cwd))) {
    return [
      stop(`${trainer.cwd} is not a folder. Set \`trainer.cwd\` to the trainer's clone on this machine.`),
    ];
  }
  if (slurm || gpus.cpuSlots > 0 || (await readGpus(ports.run)).kind !== "none") return [];
  return [
    stop(
      "This machine has no GPU that nvidia-smi knows of. Run it where the driver is installed, or set `gpus.cpu_slots` to train on the CPU.",
    ),
  ];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function barredJobs(
  { jobs, settings: { trainer } }: PreflightOptions,
  refused: string | null,
): Promise<ReadonlyMap<string, string>> {
  const barred = new Map<string, string>();
  for (const job of jobs) {
    const why = refused ?? (trainer.preflight ? await missingData(job.config, trainer.cwd) : null);
    if (why !== null) barred.set(attemptName(job), why);
  }
  return barred;
}

async function lookAtTrainer(options: PreflightOptions): Promise<readonly Finding[]> {
  const { settings, ports } = options;
  const [clone, python] = await Promise.all([
    readClone({ ...settings.trainer, run: ports.run }),
    lookAtPython(options),
  ]);
  return [note(describeClone(clone)), ...python];
}

function describeClone({ fork_commit, fork_dirty }: Awaited<ReturnType<typeof readClone>>): string {
  if (fork_commit === null)
    return "`trainer.cwd` is no git clone: results cannot be told apart by the trainer's version.";
  return `The trainer is at ${fork_commit.slice(0, 8)}${fork_dirty ? ", with changes that are not committed" : ""}.`;
}

async function lookAtPython({
  jobs,
  settings,
  ports,
  signal,
}: PreflightOptions): Promise<readonly Finding[]> {
  const { trainer, slurm, wandb } = settings;
  if (!isPython(trainer.command)) {
    return [
      note(
        "`trainer.command` does not begin with python: the versions of its packages, CUDA and the way to W&B are not looked at.",
      ),
    ];
  }
  const direct = wandb.mode === "online" && !ports.tap;
  const probe = await probePython({
    run: ports.run,
    signal,
    command: trainer.command,
    cwd: trainer.cwd,
    env: allowedEnvironment({ environment: ports.environment, extra: trainer.env }),
    wants: {
      cuda: !slurm && (await readGpus(ports.run)).kind !== "none",
      server: direct ? (ports.environment["WANDB_BASE_URL"] ?? WANDB_CLOUD) : null,
    },
  });
  const findings = judgePython(probe, { ot: jobs.some(needsTransport) });
  // The nodes of a cluster may have what the machine that submits has not.
  return slurm ? findings.map(({ text }) => note(text)) : findings;
}

function needsTransport({ config }: TrialJob): boolean {
  return usesTransport(config);
}
