/** How soon a NaN ends a training, and how long a device is idle between two trials. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { median } from "../src/judgement/statistics.ts";
import { SUPERVISION } from "../src/training/launch-options.ts";
import { openLogFile } from "../src/training/log-file.ts";
import { supervise } from "../src/training/supervisor.ts";
import { watchNonFinite } from "../src/training/watch.ts";
import { scene } from "../test/training/launch-scene.ts";
import { realPorts } from "../test/training/real-ports.ts";
import { trialJob } from "../test/training/trial-jobs.ts";
import { preciseNow } from "./lib/clock.ts";
import { amount, below, circumstances, noted, printBench } from "./lib/figures.ts";
import { programPath, withFolder } from "./lib/programs.ts";

const NANS = 15;
const TRIALS = 12;
const POLL_MS = 5000;

const Time = z.object({ what: z.enum(["started", "nan", "interrupted", "ended"]), at: z.number() });
type Time = z.infer<typeof Time>;

function timesIn(file: string): readonly Time[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => Time.parse(JSON.parse(line)));
}

function momentOf(times: readonly Time[], what: Time["what"]): number {
  return times.find((time) => time.what === what)?.at ?? Number.NaN;
}

/** Milliseconds from the NaN on the trainer's side to our signal, and to its arrival. */
async function stopOnce(folder: string, index: number): Promise<{ signalled: number; arrived: number }> {
  const times = join(folder, `times-${index}`);
  const ports = realPorts(process.env);
  let signalled = Number.NaN;
  const log = await openLogFile({ path: join(folder, `log-${index}`), capBytes: SUPERVISION.logCapBytes });
  await supervise({
    ...ports,
    file: process.execPath,
    args: [programPath("trainer"), "nan", times],
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "" },
    log,
    grid: { logFreq: 50 },
    watches: [watchNonFinite],
    guards: [],
    ladders: SUPERVISION.ladders,
    stopOnFullDisk: true,
    tap: null,
    signal: new AbortController().signal,
    processes: {
      ...ports.processes,
      signalGroup: (group, name) => {
        if (name === "SIGINT") signalled = preciseNow();
        return ports.processes.signalGroup(group, name);
      },
    },
    onStarted: async () => undefined,
    onEvent: () => undefined,
    onLine: () => undefined,
    onNote: () => undefined,
  });
  await log.close();
  const seen = timesIn(times);
  const nan = momentOf(seen, "nan");
  return { signalled: signalled - nan, arrived: momentOf(seen, "interrupted") - nan };
}

/** Milliseconds without a trainer between consecutive trials of one device. */
async function gaps(folder: string): Promise<readonly number[]> {
  const times = join(folder, "times");
  const clean: (() => void)[] = [];
  try {
    const lab = scene((each) => void clean.push(each), {
      trainer: [process.execPath, programPath("trainer"), "healthy", times],
      slots: 1,
      supervision: SUPERVISION,
    });
    const jobs = Array.from({ length: TRIALS }, (_, index) =>
      trialJob({ trial: `0001a-s${index + 1}`, seed: index + 1 }),
    );
    const { notRun } = await lab.launch({ jobs });
    if (notRun.length > 0) throw new Error(JSON.stringify(notRun));
  } finally {
    for (const each of clean) each();
  }
  const seen = timesIn(times);
  const starts = seen.filter(({ what }) => what === "started");
  const ends = seen.filter(({ what }) => what === "ended");
  return starts.slice(1).map(({ at }, index) => at - (ends[index]?.at ?? Number.NaN));
}

const before = circumstances();
const figures = await withFolder(async (folder) => {
  const stops: Awaited<ReturnType<typeof stopOnce>>[] = [];
  for (let index = 0; index < NANS; index += 1) stops.push(await stopOnce(folder, index));
  const signalled = median(stops.map((stop) => stop.signalled));
  const idle = await gaps(folder);
  return [
    below("NaN printed → process group signalled, median", {
      value: signalled,
      goal: 50,
      unit: "ms",
      digits: 1,
    }),
    noted("… the longest", amount(Math.max(...stops.map((stop) => stop.signalled)), "ms", 1)),
    noted(
      "… → signal handled by the trainer, median",
      amount(median(stops.map((stop) => stop.arrived)), "ms", 1),
    ),
    below("slot without a trainer between trials, median", {
      value: median(idle),
      goal: 200,
      unit: "ms",
      digits: 0,
    }),
    noted("… the longest", amount(Math.max(...idle), "ms", 0)),
    noted("… a queue that polls every 5 s, by arithmetic", amount(POLL_MS / 2, "ms", 0)),
  ];
});

printBench({
  title: "Watchdog and queue",
  work: `${NANS} trainings that turn NaN, and ${TRIALS} trials in a row on one CPU slot; trainers are small Node programs.`,
  circumstances: before,
  figures,
});
