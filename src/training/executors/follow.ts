/** One job in somebody else's queue until its end: its log, its reports, its state, and whoever asks to stop it. */
import { messageOf } from "../../errors.ts";
import type { LogGrid, TrainerEvent } from "../../wire/trainer-log.ts";
import type { Digest } from "../digest.ts";
import { outputReader } from "../output-reader.ts";
import type { Clock } from "../ports.ts";
import { type StopLadders, type StopRequest, stopRequestOf } from "../stop.ts";
import type { Stopper } from "../stopper.ts";
import type { Guard } from "../supervisor.ts";
import type { Watch } from "../watch.ts";
import { jobCanceller } from "./canceller.ts";
import type { Executor, JobState, Ticket } from "./executor.ts";
import type { JobReport } from "./job-folder.ts";
import { followLog, type LogFollower } from "./log-follower.ts";
import { asksForState } from "./remote-ending.ts";
import { isOver, type SeenState, stateWatch } from "./state-watch.ts";
import type { RemoteTiming } from "./timing.ts";

export interface FollowJobOptions {
  readonly executor: Executor;
  readonly ticket: Ticket;
  readonly log: string;
  readonly grid: LogGrid;
  readonly watches: readonly Watch[];
  readonly guards: readonly Guard[];
  /** Asked while the job waits: a request takes it out of the queue. */
  readonly stopWaiting?: () => StopRequest | null;
  readonly ladders: StopLadders;
  readonly timing: RemoteTiming;
  readonly clock: Clock;
  /** Aborted with a StopRequest, or with anything else: then the launch is cancelled. */
  readonly signal: AbortSignal;
  /** When it aborts, the job goes on without us. */
  readonly leave?: AbortSignal;
  /** It waits no longer. */
  readonly onBegun?: () => void;
  readonly onEvent: (event: TrainerEvent) => void;
  readonly onLine: (line: string) => void;
  readonly onNote: (note: string) => void;
}

export type Followed =
  | {
      readonly kind: "ended";
      readonly report: JobReport;
      readonly state: JobState;
      readonly stop: StopRequest | null;
      readonly digest: Digest;
      readonly tail: readonly string[];
    }
  /** Taken out of the queue before it began. `stop`: why, null when the launch was cancelled. */
  | { readonly kind: "withdrawn"; readonly stop: StopRequest | null }
  | { readonly kind: "left" };

/**
 * Also what lies behind is read again from its beginning, so a job that was found again is judged like one that was never left.
 * When it throws, the job is asked to end.
 * @throws AutoloopError `training.slurm-silent` when it was to be stopped and nobody took the request.
 */
export async function followJob(options: FollowJobOptions): Promise<Followed> {
  const over = new AbortController();
  try {
    return await follow(options, over.signal);
  } catch (error) {
    await options.executor.cancel(options.ticket, "SIGTERM");
    throw error;
  } finally {
    over.abort();
  }
}

async function follow(options: FollowJobOptions, ended: AbortSignal): Promise<Followed> {
  const { executor, ticket, timing, clock, signal, leave } = options;
  const wake = leave ? AbortSignal.any([signal, leave]) : signal;
  const reader = outputReader(options);
  const canceller = jobCanceller({ ...options, ended });
  const { stopper } = canceller;
  const log = followLog({ ...options, path: options.log, onLine: (line) => reader.onLine(line, stopper) });
  const look = stateWatch({ ...options, pollMs: timing.pollMs });
  let report: JobReport = { started: null, ended: null };
  let endSeen: number | null = null;
  let begun = false;
  let unwanted: StopRequest | null = null;
  for (;;) {
    await throughFaults(options, async () => {
      await log.read();
      report = await executor.collect(ticket);
    });
    if (report.ended) endSeen ??= clock.steady();
    const seen = look({ hurry: signal.aborted || endSeen !== null });
    if (!begun && (report.started !== null || seen.state.kind === "running")) {
      begun = true;
      options.onBegun?.();
      lookAfter(options, { log, stopper, ended });
    }
    if (signal.aborted && begun) stopper.request(stopRequestOf(signal));
    if (!begun) unwanted ??= options.stopWaiting?.() ?? null;
    if (!begun && (signal.aborted || unwanted)) canceller.withdraw();
    if (!begun && canceller.withdrawn() && isOver(seen.state)) return { kind: "withdrawn", stop: unwanted };
    const stop = stopper.first();
    // One that began before it could be withdrawn is its guards' business.
    const over = (!begun || stop !== null) && canceller.exhausted();
    if (over || hasEnded({ clock, timing, report, endSeen, seen, stop, log })) {
      await log.close();
      const state = stateAfter(seen, endSeen);
      // A second start would train nothing.
      if (state.kind === "queued") await executor.cancel(ticket, "withdraw");
      return { kind: "ended", report, state, stop, ...reader.read() };
    }
    if (leave?.aborted) return { kind: "left" };
    await clock.sleep(timing.tickMs, wake.aborted ? undefined : wake);
  }
}

interface Sight extends Pick<FollowJobOptions, "clock" | "timing"> {
  readonly report: JobReport;
  /** When its last report was seen. */
  readonly endSeen: number | null;
  readonly seen: SeenState;
  readonly stop: StopRequest | null;
  readonly log: LogFollower;
}

/** Silence of the queue alone ends nothing: a job is lost when the queue does not know it *and* its log stands still. */
function hasEnded({ report, endSeen, seen, stop, log, clock, timing }: Sight): boolean {
  const now = clock.steady();
  const stateFor = now - seen.since;
  if (endSeen !== null) {
    const known = isOver(seen.state) || ["absent", "queued"].includes(stateAfter(seen, endSeen).kind);
    return !asksForState(report, stop) || known || now - endSeen >= timing.settleMs;
  }
  if (isOver(seen.state)) return stateFor >= timing.settleMs;
  const patience = stop ? timing.settleMs : timing.lostMs;
  return seen.state.kind === "absent" && stateFor >= patience && now - log.lastGrowth() >= patience;
}

/** What the queue said before the end says nothing about the end, unless that it was over: waiting again means taken back. */
function stateAfter({ state, asked }: SeenState, endSeen: number | null): JobState {
  if (endSeen === null || asked > endSeen || isOver(state)) return state;
  return { kind: "silent", why: "it was not asked since the end" };
}

/** Guards begin with the trainer: time in the queue is not silence. */
function lookAfter(
  { guards, clock, ticket, onNote }: FollowJobOptions,
  { log, stopper, ended }: { log: LogFollower; stopper: Stopper; ended: AbortSignal },
): void {
  const began = clock.steady();
  const running = { pid: null, ended, lastOutput: () => Math.max(began, log.lastGrowth()) };
  for (const guard of guards) {
    void guard(running).then(stopper.request, (error: unknown) =>
      onNote(`A guard of job ${ticket.job} gave up: ${messageOf(error)}`),
    );
  }
}

/** A shared file system has its bad minutes; they are no reason to end a training. */
async function throughFaults({ onNote }: FollowJobOptions, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    onNote(`The job's files cannot be read now: ${error.message}`);
  }
}
