/** How soon a NaN ends a training. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { median } from "../src/judgement/statistics.ts";
import { sharedBeat } from "../src/training/beat.ts";
import { SUPERVISION } from "../src/training/launch-options.ts";
import { openLogFile } from "../src/training/log-file.ts";
import { supervise } from "../src/training/supervisor.ts";
import { watchNonFinite } from "../src/training/watch.ts";
import { realClock, realPorts } from "../test/training/real-ports.ts";
import { preciseNow } from "./lib/clock.ts";
import { amount, below, circumstances, noted, printBench } from "./lib/figures.ts";
import { programPath, withFolder } from "./lib/programs.ts";

const NANS = 15;

const Time = z.object({ what: z.enum(["nan", "interrupted"]), at: z.number() });
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
    args: [programPath("trainer"), times],
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "" },
    log,
    atNextBeat: sharedBeat({ clock: realClock, everyMs: SUPERVISION.logDelayMs }),
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

const before = circumstances();
const figures = await withFolder(async (folder) => {
  const stops: Awaited<ReturnType<typeof stopOnce>>[] = [];
  for (let index = 0; index < NANS; index += 1) stops.push(await stopOnce(folder, index));
  const signalled = median(stops.map((stop) => stop.signalled));
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
  ];
});

printBench({
  title: "Watchdog",
  work: `${NANS} trainings that turn NaN; trainers are small Node programs.`,
  circumstances: before,
  figures,
});
