import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { campaignEnd, campaignOf, refusalOfFollowUp } from "../../src/rounds/campaign.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import type { FollowUp } from "../../src/rounds/manifest.ts";
import { reconcile } from "../../src/rounds/reconcile.ts";
import { history, NO_LIMITS, observed, say } from "./fixtures.ts";

const UNTIL = "2026-01-06T08:00:00.000Z";
const NOW = "2026-01-05T21:00:00.000Z";
const limits: FollowUp = {
  rounds: 2,
  gpu_hours: 4,
  until: UNTIL,
  bounds: { "ot.loss_config.reg": { min: 0.1, max: 3 } },
  patience: 2,
};

const withFollowUp = (followUp: FollowUp, change: object = {}) =>
  Object.assign(say.approved("0001"), { follow_up: followUp }, change);
const done = (round: string, { hours = 1, gain = false } = {}): LedgerEvent[] => [
  say.dispatched(`${round}-00000001`, [{ id: `${round}a-s42`, attempt: 1 }]),
  Object.assign(say.ended("finished", `${round}a-s42`), { device_seconds: hours * 3600 }),
  Object.assign(say.reported(round, [`${round}a-s42:1`]), { gain }),
];
const merged = (followUp = limits): LedgerEvent[] => [
  say.proposed("0001"),
  withFollowUp(followUp),
  ...done("0001"),
];
const following = (round: string): LedgerEvent[] => [
  Object.assign(say.proposed(round), { pull: null, follows: "0001" }),
  Object.assign(say.approved(round, [round.slice(-1)]), { pull: null, by: "budget" }),
];
const dueAt = (events: readonly LedgerEvent[], change: Parameters<typeof observed>[1] = {}) =>
  reconcile(observed(events, { now: NOW, ...change })).map(({ due }) => due);

describe("a merge that approves further rounds", () => {
  it("makes the next one a follow-up, without a pull request", () => {
    expect(reconcile(observed(merged(), { now: NOW }))).toEqual([{ due: "follow-up", round: "0001" }]);
  });

  it("does nothing of the kind where nothing is trained, or the loop is paused", () => {
    expect(dueAt(merged(), { mode: "propose" })).toEqual(["propose"]);
    const paused: LedgerEvent = { key: "p", at: NOW, event: "paused", by: "ana", reason: null };
    expect(dueAt([...merged(), paused])).toEqual([]);
  });

  it("waits for hours and budget, and proposes nothing meanwhile", () => {
    const rules = { ...NO_LIMITS, limits: { ...NO_LIMITS.limits, roundsPerNight: 1 } };
    expect(dueAt(merged(), { rules })).toEqual([]);
  });

  it("is only what a person merged: a budget approves no more than a round", () => {
    const byBudget = [say.proposed("0001"), withFollowUp(limits, { by: "budget" }), ...done("0001")];
    expect(dueAt(byBudget)).toEqual(["propose"]);
    const byItself = [...merged(), ...following("0002"), ...done("0002")];
    const chained = byItself.map((event) =>
      event.event === "approved" && event.round === "0002" ? { ...event, follow_up: limits } : event,
    );
    expect(campaignOf(history(...chained), "0002")).toBeNull();
  });

  it("drafts a follow-up again that was written down and never committed", () => {
    const half = [...merged(), Object.assign(say.proposed("0002"), { pull: null, follows: "0001" })];
    expect(reconcile(observed(half, { now: NOW }))).toEqual([{ due: "follow-up", round: "0001" }]);
    expect(dueAt(half, { merged: new Set(["0002"]) })).toEqual(["judge-approval"]);
  });

  it.each([
    [
      "all its rounds were begun",
      [...following("0002"), ...done("0002", { gain: true }), ...following("0003"), ...done("0003")],
      {},
    ],
    ["its hours are spent", [...following("0002"), ...done("0002", { hours: 4, gain: true })], {}],
    ["its time is over", [], { now: UNTIL }],
    [
      "a later round was merged",
      [say.proposed("0002", 8), say.approved("0002", ["2"], 8), ...done("0002")],
      {},
    ],
  ] as const)("has to be merged again when %s", (_why, events, change) => {
    expect(dueAt([...merged(), ...events], change)).toEqual(["propose"]);
  });

  it("ends with its patience, and a gain renews it", () => {
    const patient = merged({ ...limits, rounds: 9, gpu_hours: 99 });
    const second = [...following("0002"), ...done("0002")];
    expect(dueAt([...patient, ...second])).toEqual(["follow-up"]);
    expect(dueAt([...patient, ...second, ...following("0003"), ...done("0003")])).toEqual(["propose"]);
    expect(dueAt([...patient, ...second, ...following("0003"), ...done("0003", { gain: true })])).toEqual([
      "follow-up",
    ]);
  });

  it("claims nothing of a follow-up whose approval ran out, and goes on with the next proposal", () => {
    const late = [...merged(), ...following("0002")];
    expect(dueAt(late)).toEqual(["claim"]);
    expect(dueAt(late, { now: UNTIL })).toEqual(["propose"]);
  });

  it("claims only so many trials as fit into its hours by what such trials took", () => {
    const three = following("0002").map((event) =>
      event.event === "approved"
        ? Object.assign(say.approved("0002", ["2", "3", "4"]), { pull: null, by: "budget" })
        : event,
    );
    const of = (gpu_hours: number) => {
      const due = reconcile(observed([...merged({ ...limits, gpu_hours }), ...three], { now: NOW }));
      return due.flatMap((piece) => (piece.due === "claim" ? piece.trials.map(({ id }) => id) : []));
    };
    // One hour each, as the first round's trial.
    expect(of(2)).toEqual(["0002a-s42", "0002b-s42"]);
    expect(of(9)).toHaveLength(3);
    expect(of(0.5)).toEqual([]);
  });

  it("lets a person run a trial of it all the same, by name", () => {
    const asked = [...merged(), ...following("0002"), say.rerun("0002", [{ id: "0002a-s42", attempt: 1 }])];
    expect(dueAt(asked, { now: UNTIL })).toEqual(["claim"]);
  });
});

interface Story {
  readonly limits: FollowUp;
  readonly rounds: readonly { readonly hours: number; readonly gain: boolean; readonly minutes: number }[];
}
const story: fc.Arbitrary<Story> = fc.record({
  limits: fc.record({
    rounds: fc.integer({ min: 1, max: 6 }),
    gpu_hours: fc.integer({ min: 1, max: 12 }),
    until: fc.constant(UNTIL),
    bounds: fc.constant(limits.bounds),
    patience: fc.integer({ min: 1, max: 4 }),
  }),
  rounds: fc.array(
    fc.record({
      hours: fc.integer({ min: 0, max: 5 }),
      gain: fc.boolean(),
      minutes: fc.integer({ min: 1, max: 200 }),
    }),
    { minLength: 12, maxLength: 12 },
  ),
});

describe("a campaign, whatever happens", () => {
  test.prop([story])("never exceeds its rounds, hours, time and patience", ({ limits: own, rounds }) => {
    let events = merged(own);
    let now = Date.parse(NOW);
    let [hours, idle, begun] = [0, 0, 0];
    for (const [at, round] of rounds.entries()) {
      const due = reconcile(observed(events, { now: new Date(now).toISOString() }));
      if (due[0]?.due !== "follow-up") {
        expect(due).toEqual([{ due: "propose" }]);
        const campaign = campaignOf(history(...events), "0001");
        expect(
          campaign && campaignEnd(campaign, { history: history(...events), now: new Date(now) }),
        ).not.toBeNull();
        break;
      }
      expect(begun).toBeLessThan(own.rounds);
      expect(hours).toBeLessThan(own.gpu_hours);
      expect(idle).toBeLessThan(own.patience);
      expect(now).toBeLessThan(Date.parse(own.until));
      const name = String(at + 2).padStart(4, "0");
      events = [...events, ...following(name)];
      const open = history(...events);
      const own2 = open.rounds.get(name);
      expect(own2 && refusalOfFollowUp(own2, { history: open, now: new Date(now) })).toBeNull();
      events = [...events, ...done(name, round)];
      begun += 1;
      hours += round.hours;
      idle = round.gain ? 0 : idle + 1;
      now += round.minutes * 60_000;
    }
    expect(begun).toBeLessThanOrEqual(own.rounds);
  });
});
