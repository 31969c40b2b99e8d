import * as z from "zod";
import type { Clock } from "./ports.ts";
import type { ProcessTable } from "./process-table.ts";

/** Why an attempt is to end before it is done, and what it then counts as. Also the `reason` of an AbortSignal. */
export const StopRequest = z.strictObject({
  outcome: z.enum(["invalid", "stopped", "failed", "interrupted"]),
  /** Slug, e.g. `non-finite`, `stalled`, `cancelled`. */
  reason: z.string(),
  evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** The workflow run is being cancelled: about ten seconds are left (github facts 7). */
  urgent: z.boolean(),
});
export type StopRequest = z.infer<typeof StopRequest>;

const CANCELLED: StopRequest = {
  outcome: "interrupted",
  reason: "cancelled",
  evidence: {},
  urgent: true,
};

/** What an aborted signal asks for; any reason that is no StopRequest means that the whole launch is cancelled. */
export function stopRequestOf(signal: AbortSignal): StopRequest {
  return StopRequest.safeParse(signal.reason).data ?? CANCELLED;
}

/** A signal to the group, or a request through the live tap, and how long it may take to have its effect. */
export interface Rung {
  /** `request`: the tap answers the trainer's SDK that the run is to stop. Left out without a tap. */
  readonly signal: "SIGINT" | "SIGTERM" | "SIGKILL" | "request";
  readonly graceMs: number;
}

export interface StopLadders {
  readonly gentle: readonly Rung[];
  readonly urgent: readonly Rung[];
}

/**
 * Only after SIGINT the trainer writes its W&B file to the end; it needs about 3 s (trainer facts 9). Where SIGINT is ignored
 * a request has the same effect, but the SDK looks for it only every 15 s.
 */
export const STOP_LADDERS: StopLadders = {
  gentle: [
    { signal: "SIGINT", graceMs: 20_000 },
    { signal: "request", graceMs: 25_000 },
    { signal: "SIGTERM", graceMs: 5_000 },
    { signal: "SIGKILL", graceMs: 5_000 },
  ],
  urgent: [
    { signal: "SIGINT", graceMs: 5_000 },
    { signal: "SIGTERM", graceMs: 500 },
    { signal: "SIGKILL", graceMs: 1_000 },
  ],
};

export type StopSignal = Exclude<Rung["signal"], "request">;

export interface Climb {
  /** Brings a signal to the whole group of the trainer. */
  readonly send: (signal: StopSignal) => void;
  readonly ladder: readonly Rung[];
  /** Signals that another ladder sent already: waited for again, not sent again (a second SIGINT breaks the first one's work). */
  readonly sent: Set<Rung["signal"]>;
  /** Asks the trainer's SDK to stop the run; not given without a live tap. */
  readonly requestStop?: (() => void) | undefined;
  readonly clock: Clock;
  /** Aborts when the trainer has exited, or when another ladder takes over. */
  readonly until: AbortSignal;
}

/** Ends when the trainer is gone or the last rung's grace is over. */
export async function climb(options: Climb): Promise<void> {
  const { send, ladder, sent, requestStop, clock, until } = options;
  for (const { signal, graceMs } of ladder) {
    if (until.aborted) return;
    if (signal === "request" && !requestStop) continue;
    if (!sent.has(signal)) {
      if (signal === "request") requestStop?.();
      else send(signal);
    }
    sent.add(signal);
    await clock.sleep(graceMs, until);
  }
}

export interface GroupEnd extends Pick<Climb, "ladder" | "clock"> {
  readonly group: number;
  readonly processes: ProcessTable;
}

/** Ends a group that is not our child; true when nothing of it is left. */
export async function endGroup(options: GroupEnd): Promise<boolean> {
  const { group, processes } = options;
  const gone = new AbortController();
  const through = new AbortController();
  const looking = watchGroup({ ...options, gone, until: through.signal });
  await climb({
    ...options,
    send: (signal) => void processes.signalGroup(group, signal),
    sent: new Set(),
    until: gone.signal,
  });
  through.abort();
  await looking;
  return gone.signal.aborted;
}

async function watchGroup(
  options: Omit<GroupEnd, "ladder"> & { gone: AbortController; until: AbortSignal },
): Promise<void> {
  const { group, processes, clock, gone, until } = options;
  while ((await processes.membersOf(group)).length > 0) {
    if (until.aborted) return;
    await clock.sleep(100, until);
  }
  gone.abort();
}
