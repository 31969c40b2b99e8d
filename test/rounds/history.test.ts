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
