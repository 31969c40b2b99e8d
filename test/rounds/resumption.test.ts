import { describe, expect, it } from "vitest";
import { approvedRounds, interrupted, openDispatch } from "../../src/rounds/resumption.ts";
import { history, say } from "./fixtures.ts";

const trial = { id: "0001a-s42", attempt: 1 };
const claimed = [say.proposed("0001"), say.approved("0001"), say.dispatched("0001-00000001", [trial])];
const cut = (reason: string, attempt = 1) => ({ ...say.ended("interrupted", trial.id, attempt), reason });

describe("what a stopped loop left", () => {
  it("is a dispatch whose attempts have no outcome", () => {
    expect(openDispatch(history(...claimed))).toEqual({ round: "0001", dispatch: "0001-00000001" });
    expect(openDispatch(history(...claimed, say.ended("finished", trial.id)))).toBeNull();
    expect(openDispatch(history())).toBeNull();
  });

  it.each(["cancelled", "launcher-lost", "lost"])(
    "is begun again when it ended as %s, however often",
    (reason) => {
      const again = [1, 2, 3, 4, 5].flatMap((attempt) => [
        say.dispatched(`0001-0000000${attempt}`, [{ ...trial, attempt }]),
        cut(reason, attempt),
      ]);
      const found = interrupted(history(...claimed.slice(0, 2), ...again));
      expect(found).toMatchObject({ round: "0001", attempts: [{ trial: trial.id, attempt: 5 }] });
    },
  );

  it("is begun three times at most when somebody else keeps killing it", () => {
    const second = [say.dispatched("0001-00000002", [{ ...trial, attempt: 2 }]), cut("signal", 2)];
    const third = [say.dispatched("0001-00000003", [{ ...trial, attempt: 3 }]), cut("signal", 3)];
    expect(interrupted(history(...claimed, cut("signal")))).not.toBeNull();
    expect(interrupted(history(...claimed, cut("signal"), ...second))).not.toBeNull();
    expect(interrupted(history(...claimed, cut("signal"), ...second, ...third))).toBeNull();
  });

  it.each(["finished", "failed", "invalid"] as const)("is not what ended as %s", (event) => {
    expect(interrupted(history(...claimed, say.ended(event, trial.id)))).toBeNull();
  });

  it("is not looked for in rounds that others were built on", () => {
    const later = [say.proposed("0002", 8), say.approved("0002", ["2"], 8)];
    expect(interrupted(history(...claimed, cut("cancelled"), ...later))).toBeNull();
    expect(approvedRounds(history(...claimed, ...later, say.proposed("0003", 9)))).toBe(2);
  });
});
