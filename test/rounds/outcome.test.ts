import { describe, expect, it } from "vitest";
import { asMeant, emptyOutcome, Outcome } from "../../src/rounds/outcome.ts";

const facts = {
  round: "0001",
  dispatch: "0001-1a2b3c4d",
  trial: "0001a-s42",
  attempt: 1,
  run_id: "a123456789",
  started: "2026-01-05T20:00:00.000Z",
  ended: "2026-01-05T21:00:00.000Z",
};
const cancelled = emptyOutcome({ ...facts, outcome: "interrupted", reason: "cancelled" });

describe("a cancelled attempt", () => {
  it("was stopped by whoever had asked for that, and is an accident otherwise", () => {
    expect(asMeant(cancelled, "ana")).toMatchObject({
      outcome: "stopped",
      reason: "person",
      evidence: { by: "ana" },
    });
    expect(asMeant(cancelled, undefined)).toEqual(cancelled);
  });

  it("that ended otherwise before the stop came is what it is", () => {
    const finished = emptyOutcome({ ...facts, outcome: "finished", reason: null });
    expect(asMeant(finished, "ana")).toEqual(finished);
    const lost = emptyOutcome({ ...facts, outcome: "interrupted", reason: "signal" });
    expect(asMeant(lost, "ana")).toEqual(lost);
  });

  it("is an outcome that can be read back", () => {
    expect(Outcome.parse(JSON.parse(JSON.stringify(cancelled)))).toEqual(cancelled);
  });
});
