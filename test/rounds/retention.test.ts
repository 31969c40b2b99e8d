import { fc, it } from "@fast-check/vitest";
import { describe, expect, it as test } from "vitest";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { retentionRule, type Score } from "../../src/rounds/retention.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { history, say } from "./fixtures.ts";

const id = (round: string, letter = "a") => `${round}${letter}-s42`;
const claimed = (round: string, ...trials: readonly string[]) => [
  say.approved(
    round,
    trials.map((_, index) => `${Number(round)}${index}`.slice(-1)),
  ),
  say.dispatched(
    `${round}-0000000a`,
    trials.map((trial) => ({ id: trial, attempt: 1 })),
  ),
];

/** Two rounds: the first one is over, the second is the newest that was trained. */
const events = [
  ...claimed("0001", id("0001", "a"), id("0001", "b"), id("0001", "c")),
  ...claimed("0002", id("0002", "a"), id("0002", "b"), id("0002", "c")),
];
const score = (trial: string, level: number, group = "42"): Score => ({ trial, level, group });

function judge(
  trial: string,
  given: {
    more?: readonly LedgerEvent[];
    scores?: readonly Score[];
    parents?: readonly string[];
  } = {},
) {
  const rule = retentionRule({
    history: history(...events, ...(given.more ?? [])),
    retries: { ...RETRIES, failed: 0, interrupted: 0 },
    scores: given.scores ?? [],
    parents: new Set(given.parents),
  });
  const { keep, why } = rule(trial);
  return `${keep ? "keep" : "go"}: ${why}`;
}

const old = id("0001");
const recent = id("0002");

describe("retentionRule", () => {
  test("keeps what trains, what is asked for, and what nobody knows", () => {
    expect(judge(old)).toBe("keep: open");
    const failed = say.ended("failed", old);
    const asked = say.rerun("0001", [{ id: old, attempt: 2 }]);
    expect(judge(old, { more: [failed, say.reported("0001", [`${old}:1`]), asked] })).toBe("keep: open");
    expect(judge("0009a-s42")).toBe("keep: unknown");
  });

  test("keeps the newest round that was trained, for it may be extended or gone on with", () => {
    expect(judge(recent, { more: [say.ended("finished", recent)] })).toBe("keep: extendable");
    expect(judge(recent, { more: [say.ended("interrupted", recent)] })).toBe("keep: resumable");
    const approvedOnly = say.approved("0003", ["9"]);
    expect(judge(recent, { more: [say.ended("finished", recent), approvedOnly] })).toBe("keep: extendable");
  });

  test("keeps the two best of each group and lets the others go", () => {
    const trials = ["a", "b", "c"].map((letter) => id("0001", letter));
    const ended = trials.map((trial) => say.ended("finished", trial));
    const scores = trials.map((trial, index) => score(trial, 0.1 + index / 100));
    expect(trials.map((trial) => judge(trial, { more: [...ended], scores }))).toEqual([
      "keep: leader",
      "keep: leader",
      "go: outdone",
    ]);
    const apart = trials.map((trial, index) => score(trial, 0.1, String(index)));
    expect(judge(trials[2] ?? "", { more: [...ended], scores: apart })).toBe("keep: leader");
  });

  test("keeps parents, whether a variant names the trial or its run", () => {
    const more = [say.ended("finished", old)];
    expect(judge(old, { more, parents: [old] })).toBe("keep: parent");
    expect(judge(old, { more, parents: [`a1${old}`] })).toBe("keep: parent");
    expect(judge(old, { more })).toBe("go: outdone");
  });

  test("lets go what was cut short once its round has been told, and not before", () => {
    const cut = say.ended("interrupted", old);
    expect(judge(old, { more: [cut] })).toBe("keep: resumable");
    expect(judge(old, { more: [cut, say.reported("0001", [`${old}:1`])] })).toBe("go: given-up");
  });

  test("lets go what is invalid, in the newest round and as a parent too: nothing is ever derived from it", () => {
    const more = [say.ended("invalid", recent)];
    expect(judge(recent, { more, parents: [recent] })).toBe("go: invalid");
  });

  it.prop([fc.constantFrom("finished", "failed", "interrupted", "invalid"), fc.integer({ min: 2, max: 5 })])(
    "never lets go a trial with an attempt under way",
    (event, attempt) => {
      const again = say.dispatched("0001-0000000b", [{ id: old, attempt }]);
      expect(judge(old, { more: [say.ended(event, old), again] })).toBe("keep: open");
    },
  );
});
