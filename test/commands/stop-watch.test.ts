import { describe, expect, it } from "vitest";
import { watchStops } from "../../src/commands/stop-watch.ts";
import { AutoloopError } from "../../src/errors.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { say } from "../rounds/fixtures.ts";
import { trialJob } from "../training/trial-jobs.ts";

const stop = (attempt: number): LedgerEvent => ({
  key: `comment:${attempt}`,
  at: "2026-01-05T20:00:00.000Z",
  event: "stop-requested",
  round: "0001",
  by: "ana",
  trials: [{ id: "0001a-s42", attempt }],
});
const STOPPED = { outcome: "stopped", reason: "person", evidence: { by: "ana" }, urgent: false };

/** A ledger that moves when the test says so, and a clock that wakes the watch when the test says so. */
function watched(stops: ReadonlyMap<string, string> = new Map()) {
  const [said, waiting]: [string[], (() => void)[]] = [[], []];
  let [head, events]: [string | AutoloopError, LedgerEvent[]] = ["c1", [say.proposed("0001")]];
  let reads = 0;
  const watch = watchStops({
    ledger: {
      head: async () => {
        if (typeof head !== "string") throw head;
        return head;
      },
      readRound: async () => {
        reads += 1;
        return events;
      },
    },
    rounds: ["0001"],
    stops,
    clock: {
      now: () => 0,
      steady: () => 0,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          waiting.push(resolve);
          signal?.addEventListener("abort", () => resolve());
        }),
    },
    say: (line) => said.push(line),
  });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    watch,
    said,
    reads: () => reads,
    looking: () => waiting.length > 0,
    moves: (to: string | AutoloopError, more: readonly LedgerEvent[] = []) => {
      head = to;
      events = [...events, ...more];
    },
    look: async () => {
      await settled();
      waiting.shift()?.();
      await settled();
    },
  };
}

const running = (ended: AbortSignal) => ({ pid: 1, ended, lastOutput: () => 0 });
const never = new AbortController().signal;

describe("the watch for stops", () => {
  it("stops a running trial as soon as the ledger says so, and reads it only when it moved", async () => {
    const { watch, look, moves, reads } = watched();
    const asked = watch.guardOf(trialJob())(running(never));
    await look();
    await look();
    expect(reads()).toBe(1);
    moves("c2", [stop(1)]);
    await look();
    expect(await asked).toEqual(STOPPED);
    expect(reads()).toBe(2);
    watch.end();
  });

  it("leaves other attempts and other trials alone", async () => {
    const { watch, look, moves } = watched();
    moves("c2", [stop(2)]);
    await look();
    expect(watch.stopOf(trialJob())).toBeNull();
    expect(watch.stopOf(trialJob({ attempt: 2 }))).toEqual(STOPPED);
    expect(watch.stopOf(trialJob({ trial: "0001b-s42", attempt: 2 }))).toBeNull();
    watch.end();
  });

  it("knows what the ledger said before it began", () => {
    const { watch } = watched(new Map([["0001a-s42:1", "ana"]]));
    expect(watch.stopOf(trialJob())).toEqual(STOPPED);
    watch.end();
  });

  it("lets go of a trial that ended by itself", async () => {
    const { watch } = watched();
    const ended = new AbortController();
    const asked = watch.guardOf(trialJob())(running(ended.signal));
    ended.abort();
    expect(await asked).toBeNull();
    watch.end();
  });

  it("looks again after a failure, which it tells once", async () => {
    const { watch, look, moves, said } = watched();
    await look();
    moves(new AutoloopError("forge.request", { what: "No answer.", next: "Wait." }));
    await look();
    await look();
    expect(said).toHaveLength(1);
    moves("c2", [stop(1)]);
    await look();
    expect(watch.stopOf(trialJob())).toEqual(STOPPED);
    watch.end();
  });

  it("ends when its token has expired, and says what /stop does from then on", async () => {
    const { watch, look, moves, said, looking } = watched();
    moves(new AutoloopError("forge.token-expired", { what: "Expired.", next: "Start again." }));
    await look();
    await look();
    expect(looking()).toBe(false);
    expect(said).toEqual([expect.stringContaining("/stop cancels the workflow run")]);
    watch.end();
  });
});
