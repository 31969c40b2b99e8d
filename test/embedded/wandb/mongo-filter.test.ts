import { describe, expect, it } from "vitest";
import { matches, NO_SUCH_FIELD } from "../../../src/embedded/wandb/mongo-filter.ts";

const run: Readonly<Record<string, unknown>> = {
  state: "finished",
  tags: ["baseline", "seed:42"],
  steps: 2000,
  createdAt: "2026-05-01T10:00:00.000Z",
  group: null,
  flag: true,
};
const lookup = (path: string) => (path === "State" ? NO_SUCH_FIELD : run[path]);

describe("matches", () => {
  it.each([
    [{}, true],
    [{ state: "finished" }, true],
    [{ state: { $eq: "failed" } }, false],
    [{ state: { $ne: "failed" } }, true],
    [{ steps: { $gt: 1999, $lt: 2001 } }, true],
    [{ steps: { $gte: 2000, $lte: 2000 } }, true],
    [{ steps: { $gt: "1" } }, false],
    [{ createdAt: { $gte: "2026-05-01", $lt: "2026-05-02" } }, true],
    [{ state: { $in: ["failed", "finished"] } }, true],
    [{ state: { $nin: ["failed", "finished"] } }, false],
    [{ flag: true }, true],
    [{ state: { $regex: "^fin" } }, true],
    [{ tags: { $regex: "^seed:\\d+$" } }, true],
    [{ steps: { $not: { $gt: 3000 } } }, true],
    [{ $and: [{ tags: "baseline" }, { tags: "seed:42" }] }, true],
    [{ $or: [{ state: "failed" }, { steps: 2000 }] }, true],
    [{ $nor: [{ state: "failed" }, { steps: 1 }] }, true],
    [{ $not: { state: "finished" } }, false],
    [{ state: "finished", steps: 1 }, false],
  ])("%j is %s", (filter, expected) => {
    expect(matches(filter, lookup)).toBe(expected);
  });

  it("treats a list as its members", () => {
    expect(matches({ tags: "baseline" }, lookup)).toBe(true);
    expect(matches({ tags: { $in: ["x", "seed:42"] } }, lookup)).toBe(true);
    expect(matches({ tags: { $ne: "baseline" } }, lookup)).toBe(false);
    expect(matches({ tags: { $nin: ["x"] } }, lookup)).toBe(true);
    expect(matches({ tags: ["baseline", "seed:42"] }, lookup)).toBe(true);
  });

  it("lets an undefined value fail every comparison, as NULL does", () => {
    expect(matches({ group: { $ne: "a" } }, lookup)).toBe(false);
    expect(matches({ group: { $nin: ["a"] } }, lookup)).toBe(false);
    expect(matches({ group: null }, lookup)).toBe(true);
    expect(matches({ group: { $exists: false } }, lookup)).toBe(true);
    expect(matches({ group: { $in: ["a", null] } }, lookup)).toBe(true);
    expect(matches({ state: { $ne: null } }, lookup)).toBe(true);
  });

  it("matches nothing on a field that no run can have, and says nothing", () => {
    expect(matches({ State: "finished" }, lookup)).toBe(false);
    expect(matches({ State: { $exists: false } }, lookup)).toBe(false);
    expect(matches({ State: null }, lookup)).toBe(false);
  });

  it.each([
    [{ $xor: [] }, "unknown operator $xor"],
    [{ steps: { $mod: 2 } }, "unknown operator $mod"],
    [{ $or: { state: "x" } }, "expected a list"],
    [["state"], "expected an object"],
    [{ state: { $regex: "a(?=b)" } }, "RE2 cannot compile"],
    [{ state: { $regex: 1 } }, "$regex expects a string"],
  ])("refuses %j", (filter, message) => {
    expect(() => matches(filter, lookup)).toThrow(message);
  });
});
