import { describe, expect, it } from "vitest";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { history, say } from "./fixtures.ts";

const TRIAL = "0001a-s42";
const claimed = [
  say.proposed("0001"),
  say.approved("0001"),
  say.dispatched("0001-00000001", [{ id: TRIAL, attempt: 1 }]),
];
const outcomeOf = (...events: readonly LedgerEvent[]) =>
  history(...claimed, ...events).rounds.get("0001")?.attempts[0]?.outcome ?? null;

describe("a pause", () => {
  const at = (minute: string) => `2026-01-05T20:${minute}:00.000Z`;
  const paused = (minute: string): LedgerEvent => {
    const key = `comment:${minute}`;
    return { key, at: at(minute), event: "paused", by: "ana", reason: null };
  };
  const resumed = (minute: string): LedgerEvent => {
    const key = `comment:${minute}`;
    return { key, at: at(minute), event: "resumed", by: "ana" };
  };

  it("lasts until somebody resumes, in the ledger's order, whatever the clocks say", () => {
    expect(history(paused("10"), resumed("05")).paused).toBeNull();
    expect(history(paused("10"), resumed("20"), paused("01")).paused).toMatchObject({ key: "comment:01" });
    expect(history(paused("10")).paused).toMatchObject({ by: "ana" });
  });
});

describe("an attempt that was given up", () => {
  const guess = (reason: string): LedgerEvent =>
    Object.assign(say.ended("interrupted", TRIAL), { key: `given-up:${TRIAL}:1`, reason });

  it("is what the box says later, also where both say the same", () => {
    expect(outcomeOf(guess("lost"), say.ended("finished", TRIAL))).toMatchObject({ event: "finished" });
    const told = Object.assign(say.ended("interrupted", TRIAL), { reason: "signal" });
    expect(outcomeOf(guess("person"), told)).toMatchObject({ reason: "signal" });
    expect(outcomeOf(told, guess("person"))).toMatchObject({ reason: "signal" });
  });

  it("stays a guess as long as nothing better comes", () => {
    expect(outcomeOf(guess("lost"))).toMatchObject({ reason: "lost" });
  });
});
