import { describe, expect, it } from "vitest";
import { allowance } from "../../src/commands/allowance.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { Settings } from "../../src/settings.ts";
import { history, say } from "../rounds/fixtures.ts";
import { trialJob } from "../training/trial-jobs.ts";

const DISPATCH = "0001-00000001";
const job = trialJob({ trial: "0001a-s42", attempt: 1, steps: 2000 });
/** 23:30 in Shanghai, and 08:00, when the hours end. */
const [night, morning] = [new Date("2026-01-05T15:30:00Z"), new Date("2026-01-06T00:00:00Z")];

function given(
  settings: object,
  change: { now?: Date; by?: string; deadline?: Date; events?: readonly LedgerEvent[] } = {},
) {
  const { now = night, by = "budget", deadline = null, events = [] } = change;
  const approved = Object.assign(say.approved("0001"), { by });
  const claimed = say.dispatched(DISPATCH, [{ id: "0001a-s42", attempt: 1 }], "2026-01-05T15:00:00.000Z");
  return allowance(
    { settings: Settings.parse({ timezone: "Asia/Shanghai", ...settings }), now: () => now },
    {
      history: history(say.proposed("0001"), approved, claimed, ...events),
      deadline,
      clock: { now: () => now.getTime(), steady: () => now.getTime(), sleep: async () => undefined },
    },
  );
}

const window = { hours: "22:00-08:00" };

/** What keeps the trial from beginning. */
const heldUp = ({ stopOf }: ReturnType<typeof allowance>, used = 0) =>
  stopOf(job, { used })?.evidence["held_up_by"] ?? null;

describe("a trial that waits in a launch", () => {
  it("may begin inside of the hours and not after them, unless a person merged it", () => {
    expect(heldUp(given({ window }))).toBeNull();
    expect(heldUp(given({ window }, { now: morning }))).toBe("outside-hours");
    expect(heldUp(given({ window }, { now: morning, by: "ana" }))).toBeNull();
    const all = { window: { ...window, applies_to: "all" } };
    expect(heldUp(given(all, { now: morning, by: "ana" }))).toBe("outside-hours");
  });

  it("may not begin once this launch has used up what is left of the night", () => {
    const allowed = given({ budget: { gpu_hours_per_night: 2 } }, { by: "ana" });
    expect([heldUp(allowed, 1.9), heldUp(allowed, 2)]).toEqual([null, "night-spent"]);
  });

  it("may not begin after the wall time, nor while the loop is paused", () => {
    expect(heldUp(given({}, { deadline: night }))).toBe("wall-time");
    const paused: LedgerEvent = {
      key: "p",
      at: night.toISOString(),
      event: "paused",
      by: "ana",
      reason: null,
    };
    expect(heldUp(given({}, { events: [paused] }))).toBe("paused");
  });
});

describe("a trial that runs", () => {
  const endOf = async (settings: object, change: Parameters<typeof given>[1] = {}) => {
    const running = { pid: 1, ended: new AbortController().signal, lastOutput: () => 0 };
    const guards = given(settings, change).guardsOf(job, { runId: job.runId, outputDir: "/nowhere" });
    const ends = await Promise.all(guards.map((guard) => guard(running)));
    return ends.flatMap((end) => end?.reason ?? []);
  };
  const stop = { window: { ...window, at_end: "stop" } };

  it("may finish after the hours, unless the settings say stop", async () => {
    expect(await endOf({ window }, { now: morning })).toEqual([]);
    expect(await endOf(stop, { now: morning })).toEqual(["window-ended"]);
  });

  it("is stopped neither by hours that do not concern a person's merge nor where there are none", async () => {
    expect(await endOf(stop, { now: morning, by: "ana" })).toEqual([]);
    expect(await endOf({ window: { at_end: "stop" } }, { now: morning })).toEqual([]);
  });

  it("is stopped by the wall time too", async () => {
    const given = { window: { at_end: "stop" } };
    expect(await endOf(given, { deadline: night })).toEqual(["wall-time"]);
    expect(await endOf({}, { deadline: night })).toEqual([]);
  });
});
