/** One attempt of one trial on one device, from its configuration file to its outcome on disk. */
import type { Outcome } from "../rounds/outcome.ts";
import { type AttemptPlan, prepareAttempt, progressReporter } from "./attempt-plan.ts";
import { gridOf, runPlaceOf, writeAttempt } from "./attempt-record.ts";
import type { AtNextBeat } from "./beat.ts";
import { guardAgainstContention } from "./contention.ts";
import { judgeEnding } from "./ending.ts";
import { trainerEnvironment } from "./environment.ts";
import { guardAgainstStall } from "./guards.ts";
import type { HeldDevice } from "./held-device.ts";
import type { BegunWith, LaunchHooks, LaunchPorts, LaunchSettings, RunPlace } from "./launch-options.ts";
import { openLogFile } from "./log-file.ts";
import { neutralLine, secretRemover } from "./neutral-text.ts";
import type { GpuTable } from "./nvidia-smi.ts";
import { composeOutcome, deviceName } from "./outcome-content.ts";
import { priorCurves } from "./outcome-curves.ts";
import { attemptName, keepOutcome } from "./outcome-files.ts";
import { writeInReserve } from "./reserve.ts";
import { type Guard, type RunTap, type Supervised, supervise } from "./supervisor.ts";
import type { TrainerTap } from "./tap/trainer-tap.ts";
import { trainerCommand } from "./trainer-command.ts";
import type { TrialJob } from "./trial-job.ts";
import { type Watch, watchDeviceFallback, watchNonFinite } from "./watch.ts";

export interface AttemptOptions {
  readonly job: TrialJob;
  readonly held: HeldDevice;
  /** The trainer is gone: the next one may have the device. */
  readonly free: () => void;
  /** A reading of the machine's GPUs that is young enough for a look. */
  readonly look: () => Promise<GpuTable>;
  /** When logs are written. */
  readonly atNextBeat: AtNextBeat;
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
  readonly hooks: LaunchHooks;
  readonly signal: AbortSignal;
}

/** To be called with the attempt's lock. The outcome is on disk when it returns. */
export async function runAttempt(options: AttemptOptions): Promise<Outcome> {
  const { settings, ports, held } = options;
  const begun = ports.clock.steady();
  const plan = await prepareAttempt({
    ...options,
    device: deviceName(held.device),
    tap: ports.tap ?? null,
  });
  const supervised = await superviseAttempt(plan, options);
  // On a slot of the CPU that is what was asked for.
  if (held.device.kind === "gpu" && supervised.digest.sentinels.has("device-fallback"))
    held.distrust("its last trial was left without it");
  options.free();
  const { record, logging } = plan;
  const { end, tail, digest } = supervised;
  const outcome = composeOutcome({
    facts: record,
    judgement: judgeEnding({
      ...supervised,
      device: held.device,
      complete: record.resumed?.complete,
    }),
    exit: end.kind === "exited" ? end.exit : null,
    signal: end.kind === "exited" ? end.signal : null,
    // Only the beginning is read off the machine's clock, which may be corrected meanwhile.
    ended: new Date(Date.parse(record.started) + ports.clock.steady() - begun).toISOString(),
    device: record.device,
    // The trainer only knows the tap's own address.
    digest: logging.tap ? { ...digest, runUrl: logging.tap.pageOf(record.run_id) } : digest,
    tail,
    written: (await options.hooks.curvesIn?.(record.output_dir)) ?? {},
    prior: await priorCurves(settings.stateDir, record),
    conditions: record.conditions,
    clean: secretRemover(ports.environment),
  });
  await keepOutcome(settings.stateDir, outcome);
  const { stateDir } = settings;
  await writeInReserve(stateDir, () => writeAttempt(stateDir, { ...record, state: "ended" }));
  return outcome;
}

async function superviseAttempt(plan: AttemptPlan, options: AttemptOptions): Promise<Supervised> {
  const { job, held, settings, ports, hooks, signal, atNextBeat } = options;
  const { record, configFile } = plan;
  const { wandb, tap } = plan.logging;
  const { supervision, trainer, stateDir } = settings;
  const { command } = trainer;
  const checkpoint = record.resumed?.checkpoint ?? null;
  const log = await openLogFile({ path: record.log, capBytes: supervision.logCapBytes });
  try {
    return await supervise({
      ...ports,
      ...trainerCommand({
        command,
        job,
        configFile,
        outputDir: record.output_dir,
        wandb,
        checkpoint,
      }),
      cwd: trainer.cwd,
      env: trainerEnvironment({
        environment: ports.environment,
        extra: trainer.env,
        device: held.device,
        group: job.group,
        tap: tap?.environment(record.run_id),
      }),
      tap: tap && runTap(tap, record.run_id),
      log,
      atNextBeat,
      grid: gridOf(record),
      watches: watchesOf(options, record),
      guards: guardsOf(options, runPlaceOf(record)),
      stopOnFullDisk: supervision.stopOnFullDisk,
      ladders: supervision.ladders,
      signal,
      onStarted: async (process) => {
        await writeAttempt(stateDir, { ...record, state: "running", trainer: process });
        await held.assign({ trial: job.trial, trainer: process });
      },
      onEvent: progressReporter(job, hooks),
      onLine: (line) => hooks.onLine?.(`${job.trial} | ${neutralLine(line)}`),
      onNote: (note) => hooks.onNote?.(`${attemptName(job)}: ${note}`),
    });
  } finally {
    await log.close();
  }
}

function runTap(tap: TrainerTap, runId: string): RunTap {
  return {
    rows: (onRow) => tap.rows(runId, ({ step, values }) => onRow({ kind: "row", step, values })),
    requestStop: () => void tap.requestStop(runId),
  };
}

function watchesOf({ job, held, settings, hooks }: AttemptOptions, begun: BegunWith): Watch[] {
  return [
    ...(settings.supervision.stopOnNonFinite ? [watchNonFinite] : []),
    ...(held.device.kind === "gpu" ? [watchDeviceFallback] : []),
    ...(hooks.watchesOf?.(job, begun) ?? []),
  ];
}

function guardsOf({ job, held, look, settings, ports, hooks }: AttemptOptions, run: RunPlace): Guard[] {
  const { stallMs, contention } = settings.supervision;
  const onNote = (note: string): void => hooks.onNote?.(`${attemptName(job)}: ${note}`);
  return [
    ...(stallMs === null ? [] : [guardAgainstStall({ clock: ports.clock, silenceMs: stallMs })]),
    ...(held.device.kind === "gpu" && contention
      ? [guardAgainstContention({ ...ports, device: held.device, look, limits: contention, onNote })]
      : []),
    ...(hooks.guardsOf?.(job, run) ?? []),
  ];
}
