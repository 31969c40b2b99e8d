import { describe, expect, it } from "vitest";
import { CHECK_LIMITS, fits } from "../../src/report/budget.ts";
import { checkOpenRound, checkRound } from "../../src/report/check-run.ts";
import { voiceIn } from "../../src/report/voice.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { history, say } from "../rounds/fixtures.ts";

const en = voiceIn("en");
const round = (...events: readonly LedgerEvent[]) => {
  const found = history(...events).rounds.get("0001");
  if (!found) throw new Error("no round");
  return found;
};
const claims = [
  say.proposed("0001"),
  say.approved("0001", ["1", "2"]),
  say.dispatched("0001-00000001", [
    { id: "0001a-s42", attempt: 1 },
    { id: "0001b-s42", attempt: 1 },
  ]),
];

describe("checkOpenRound", () => {
  const broken = [{ id: "0001b", path: "configs/b.json", reason: "batch_size: 12.5 is not an int" }];

  it("is green when everything would be trained, red when nothing would", () => {
    expect(checkOpenRound("0001", { launchable: 2, broken: [] }, en)).toMatchObject({
      conclusion: "success",
    });
    expect(checkOpenRound("0001", { launchable: 0, broken }, en)).toMatchObject({ conclusion: "failure" });
  });

  it("points at each file that would not be trained", () => {
    expect(checkOpenRound("0001", { launchable: 1, broken }, en)).toMatchObject({
      conclusion: "neutral",
      annotations: [{ path: "configs/b.json", level: "failure", title: "0001b", message: broken[0]?.reason }],
    });
  });
});

describe("checkRound", () => {
  it("shows how far the trials are", () => {
    const half = round(...claims, say.ended("finished", "0001a-s42"));
    expect(checkRound(half, { over: false }, en)).toMatchObject({
      conclusion: null,
      title: "Round 0001: 1 of 2 trials have ended",
      annotations: [{ path: "configs/1.json", level: "notice", title: "0001a-s42: finished" }],
    });
    expect(checkRound(half, { over: false }, voiceIn("zh")).title).toBe("第 0001 轮：2 个试验中已结束 1 个");
  });

  it.each([
    ["finished", "finished", "success"],
    ["finished", "failed", "neutral"],
    ["invalid", "failed", "failure"],
  ] as const)("ends %s and %s as %s", (a, b, conclusion) => {
    const all = round(...claims, say.ended(a, "0001a-s42"), say.ended(b, "0001b-s42"));
    expect(checkRound(all, { over: true }, en).conclusion).toBe(conclusion);
  });

  it("fits, with three thousand trials", () => {
    const seeds = Array.from({ length: 3000 }, (_each, at) => ({ id: `0001a-s${at}`, attempt: 1 }));
    const { summary } = checkRound(round(...claims, say.rerun("0001", seeds)), { over: false }, en);
    expect(fits(summary, CHECK_LIMITS)).toBe(true);
    expect(summary).toContain("Left out because of GitHub's size limit");
  });
});
