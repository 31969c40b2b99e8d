import { describe, expect, it } from "vitest";
import { mendable, vainRound } from "../../src/rounds/vain-round.ts";
import { history, say } from "./fixtures.ts";

const [a, b] = ["0001a-s42", "0001b-s42"];
const claimed = [
  say.proposed("0001"),
  say.approved("0001", ["1", "2"]),
  say.dispatched(
    "0001-00000001",
    [a, b].map((id) => ({ id, attempt: 1 })),
  ),
];

describe("a round in vain", () => {
  it("is the newest one when all of it ended and nothing as it should", () => {
    const failed = history(...claimed, say.ended("failed", a), say.ended("invalid", b));
    expect(vainRound(failed)?.round).toBe("0001");
    expect(vainRound(history(...claimed, say.ended("failed", a)))).toBeNull();
    expect(vainRound(history(...claimed, say.ended("failed", a), say.ended("finished", b)))).toBeNull();
    expect(vainRound(history(say.proposed("0001"), say.approved("0001")))).toBeNull();
    expect(vainRound(history())).toBeNull();
  });

  it("may be mended where trials failed or were interrupted, not where they came apart", () => {
    const vain = vainRound(history(...claimed, say.ended("failed", a), say.ended("invalid", b)));
    expect(vain && mendable(vain)).toEqual([{ id: a, attempt: 2 }]);
    const idle = Object.assign(say.ended("interrupted", b, 2), { reason: "not-begun" });
    const late = vainRound(
      history(
        ...claimed,
        say.dispatched("0001-00000002", [{ id: b, attempt: 2 }]),
        say.ended("failed", a),
        say.ended("invalid", b),
        idle,
      ),
    );
    expect(late && mendable(late)).toEqual([{ id: a, attempt: 2 }]);
  });
});
