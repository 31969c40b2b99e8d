import { describe, expect, it } from "vitest";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { dueTrials, isThrough, RETRIES, type Retries, resultsOf, trialsOf } from "../../src/rounds/trials.ts";
import { history, say } from "./fixtures.ts";

const TRIAL = "0001a-s42";
const approved = [say.proposed("0001"), say.approved("0001")];
const LATER = new Date("2026-01-06T00:00:00.000Z");

/** Somebody wants more steps of the second attempt. */
const extended: LedgerEvent = {
  key: "comment:5",
  at: "2026-01-05T20:00:00.000Z",
  event: "extended",
  round: "0001",
  by: "ana",
  trials: [{ id: TRIAL, attempt: 2, steps: 10_000 }],
};

/** Attempts that all ended so, and what the last one is said to have died of. */
function attempts(event: "failed" | "interrupted" | "invalid" | "finished", count: number, reason = "exit") {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((attempt): LedgerEvent[] => [
    say.dispatched(`0001-0000000${attempt}`, [{ id: TRIAL, attempt }]),
    Object.assign(say.ended(event, TRIAL, attempt), { reason }),
  ]);
}

function due(events: readonly LedgerEvent[], change: Partial<Retries> = {}, now = LATER) {
  const known = history(...events);
  const round = known.rounds.get("0001");
  return round ? dueTrials(round, { history: known, retries: { ...RETRIES, ...change }, now }) : [];
}

describe("what is due of a round", () => {
  it("is every trial that was approved, in its order", () => {
    expect(due([say.proposed("0001"), say.approved("0001", ["1", "2"])])).toEqual([
      { id: TRIAL, attempt: 1 },
      { id: "0001b-s42", attempt: 1 },
    ]);
  });

  it("is an interrupted trial that goes on where it was, as often as the settings allow", () => {
    const resume = { attempt: 1, run_id: `a1${TRIAL}` };
    expect(due([...approved, ...attempts("interrupted", 1)])).toEqual([{ id: TRIAL, attempt: 2, resume }]);
    expect(due([...approved, ...attempts("interrupted", 3)])).toMatchObject([{ attempt: 4 }]);
    expect(due([...approved, ...attempts("interrupted", 4)])).toEqual([]);
  });

  it("goes on with the last attempt that is known to have trained, past one that never reported", () => {
    const resume = { attempt: 1, run_id: `a1${TRIAL}` };
    const lost = Object.assign(say.ended("interrupted", TRIAL, 2), { reason: "lost", steps: null });
    const claim = Object.assign(say.dispatched("0001-00000002", []), {
      trials: [{ id: TRIAL, attempt: 2, run_id: "a2", resume }],
    });
    const events = [...approved, ...attempts("interrupted", 1, "signal"), claim];
    expect(due([...events, lost])).toEqual([{ id: TRIAL, attempt: 3, resume }]);
    expect(due([...approved, ...attempts("interrupted", 1, "lost")])).toMatchObject([{ resume }]);
  });

  it("is a failed one once more, unless its cause stays", () => {
    expect(due([...approved, ...attempts("failed", 1, "out-of-memory")])).toMatchObject([{ attempt: 2 }]);
    expect(due([...approved, ...attempts("failed", 2, "out-of-memory")])).toEqual([]);
    expect(due([...approved, ...attempts("failed", 1, "config-refused")])).toEqual([]);
  });

  it.each(["invalid", "finished"] as const)("is not what ended as %s", (event) => {
    expect(due([...approved, ...attempts(event, 1)])).toEqual([]);
  });

  it.each(["invalid", "finished", "stopped"] as const)(
    "is not what turns out to have ended as %s when its next attempt was claimed already",
    (event) => {
      const told = (reason: string) => Object.assign(say.ended("interrupted", TRIAL, 2), { reason });
      const late = [
        ...approved,
        say.dispatched("0001-00000001", [{ id: TRIAL, attempt: 1 }]),
        Object.assign(say.ended("interrupted", TRIAL, 1), { key: `given-up:${TRIAL}:1`, reason: "lost" }),
        say.dispatched("0001-00000002", [{ id: TRIAL, attempt: 2 }]),
        say.ended(event, TRIAL, 1),
      ];
      for (const reason of ["refused", "not-begun", "cancelled", "lost"]) {
        expect(due([...late, told(reason)])).toEqual([]);
      }
      const asked = say.rerun("0001", [{ id: TRIAL, attempt: 2 }]);
      expect(due([...late, asked, told("refused")])).toMatchObject([{ attempt: 3 }]);
    },
  );

  it("rests for some minutes after a cancellation, and the round is not over meanwhile", () => {
    const events = [...approved, ...attempts("interrupted", 1, "cancelled")];
    expect(due(events, {}, new Date("2026-01-05T20:05:00.000Z"))).toEqual([]);
    expect(due(events, {}, new Date("2026-01-05T20:10:00.000Z"))).toMatchObject([{ attempt: 2 }]);
    const known = history(...events);
    const round = known.rounds.get("0001");
    expect(round && isThrough(round, { history: known, retries: RETRIES })).toBe(false);
  });

  it("rests as long when it was cancelled while it waited, which is never counted, and goes on as it was claimed", () => {
    const claim = { id: TRIAL, attempt: 2, resume: { attempt: 1, run_id: `a1${TRIAL}` } };
    const events = [
      ...approved,
      ...attempts("interrupted", 1, "launcher-lost"),
      ...[2, 3, 4, 5, 6].flatMap((attempt) => [
        Object.assign(say.dispatched(`0001-0000000${attempt}`, []), {
          trials: [{ ...claim, attempt, run_id: "a2" }],
        }),
        Object.assign(say.ended("interrupted", TRIAL, attempt), { reason: "cancelled", device_seconds: 0 }),
      ]),
    ];
    expect(due(events, {}, new Date("2026-01-05T20:05:00.000Z"))).toEqual([]);
    expect(due(events, {}, new Date("2026-01-05T20:10:00.000Z"))).toEqual([{ ...claim, attempt: 7 }]);
  });

  it("rests as long when the box refused it, which is never counted", () => {
    const events = [...approved, ...attempts("interrupted", 9, "refused")];
    expect(due(events, {}, new Date("2026-01-05T20:05:00.000Z"))).toEqual([]);
    expect(due(events, {}, new Date("2026-01-05T20:10:00.000Z"))).toEqual([{ id: TRIAL, attempt: 10 }]);
    expect(
      due(
        [...events, say.rerun("0001", [{ id: TRIAL, attempt: 10 }])],
        {},
        new Date("2026-01-05T20:00:01.000Z"),
      ),
    ).toEqual([{ id: TRIAL, attempt: 10 }]);
  });

  it("does not count ends that need a person to repeat them", () => {
    const uncounted = new Set(["launcher-lost"]);
    expect(due([...approved, ...attempts("interrupted", 9, "launcher-lost")], { uncounted })).toHaveLength(1);
  });

  it("is what was claimed and never began, exactly as it was claimed, however often", () => {
    const claim = { id: TRIAL, attempt: 2, steps: 10_000, resume: { attempt: 1, run_id: `a1${TRIAL}` } };
    const events = [
      ...approved,
      ...attempts("finished", 1),
      extended,
      Object.assign(say.dispatched("0001-00000002", []), { trials: [{ ...claim, run_id: "a2" }] }),
      Object.assign(say.ended("interrupted", TRIAL, 2), { reason: "not-begun", steps: null }),
    ];
    expect(due(events)).toEqual([{ ...claim, attempt: 3 }]);
    expect(due([...approved, ...attempts("interrupted", 9, "not-begun")])).toEqual([
      { id: TRIAL, attempt: 10 },
    ]);
  });

  it("rests when nobody began it time and again, so that what ends every launch is no endless loop", () => {
    const soon = new Date("2026-01-05T20:05:00.000Z");
    const idle = (count: number) => [...approved, ...attempts("interrupted", count, "not-begun")];
    expect(due(idle(3), {}, soon)).toHaveLength(1);
    expect(due(idle(4), {}, soon)).toEqual([]);
    expect(due(idle(4))).toHaveLength(1);
  });

  it("counts failures past what never began", () => {
    const idle = Object.assign(say.ended("interrupted", TRIAL, 2), { reason: "not-begun" });
    const failures = attempts("failed", 3).filter((event) => !("attempt" in event) || event.attempt !== 2);
    expect(due([...approved, ...failures, idle])).toEqual([]);
  });

  it("is what the end of the window stopped, as long as each night brings it further", () => {
    const nights = (steps: readonly number[]) =>
      attempts("interrupted", steps.length, "window-ended").map((event) =>
        "attempt" in event ? { ...event, steps: steps[event.attempt - 1] ?? 0 } : event,
      );
    expect(due([...approved, ...nights([100, 200, 300, 400, 500, 600])])).toMatchObject([{ attempt: 7 }]);
    expect(due([...approved, ...nights([100, 100, 100, 100])])).toMatchObject([{ attempt: 5 }]);
    expect(due([...approved, ...nights([100, 100, 100, 100, 100])])).toEqual([]);
  });

  it("is not what somebody stopped, begun or not, until somebody asks for it again", () => {
    const stop = (attempt: number): LedgerEvent => ({
      key: `comment:${attempt}`,
      at: "2026-01-05T20:00:00.000Z",
      event: "stop-requested",
      round: "0001",
      by: "ana",
      trials: [{ id: TRIAL, attempt }],
    });
    expect(due([...approved, stop(1)])).toEqual([]);
    const interrupted = [...approved, ...attempts("interrupted", 1), stop(1)];
    expect(due(interrupted)).toEqual([]);
    expect(due([...interrupted, say.rerun("0001", [{ id: TRIAL, attempt: 2 }], 9)])).toMatchObject([
      { attempt: 2 },
    ]);
  });

  it("is what a person extends: more steps, from where it was", () => {
    const resume = { attempt: 1, run_id: `a1${TRIAL}` };
    expect(due([...approved, ...attempts("finished", 1), extended])).toEqual([
      { id: TRIAL, attempt: 2, steps: 10_000, resume },
    ]);
  });

  it("is a trial at a further seed that a person asks for", () => {
    const events = [
      ...approved,
      ...attempts("finished", 1),
      say.rerun("0001", [{ id: "0001a-s7", attempt: 1 }]),
    ];
    expect(due(events)).toEqual([{ id: "0001a-s7", attempt: 1 }]);
    const round = history(...events).rounds.get("0001");
    expect(round && trialsOf(round).map(({ seed }) => seed)).toEqual([42, 7]);
  });

  it("is not what another round finished, unless a person names it", () => {
    const twin = [
      ...approved,
      ...attempts("finished", 1),
      say.proposed("0002", 8),
      say.approved("0002", ["1"], 8),
    ];
    const of = (events: readonly LedgerEvent[]) => {
      const known = history(...events);
      const round = known.rounds.get("0002");
      return round ? dueTrials(round, { history: known, retries: RETRIES, now: LATER }) : null;
    };
    expect(of(twin)).toEqual([]);
    expect(of([...twin, say.rerun("0002", [{ id: "0002a-s42", attempt: 1 }])])).toHaveLength(1);
  });
});

describe("what stands for a trial", () => {
  const claim = (attempt: number): LedgerEvent =>
    Object.assign(say.dispatched(`0001-0000000${attempt}`, []), {
      trials: [{ id: TRIAL, attempt, steps: 10_000, run_id: `a${attempt}` }],
    });
  const results = (...events: readonly LedgerEvent[]) => {
    const round = history(...approved, ...attempts("finished", 1), extended, ...events).rounds.get("0001");
    return round && resultsOf(round).map(({ attempt, steps }) => [attempt, steps]);
  };

  it("is the finished result also when it is trained further, beside the newest attempt at that", () => {
    expect(results(claim(2))).toEqual([[1, null]]);
    expect(results(claim(2), say.ended("interrupted", TRIAL, 2))).toEqual([
      [1, null],
      [2, 10_000],
    ]);
    expect(
      results(claim(2), say.ended("interrupted", TRIAL, 2), claim(3), say.ended("finished", TRIAL, 3)),
    ).toEqual([
      [1, null],
      [3, 10_000],
    ]);
  });

  it("is not an attempt that never began, where there is another", () => {
    const idle = Object.assign(say.ended("interrupted", TRIAL, 2), { reason: "not-begun" });
    expect(results(say.dispatched("0001-00000002", [{ id: TRIAL, attempt: 2 }]), idle)).toEqual([[1, null]]);
  });
});
