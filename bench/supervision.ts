/** What it costs to look after running trials: processor time, and memory however long their logs grow. */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sharedBeat } from "../src/training/beat.ts";
import { SUPERVISION } from "../src/training/launch-options.ts";
import { openLogFile } from "../src/training/log-file.ts";
import { supervise } from "../src/training/supervisor.ts";
import { watchGradient } from "../src/training/watchdog/gradient.ts";
import { gpuRow } from "../test/training/fake-nvidia-smi.ts";
import { scene } from "../test/training/launch-scene.ts";
import { realClock, realPorts } from "../test/training/real-ports.ts";
import { trialJob } from "../test/training/trial-jobs.ts";
import { amount, below, circumstances, noted, printBench } from "./lib/figures.ts";
import { programPath, withFolder } from "./lib/programs.ts";

const TRIALS = 8;
/** Between two redraws of a progress bar; ten a second is the most that the usual ones do. */
const BAR_MS = 200;
const QUICK_BAR_MS = 100;
const SECONDS = 30;
const FLOOD = 1_000_000;
const SAMPLE_EVERY = 100_000;
const MEGABYTE = 2 ** 20;

interface Overhead {
  /** Of one core, in percent, that this process uses while the trials run; what it starts is not counted. */
  readonly share: number;
  readonly lines: number;
}

async function overhead(barMs: number): Promise<Overhead> {
  const terminal = openSync("/dev/null", "w");
  const clean: (() => void)[] = [];
  try {
    const lab = scene((each) => void clean.push(each), {
      trainer: [process.execPath, programPath("trainer"), "pace", String(barMs), "bin/apps.csv"],
      gpus: Array.from({ length: TRIALS }, (_, index) => gpuRow(index)),
      supervision: { ...SUPERVISION, idle: { ...SUPERVISION.idle, intervalMs: 100 } },
    });
    const jobs = Array.from({ length: TRIALS }, (_, index) =>
      trialJob({ trial: `0001a-s${index + 1}`, seed: index + 1, steps: 1_000_000 }),
    );
    const running = new Set<string>();
    let lines = 0;
    const stop = new AbortController();
    const launched = lab.launch({
      jobs,
      settings: { gpus: { ...lab.settings.gpus, maxConcurrency: TRIALS } },
      signal: stop.signal,
      hooks: {
        watchesOf: () => [watchGradient({ limit: 100, warmUp: 500, sustained: 3, rise: 10 })],
        onProgress: ({ trial, step, steps, loss, evalL1 }) => {
          running.add(trial);
          writeSync(terminal, `${trial}: step ${step}/${steps}, loss ${loss}, eval_l1 ${evalL1}\n`);
        },
        onLine: () => {
          lines += 1;
        },
      },
    });
    while (running.size < TRIALS) await sleep(100);
    await sleep(2_000);
    lines = 0;
    const used = process.cpuUsage();
    const begun = performance.now();
    await sleep(SECONDS * 1000);
    const { user, system } = process.cpuUsage(used);
    const share = (user + system) / 10 / (performance.now() - begun);
    const seen = lines;
    stop.abort();
    await launched;
    return { share, lines: seen };
  } finally {
    closeSync(terminal);
    for (const each of clean) each();
  }
}

interface Memory {
  /** MiB that are in use after a collection: first at a tenth of the lines. */
  readonly levels: readonly number[];
  readonly seconds: number;
}

async function flood(folder: string): Promise<Memory> {
  const levels: number[] = [];
  let lines = 0;
  const log = await openLogFile({ path: join(folder, "log"), capBytes: SUPERVISION.logCapBytes });
  const begun = performance.now();
  await supervise({
    ...realPorts(process.env),
    file: process.execPath,
    args: [programPath("trainer"), "flood", String(FLOOD)],
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "" },
    log,
    atNextBeat: sharedBeat({ clock: realClock, everyMs: SUPERVISION.logDelayMs }),
    grid: { logFreq: 50 },
    watches: [],
    guards: [],
    ladders: SUPERVISION.ladders,
    stopOnFullDisk: true,
    tap: null,
    signal: new AbortController().signal,
    onStarted: async () => undefined,
    onEvent: () => undefined,
    onLine: () => {
      lines += 1;
      if (lines % SAMPLE_EVERY === 0) levels.push(inUse());
    },
    onNote: () => undefined,
  });
  await log.close();
  if (lines !== FLOOD) throw new Error(`${lines} of ${FLOOD} lines`);
  return { levels, seconds: (performance.now() - begun) / 1000 };
}

function inUse(): number {
  // The first gives buffers back beside our work; the second waits for it.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MEGABYTE;
}

function linesPerTrial({ lines }: Overhead): string {
  return (lines / TRIALS / SECONDS).toFixed(1);
}

const before = circumstances();
const usual = await overhead(BAR_MS);
const quick = await overhead(QUICK_BAR_MS);
const { levels, seconds } = await withFolder(flood);
// The worst of the last levels against the best of the first ones: what has not been given back yet differs between two looks.
const first = Math.min(...levels.slice(0, 3));
const last = Math.max(...levels.slice(-3));

printBench({
  title: "Supervision",
  work: `${TRIALS} trainings on stand-ins for GPUs for ${SECONDS} s, each logging a step and its memory every second, an evaluation every four, and redrawing a progress bar every ${BAR_MS} ms; then one that logs ${
    FLOOD / 1e6
  } million lines as fast as it can.`,
  circumstances: before,
  figures: [
    below(`supervising ${TRIALS} trials, of one core`, { value: usual.share, goal: 2, unit: "%", digits: 2 }),
    noted("… lines per trial and second", linesPerTrial(usual)),
    noted(`… with a bar every ${QUICK_BAR_MS} ms`, amount(quick.share, "%", 2)),
    noted("… … lines per trial and second", linesPerTrial(quick)),
    below("memory in use, line 100,000 → 1,000,000", {
      value: last - first,
      goal: 5,
      unit: "MiB more",
      digits: 2,
    }),
    noted("… at the end", amount(last, "MiB", 1)),
    noted("… lines a second", String(Math.round(FLOOD / seconds))),
  ],
});
