import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PAIR_INFO_PATH, planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { wandbFiles } from "../../src/runs/wandb-files.ts";
import { AttemptRecord } from "../../src/training/attempt-record.ts";
import { launchTrials } from "../../src/training/launch.ts";
import type { LaunchHooks, LaunchSettings } from "../../src/training/launch-options.ts";
import type { TrainerTap } from "../../src/training/tap/trainer-tap.ts";
import type { TrialJob } from "../../src/training/trial-job.ts";
import { type Scene, scene } from "./launch-scene.ts";
import { realPorts } from "./real-ports.ts";
import { trialJob } from "./trial-jobs.ts";

export interface ResumeScene extends Scene {
  readonly notes: string[];
  /** A job of the tiny trainer that logs every 10 steps and saves every 20. */
  job(given?: Partial<TrialJob>): TrialJob;
  /**
   * Trains one attempt. `killAt`: its trainer gets SIGKILL at the first step line from there on.
   * `stopAfter`: the launch is cancelled after so many lines.
   */
  attempt(
    given: Partial<TrialJob>,
    options?: { killAt?: number; stopAfter?: number; settings?: Partial<LaunchSettings>; tap?: TrainerTap },
  ): Promise<Trained>;
  record(attempt: number): AttemptRecord;
  recordFile(attempt: number): string;
  outcomeFile(attempt: number): string;
  /** Output folders, by name. */
  outputs(): string[];
}

type Trained = Awaited<ReturnType<Scene["launch"]>>;

export function resumeScene(
  onTestFinished: (clean: () => void) => void,
  { program, environment = {} }: { program: string; environment?: Readonly<Record<string, string>> },
): ResumeScene {
  const at = scene(onTestFinished, {
    trainer: [process.execPath, program],
    environment: { TINY_STEP_MS: "2", TZ: "UTC", ...environment },
  });
  const trainer = { ...at.settings.trainer, env: ["TINY_STEP_MS", "TINY_NAN_AT", "TINY_HANG_AT", "TZ"] };
  const settings = { ...at.settings, trainer };
  mkdirSync(join(at.cwd, "data"));
  writeFileSync(join(at.cwd, PAIR_INFO_PATH), "{}");
  const light = planConfigs().find(({ file }) => file.includes("light"))?.config;
  const config = JSON.parse(JSON.stringify({ ...light, save_freq: 20 }));
  const job: ResumeScene["job"] = (given = {}) =>
    trialJob({ config, steps: 100, logFreq: 10, evalFreq: 50, ...given });
  const notes: string[] = [];
  const state = settings.stateDir;
  const days = join(state, "outputs/train");
  const recordFile = (attempt: number) => join(state, "attempts", `0001a-s42-${attempt}.json`);
  return {
    ...at,
    settings,
    notes,
    job,
    attempt: (given, { killAt = Number.POSITIVE_INFINITY, stopAfter, settings: changed, tap } = {}) => {
      const stop = new AbortController();
      let steps = 0;
      const counted = (): void => {
        steps += 1;
        if (steps === stopAfter) stop.abort();
      };
      return launchTrials({
        jobs: [job(given)],
        settings: { ...settings, ...changed },
        ports: { ...realPorts(at.environment), tap },
        hooks: { ...killing(killAt, counted), onNote: (note) => notes.push(note), curvesIn },
        signal: stop.signal,
      });
    },
    recordFile,
    record: (attempt) => AttemptRecord.parse(JSON.parse(readFileSync(recordFile(attempt), "utf8"))),
    outcomeFile: (attempt) => join(state, "outcomes", `0001a-s42-${attempt}.json`),
    outputs: () => readdirSync(days).flatMap((day) => readdirSync(join(days, day))),
  };
}

async function curvesIn(outputDir: string) {
  const source = wandbFiles({ folders: [join(outputDir, "wandb")], now: () => Date.now() });
  const data = (await source.read({ kind: "filter" })).runs[0]?.data;
  return data?.kind === "curves" ? Object.fromEntries(data.series) : {};
}

function killing(step: number, onStep: () => void): LaunchHooks {
  let trainer: number | null = null;
  return {
    guardsOf: () => [
      async ({ pid }) => {
        trainer = pid;
        return null;
      },
    ],
    onProgress: (progress) => {
      onStep();
      if (progress.step >= step && trainer !== null) process.kill(trainer, "SIGKILL");
    },
  };
}

/** Every log step up to the last one. */
export const grid = (last: number) => Array.from({ length: last / 10 }, (_, index) => 10 * (index + 1));

export const FIRST = { attempt: 1, runId: "a123456789" };
export const SECOND = { attempt: 2, runId: "b123456789", resume: FIRST };

/** Of attempt 1. */
export const checkpoints = (at: ResumeScene) => join(at.record(1).output_dir, "checkpoints");

/** Changes what lies on the disk as JSON. */
export function edit(path: string, change: (document: Record<string, unknown>) => void): void {
  const document = JSON.parse(readFileSync(path, "utf8"));
  change(document);
  writeFileSync(path, JSON.stringify(document));
}

/** The state folder of one scene as that of another, every path in it changed. */
export function moveState(from: ResumeScene, to: ResumeScene): void {
  cpSync(from.settings.stateDir, to.settings.stateDir, { recursive: true, verbatimSymlinks: true });
  const move = (path: string) =>
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(from.folder, to.folder));
  move(to.recordFile(1));
  for (const name of readdirSync(checkpoints(to)).filter((one) => one !== "last"))
    move(join(checkpoints(to), name, "pretrained_model/train_config.json"));
}
