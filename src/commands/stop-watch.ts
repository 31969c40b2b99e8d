import { AutoloopError, messageOf } from "../errors.ts";
import type { LedgerStore } from "../forge/ledger-store.ts";
import { attemptKey, foldLedger } from "../rounds/history.ts";
import type { LaunchPorts } from "../training/launch-options.ts";
import type { StopRequest } from "../training/stop.ts";
import type { Guard } from "../training/supervisor.ts";
import type { TrialJob } from "../training/trial-job.ts";

/** Stops that people asked for, as they become known on the box. */
export interface StopWatch {
  /** For a job that waits. */
  readonly stopOf: (job: TrialJob) => StopRequest | null;
  /** For one that runs. */
  readonly guardOf: (job: TrialJob) => Guard;
  readonly end: () => void;
}

export interface StopWatchOptions {
  readonly ledger: Pick<LedgerStore, "head" | "readRound">;
  /** Rounds whose trials may be looked after. */
  readonly rounds: readonly string[];
  /** What the ledger said before: `<trial>:<attempt>` → who stopped it. */
  readonly stops: ReadonlyMap<string, string>;
  readonly clock: LaunchPorts["clock"];
  readonly say: (line: string) => void;
}

/** `/stop` has its effect within this time, and the trainer's own few seconds. */
const LOOK_MS = 5_000;

/** One cheap look at the ledger's branch every few seconds; it is read only when it moved. */
export function watchStops({ ledger, rounds, stops, clock, say }: StopWatchOptions): StopWatch {
  const known = new Map(stops);
  const listeners = new Set<() => void>();
  const over = new AbortController();
  const learn = async (): Promise<void> => {
    for (const round of rounds) {
      const found = foldLedger(await ledger.readRound(round)).rounds.get(round);
      for (const [key, by] of found?.stops ?? []) known.set(key, by);
    }
    for (const listener of [...listeners]) listener();
  };
  const stopOf = (job: TrialJob): StopRequest | null => {
    const by = known.get(attemptKey({ id: job.trial, attempt: job.attempt }));
    return by === undefined
      ? null
      : { outcome: "stopped", reason: "person", evidence: { by }, urgent: false };
  };
  void look({ ledger, clock, say, learn, over: over.signal });
  return {
    stopOf,
    guardOf:
      (job) =>
      ({ ended }) =>
        new Promise((resolve) => {
          const settle = (): void => {
            const stop = ended.aborted ? null : stopOf(job);
            if (!stop && !ended.aborted) return;
            listeners.delete(settle);
            resolve(stop);
          };
          listeners.add(settle);
          ended.addEventListener("abort", settle, { once: true });
          settle();
        }),
    end: () => over.abort(),
  };
}

interface Look extends Pick<StopWatchOptions, "ledger" | "clock" | "say"> {
  readonly learn: () => Promise<void>;
  readonly over: AbortSignal;
}

async function look({ ledger, clock, say, learn, over }: Look): Promise<void> {
  let seen: string | null = null;
  let quiet = false;
  while (!over.aborted) {
    try {
      const head = await ledger.head();
      if (head !== seen) await learn();
      seen = head;
      quiet = false;
    } catch (thrown) {
      if (isExpired(thrown)) {
        say("This job's token has expired: from now on /stop cancels the workflow run instead.");
        return;
      }
      if (!quiet) say(`Nobody can be heard who asks to stop; looked for again: ${messageOf(thrown)}`);
      quiet = true;
    }
    await clock.sleep(LOOK_MS, over);
  }
}

function isExpired(thrown: unknown): boolean {
  return thrown instanceof AutoloopError && thrown.code === "forge.token-expired";
}
