import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Outcome } from "../../src/rounds/outcome.ts";
import { type LaunchResult, launchTrials } from "../../src/training/launch.ts";
import type { LaunchHooks, LaunchSettings, SupervisionSettings } from "../../src/training/launch-options.ts";
import type { TrialJob } from "../../src/training/trial-job.ts";
import { fakeNvidiaSmi } from "./fake-nvidia-smi.ts";
import { bareBin, fakeTrainer, type TrainerKind } from "./fake-trainers.ts";
import { QUICK, realPorts, scratch } from "./real-ports.ts";
import { trialJob } from "./trial-jobs.ts";

export interface Scene {
  readonly folder: string;
  readonly cwd: string;
  readonly settings: LaunchSettings;
  readonly environment: Readonly<Record<string, string>>;
  launch(given?: {
    jobs?: readonly TrialJob[];
    others?: readonly TrialJob[];
    hooks?: LaunchHooks;
    signal?: AbortSignal;
    settings?: Partial<LaunchSettings>;
  }): Promise<LaunchResult>;
  /** What was handed out to be carried away. */
  delivered(): Outcome[];
}

export interface SceneOptions {
  readonly trainer: TrainerKind | readonly string[];
  readonly slots?: number;
  /** Rows of nvidia-smi; without them the machine has CPU slots only. */
  readonly gpus?: readonly string[];
  readonly supervision?: Partial<SupervisionSettings>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A machine with one fake trainer, everything under one folder. */
export function scene(onTestFinished: (clean: () => void) => void, options: SceneOptions): Scene {
  const folder = scratch(onTestFinished);
  const cwd = join(folder, "clone");
  mkdirSync(cwd);
  const bin = bareBin(folder);
  if (options.gpus) fakeNvidiaSmi(bin, options.gpus);
  const { trainer, slots = 1 } = options;
  const settings: LaunchSettings = {
    stateDir: join(folder, "state"),
    leaseDir: join(folder, "leases"),
    outcomesDir: join(folder, "outcomes"),
    trainer: {
      command: typeof trainer === "string" ? fakeTrainer(join(folder, "trainers"), trainer) : trainer,
      cwd,
      ownPaths: ["configs/*.json"],
      env: ["FAKE_PACE"],
      preflight: false,
    },
    minFreeBytes: 0,
    wandb: { project: "p", mode: "offline" },
    gpus: { maxConcurrency: 4, leaveFree: 0, reserved: [], cpuSlots: options.gpus ? 0 : slots },
    supervision: { ...QUICK, ...options.supervision },
  };
  const environment = { PATH: bin, HOME: folder, ...options.environment };
  return {
    folder,
    cwd,
    settings,
    environment,
    launch: ({
      jobs = [trialJob()],
      others = [],
      hooks = {},
      signal = new AbortController().signal,
      settings: changed,
    } = {}) =>
      launchTrials({
        jobs,
        others,
        settings: { ...settings, ...changed },
        ports: realPorts(environment),
        hooks,
        signal,
      }),
    delivered: () => readOutcomes(join(folder, "outcomes")),
  };
}

export function readOutcomes(folder: string): Outcome[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .toSorted()
    .map((file) => Outcome.parse(JSON.parse(readFileSync(join(folder, file), "utf8"))));
}
