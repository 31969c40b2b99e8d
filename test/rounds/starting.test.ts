import { describe, expect, it } from "vitest";
import type { Rules } from "../../src/rounds/budget.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { startable } from "../../src/rounds/starting.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { history, NO_LIMITS, say } from "./fixtures.ts";

const NOW = new Date("2026-01-05T21:00:00.000Z");
const budget = (limits: Partial<Rules["limits"]>): Rules => ({
  ...NO_LIMITS,
  limits: { ...NO_LIMITS.limits, ...limits },
});
/** One trial of the first round took an hour; the second round has three. */
const measured = [
  say.approved("0001"),
  say.dispatched("0001-00000001", [{ id: "0001a-s42", attempt: 1 }]),
  Object.assign(say.ended("finished", "0001a-s42"), { device_seconds: 3600 }),
  say.approved("0002", ["2", "3", "4"]),
];
const running = say.dispatched("0002-00000001", [{ id: "0002a-s42", attempt: 1 }]);

function claimable(events: readonly LedgerEvent[], limits: Partial<Rules["limits"]>) {
  const known = history(...events);
  const round = known.rounds.get("0002");
  if (!round) throw new Error("There is a second round.");
  const { trials, heldUp } = startable(round, {
    history: known,
    rules: budget(limits),
    now: NOW,
    retries: RETRIES,
  });
  return { trials: trials.map(({ id }) => id), heldUp };
}

describe("what may be claimed of a budget", () => {
  it.each([
    ["everything where nothing is limited", {}, ["0002a-s42", "0002b-s42", "0002c-s42"]],
    ["as much as the night is expected to hold", { deviceHoursPerNight: 3 }, ["0002a-s42", "0002b-s42"]],
    ["as much as is left in all", { deviceHoursInAll: 2 }, ["0002a-s42"]],
  ])("is %s", (_what, limits, trials) => {
    expect(claimable(measured, limits)).toEqual({ trials, heldUp: null });
  });

  it("counts what was claimed and still trains, wherever that is", () => {
    const events = [...measured, running];
    expect(claimable(events, { deviceHoursPerNight: 3 }).trials).toEqual(["0002b-s42"]);
    expect(claimable(events, { deviceHoursPerNight: 2 })).toEqual({ trials: [], heldUp: "night-spent" });
    expect(claimable(events, { deviceHoursInAll: 2 })).toEqual({ trials: [], heldUp: "all-spent" });
  });

  it("counts what it really took once that is known", () => {
    const short = Object.assign(say.ended("finished", "0002a-s42"), { device_seconds: 60 });
    const of = (events: readonly LedgerEvent[]) => claimable(events, { deviceHoursPerNight: 2.5 }).trials;
    expect(of([...measured, running])).toEqual(["0002b-s42"]);
    expect(of([...measured, running, short])).toEqual(["0002b-s42", "0002c-s42"]);
  });

  it("expects nothing as long as no trial has finished", () => {
    expect(claimable(measured.slice(-1), { deviceHoursPerNight: 1 }).trials).toHaveLength(3);
  });
});
