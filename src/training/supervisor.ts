/** One trainer process from start to end: its output, whoever asks to stop it, and nothing of it left behind. */
import { messageOf } from "../errors.ts";
import type { LogGrid, TrainerEvent } from "../wire/trainer-log.ts";
import type { AtNextBeat } from "./beat.ts";
import type { Digest } from "./digest.ts";
import type { ProcessEnd } from "./ending.ts";
import type { LogFile } from "./log-file.ts";
import { logWriter } from "./log-writer.ts";
import { type OutputReader, outputReader } from "./output-reader.ts";
import type { Clock } from "./ports.ts";
import type { ProcessIdentity, ProcessTable } from "./process-table.ts";
import { type StopLadders, type StopRequest, stopRequestOf } from "./stop.ts";
import { type Stopper, trainerStopper } from "./stopper.ts";
import { pumpLines, type StartedTrainer, type StartOptions, startTrainer } from "./trainer-process.ts";
import type { RowEvent, Watch } from "./watch.ts";

/** A trainer that runs, as guards see it. */
interface RunningTrainer {
  /** Also the id of its process group; null when it runs on another machine. */
  readonly pid: number | null;
  /** Aborts when it has exited. */
  readonly ended: AbortSignal;
  /** When it last wrote anything, by the steady clock. */
  lastOutput(): number;
}

/** What the live tap knows of this trainer's run, and can do to it. */
export interface RunTap {
  /** Calls with every row that arrives until the returned function is called. */
  readonly rows: (onRow: (row: RowEvent) => void) => () => void;
  /** Asks the trainer's SDK to stop the run. */
  readonly requestStop: () => void;
}

/** Looks after a running trainer from outside its log and may ask to stop it. Comes to an end soon after `ended` aborts. */
export type Guard = (running: RunningTrainer) => Promise<StopRequest | null>;

export interface Supervision extends StartOptions {
  readonly log: LogFile;
  /** When the log is written; what is there by then is written together. */
  readonly atNextBeat: AtNextBeat;
  readonly grid: LogGrid;
  readonly watches: readonly Watch[];
  readonly guards: readonly Guard[];
  readonly ladders: StopLadders;
  /** Without it a full disk ends our copy of the log, and the training goes on. */
  readonly stopOnFullDisk: boolean;
  /** null: the trainer logs directly. */
  readonly tap: RunTap | null;
  /** Aborted with a StopRequest, or with anything else: then the launch is cancelled. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  /** It lives; guards begin only after this. */
  readonly onStarted: (trainer: ProcessIdentity) => Promise<void>;
  readonly onEvent: (event: TrainerEvent) => void;
  /** Every line of output, as it came. */
  readonly onLine: (line: string) => void;
  readonly onNote: (note: string) => void;
}

export interface Supervised {
  readonly end: ProcessEnd;
  readonly stop: StopRequest | null;
  readonly digest: Digest;
  /** Last lines of both streams, oldest first, without terminal control. */
  readonly tail: readonly string[];
}

/** How long output may be kept open by something that left the process group. */
const DRAIN_MS = 2_000;
const DISK_FULL = { outcome: "failed", reason: "disk-full", urgent: false } as const;
const BROKEN: StopRequest = { outcome: "failed", reason: "supervisor", evidence: {}, urgent: true };

/** Never leaves a process behind, also when one of the callbacks throws; then it throws that error after the end. */
export async function supervise(options: Supervision): Promise<Supervised> {
  const { clock, processes, signal, onNote, tap } = options;
  const reader = outputReader(options);
  const trainer = await startTrainer(options);
  if (trainer.kind === "not-started") return { end: trainer, stop: null, ...reader.read() };

  const stopper = trainerStopper({
    ...options,
    send: (name) => void processes.signalGroup(trainer.pid, name),
    ended: trainer.ended,
    requestStop: tap?.requestStop,
  });
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stopper.request(BROKEN);
  };
  const listening = listen(trainer, { ...options, reader, stopper, fail });
  const deafen = tap?.rows((row) => {
    try {
      for (const watch of options.watches) stopper.request(watch(row));
    } catch (error) {
      fail(error);
    }
  });
  const abort = (): void => stopper.request(stopRequestOf(signal));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();

  await processes.identify(trainer.pid).then(options.onStarted).catch(fail);
  const { pid, ended } = trainer;
  const running = { pid, ended, lastOutput: listening.lastOutput };
  for (const guard of options.guards) void consult(guard, { running, stopper, onNote });

  const end = await Promise.race([trainer.end, stopper.stuck.then((): ProcessEnd => ({ kind: "stuck" }))]);
  signal.removeEventListener("abort", abort);
  deafen?.();
  await leaveNothing({ trainer, output: listening.output, clock, processes });
  await listening.flush();
  if (failures.length > 0) throw failures[0];
  return { end, stop: stopper.first(), ...reader.read() };
}

interface Listening {
  /** Ends with each stream. */
  readonly output: readonly Promise<void>[];
  /** By the steady clock. */
  readonly lastOutput: () => number;
  /** All that came is in the log. */
  readonly flush: () => Promise<void>;
}

interface Listener {
  readonly reader: OutputReader;
  readonly stopper: Stopper;
  readonly fail: (error: unknown) => void;
}

/** What the trainer prints goes into its log, and to whoever reads its lines. */
function listen({ child }: StartedTrainer, options: Supervision & Listener): Listening {
  const { clock, reader, stopper, fail } = options;
  const log = logWriter({
    ...options,
    onFull: (line) => {
      if (options.stopOnFullDisk) stopper.request({ ...DISK_FULL, evidence: { line } });
    },
  });
  let lastOutput = clock.steady();
  const output = [child.stdout, child.stderr].map((stream) =>
    pumpLines({
      stream,
      onLine: (line) => reader.onLine(line, stopper),
      onChunk: (chunk) => {
        lastOutput = clock.steady();
        return log.add(chunk);
      },
    }).catch(fail),
  );
  return { output, lastOutput: () => lastOutput, flush: log.flush };
}

async function consult(
  guard: Guard,
  { running, stopper, onNote }: { running: RunningTrainer; stopper: Stopper; onNote: (note: string) => void },
): Promise<void> {
  try {
    stopper.request(await guard(running));
  } catch (error) {
    onNote(`A guard of process ${running.pid} gave up: ${messageOf(error)}`);
  }
}

/** Workers that outlived the trainer are killed; output that is still held open after that is closed from our side. */
async function leaveNothing(rest: {
  trainer: StartedTrainer;
  output: readonly Promise<void>[];
  clock: Clock;
  processes: ProcessTable;
}): Promise<void> {
  const { trainer, output, clock, processes } = rest;
  if ((await processes.membersOf(trainer.pid)).length > 0) processes.signalGroup(trainer.pid, "SIGKILL");
  const drained = new AbortController();
  const done = Promise.all(output).then(() => drained.abort());
  await clock.sleep(DRAIN_MS, drained.signal);
  trainer.child.stdout.destroy();
  trainer.child.stderr.destroy();
  await done;
  trainer.child.unref();
}
