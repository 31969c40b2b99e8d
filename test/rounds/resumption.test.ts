import { describe, expect, it } from "vitest";
import { approvedRounds, openDispatch } from "../../src/rounds/resumption.ts";
import { history, say } from "./fixtures.ts";

const trial = { id: "0001a-s42", attempt: 1 };
const claimed = [say.proposed("0001"), say.approved("0001"), say.dispatched("0001-00000001", [trial])];

describe("what a stopped loop left", () => {
  it("is a dispatch whose attempts have no outcome", () => {
    expect(openDispatch(history(...claimed))).toEqual({ round: "0001", dispatch: "0001-00000001" });
    expect(openDispatch(history(...claimed, say.ended("finished", trial.id)))).toBeNull();
    expect(openDispatch(history())).toBeNull();
  });

  it("counts the rounds that somebody let in", () => {
    const later = [say.proposed("0002", 8), say.approved("0002", ["2"], 8)];
    expect(approvedRounds(history(...claimed, ...later, say.proposed("0003", 9)))).toBe(2);
  });
});
