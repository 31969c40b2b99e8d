import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  expectedHours,
  fitsHours,
  type Rules,
  refusalToLaunch,
  spentSoFar,
} from "../../src/rounds/budget.ts";
import {
  isWithin,
  nextOpening,
  nightBegan,
  nightsFrom,
  parseHours,
  timeLeft,
} from "../../src/rounds/hours.ts";
import { history, say } from "./fixtures.ts";

const shanghai = parseHours("22:00-08:00", "Asia/Shanghai");
if (!shanghai) throw new Error("These are hours.");
/** 23:30 in Shanghai. */
const night = new Date("2026-01-05T15:30:00Z");
/** 12:00 in Shanghai. */
const noon = new Date("2026-01-05T04:00:00Z");

describe("hours", () => {
  it("go over midnight, in their own time zone", () => {
    expect([night, noon].map((now) => isWithin(shanghai, now))).toEqual([true, false]);
    expect(timeLeft(shanghai, night)).toBe(8.5 * 3_600_000);
    expect(timeLeft(shanghai, noon)).toBe(0);
  });

  it("count what ran before and after midnight as one night", () => {
    const early = new Date("2026-01-05T22:10:00Z");
    expect(nightBegan(shanghai, { now: early, timeZone: "UTC" })).toEqual(new Date("2026-01-05T14:00:00Z"));
    expect(nightBegan(null, { now: early, timeZone: "UTC" })).toEqual(new Date("2026-01-05T12:00:00Z"));
  });

  it.each(["22:00", "22:00-25:00", "22:00-24:30", "8-10", "10:00-10:00", "22:00-8", ""])(
    "are not %j",
    (text) => {
      expect(parseHours(text, "UTC")).toBeNull();
    },
  );

  test.prop([
    fc.nat(1439),
    fc.nat(1439),
    fc.date({ min: new Date("2026-01-01"), max: new Date("2026-12-31"), noInvalidDate: true }),
  ])("hold exactly while time is left", (start, end, now) => {
    fc.pre(start !== end);
    const hours = { start, end, timeZone: "UTC" };
    expect(timeLeft(hours, now) > 0).toBe(isWithin(hours, now));
    expect(isWithin(hours, new Date(now.getTime() + timeLeft(hours, now)))).toBe(false);
  });
});

const rules: Rules = {
  limits: { deviceHoursPerNight: 2, deviceHoursInAll: 10, roundsPerNight: 2 },
  hours: shanghai,
  hoursApplyTo: "unattended",
  atEnd: "finish",
  timeZone: "Asia/Shanghai",
};
const nothing = { deviceHoursTonight: 0, deviceHoursInAll: 0, roundsTonight: 0 };

describe("the budget", () => {
  it("is read from the ledger", () => {
    const events = [
      say.approved("0001"),
      say.dispatched("0001-00000001", [{ id: "0001a-s42", attempt: 1 }], "2026-01-05T14:05:00.000Z"),
      { ...say.ended("finished", "0001a-s42"), at: "2026-01-05T15:05:00.000Z", device_seconds: 3600 },
    ];
    expect(spentSoFar(history(...events), { now: night, rules })).toEqual({
      deviceHoursTonight: 1,
      deviceHoursInAll: 1,
      roundsTonight: 1,
    });
    const nextNight = new Date("2026-01-06T15:30:00Z");
    expect(spentSoFar(history(...events), { now: nextNight, rules })).toMatchObject({
      deviceHoursTonight: 0,
      deviceHoursInAll: 1,
    });
  });

  it.each([
    ["a merge by day", nothing, { now: noon, attended: true, begun: false }, null],
    ["an unattended round by day", nothing, { now: noon, attended: false, begun: false }, "outside-hours"],
    ["an unattended round at night", nothing, { now: night, attended: false, begun: false }, null],
    [
      "a night that is spent",
      { ...nothing, deviceHoursTonight: 2 },
      { now: night, attended: true, begun: false },
      "night-spent",
    ],
    [
      "a campaign that is spent",
      { ...nothing, deviceHoursInAll: 10 },
      { now: night, attended: true, begun: false },
      "all-spent",
    ],
    [
      "a third round",
      { ...nothing, roundsTonight: 2 },
      { now: night, attended: true, begun: false },
      "rounds-spent",
    ],
    [
      "a rerun in the second round",
      { ...nothing, roundsTonight: 2 },
      { now: night, attended: true, begun: true },
      null,
    ],
  ] as const)("answers %s", (_name, spent, at, refusal) => {
    expect(refusalToLaunch(rules, spent, at)).toBe(refusal);
  });

  it("lets the hours hold up a person's merge only where they apply to all", () => {
    const at = { now: noon, attended: true, begun: false };
    expect(refusalToLaunch({ ...rules, hoursApplyTo: "all" }, nothing, at)).toBe("outside-hours");
  });
});

describe("the end of the hours", () => {
  const stop = { ...rules, atEnd: "stop" as const };
  const early = { now: night, attended: false, resumable: false };

  it("holds back what would be cut short with nothing to resume from", () => {
    // 8.5 hours are left.
    expect(fitsHours(stop, { ...early, expectedHours: 8 })).toBe(true);
    expect(fitsHours(stop, { ...early, expectedHours: 9 })).toBe(false);
  });

  it.each([
    ["may finish", rules, {}],
    ["does not concern a person's merge", stop, { attended: true }],
    ["leaves a checkpoint", stop, { resumable: true }],
    ["comes to trials that were never measured", stop, { expectedHours: null }],
    ["always comes too early", stop, { expectedHours: 11 }],
  ] as const)("holds nothing back that %s", (_why, given, change) => {
    expect(fitsHours(given, { ...early, expectedHours: 9, ...change })).toBe(true);
  });

  test.prop([fc.nat(1439), fc.nat(1439), fc.date({ min: new Date("2026-01-01"), noInvalidDate: true })])(
    "is followed by the next opening",
    (start, end, now) => {
      fc.pre(start !== end && now.getUTCFullYear() < 2100);
      const hours = { start, end, timeZone: "UTC" };
      const opening = nextOpening(hours, now);
      expect(isWithin(hours, opening)).toBe(true);
      expect(opening.getTime() - now.getTime()).toBeLessThan(24 * 3_600_000);
      if (!isWithin(hours, now)) expect(isWithin(hours, new Date(opening.getTime() - 1))).toBe(false);
    },
  );

  it("counts nights from the one that is or comes next", () => {
    const of = (now: Date, nights: number) =>
      nightsFrom(nights, { hours: shanghai, now, timeZone: "UTC" }).toISOString();
    expect([of(night, 1), of(noon, 1), of(noon, 2)]).toEqual([
      "2026-01-06T00:00:00.000Z",
      "2026-01-06T00:00:00.000Z",
      "2026-01-07T00:00:00.000Z",
    ]);
    expect(nightsFrom(2, { hours: null, now: noon, timeZone: "UTC" })).toEqual(
      new Date("2026-01-07T04:00:00Z"),
    );
  });
});

describe("the hours of a trial", () => {
  const ended = (attempt: number, device_seconds: number, event: "finished" | "failed" = "finished") => [
    say.dispatched(`0001-0000000${attempt}`, [{ id: "0001a-s42", attempt }]),
    { ...say.ended(event, "0001a-s42", attempt), device_seconds },
  ];
  const events = [say.approved("0001"), ...ended(1, 3600), ...ended(2, 7200), ...ended(3, 36_000)];

  it("are the median of those that finished, for so many steps", () => {
    expect(expectedHours(history(...events), 2000)).toBe(2);
    expect(expectedHours(history(...events), 10_000)).toBe(10);
  });

  it("are unknown where nothing finished", () => {
    expect(expectedHours(history(say.approved("0001"), ...ended(1, 60, "failed")), 2000)).toBeNull();
  });
});
