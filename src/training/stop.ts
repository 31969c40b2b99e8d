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

/** A signal to the group, and how long it may take to have its effect. */
export interface Rung {
  readonly signal: "SIGINT" | "SIGTERM" | "SIGKILL";
  readonly graceMs: number;
}

export interface StopLadders {
  readonly gentle: readonly Rung[];
  readonly urgent: readonly Rung[];
}

/** Only after SIGINT the trainer writes its W&B file to the end; it needs about 3 s (trainer facts 9). */
export const STOP_LADDERS: StopLadders = {
  gentle: [
    { signal: "SIGINT", graceMs: 20_000 },
    { signal: "SIGTERM", graceMs: 5_000 },
    { signal: "SIGKILL", graceMs: 5_000 },
  ],
  urgent: [
    { signal: "SIGINT", graceMs: 5_000 },
    { signal: "SIGTERM", graceMs: 500 },
    { signal: "SIGKILL", graceMs: 1_000 },
  ],
};

export interface Climb {
  readonly group: number;
  readonly ladder: readonly Rung[];
  /** Signals that another ladder sent already: waited for again, not sent again (a second SIGINT breaks the first one's work). */
  readonly sent: Set<Rung["signal"]>;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  /** Aborts when the trainer has exited, or when another ladder takes over. */
  readonly until: AbortSignal;
}

/** Ends when the trainer is gone or the last rung's grace is over. */
export async function climb({ group, ladder, sent, processes, clock, until }: Climb): Promise<void> {
  for (const rung of ladder) {
    if (until.aborted) return;
    if (!sent.has(rung.signal)) processes.signalGroup(group, rung.signal);
    sent.add(rung.signal);
    await clock.sleep(rung.graceMs, until);
  }
}

/** Ends a group that is not our child; true when nothing of it is left. */
export async function endGroup(options: Omit<Climb, "until" | "sent">): Promise<boolean> {
  const gone = new AbortController();
  const through = new AbortController();
  const looking = watchGroup({ ...options, gone, until: through.signal });
  await climb({ ...options, sent: new Set(), until: gone.signal });
  through.abort();
  await looking;
  return gone.signal.aborted;
}

async function watchGroup(
  options: Pick<Climb, "group" | "processes" | "clock"> & { gone: AbortController; until: AbortSignal },
): Promise<void> {
  const { group, processes, clock, gone, until } = options;
  while ((await processes.membersOf(group)).length > 0) {
    if (until.aborted) return;
    await clock.sleep(100, until);
  }
  gone.abort();
}
