import { describe, expect, it } from "vitest";
import { lateTruths } from "../../src/commands/late-truths.ts";
import { launchHooks } from "../../src/commands/launch-hooks.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { emptyOutcome, type Outcome } from "../../src/rounds/outcome.ts";
import { history, say } from "../rounds/fixtures.ts";
import { trialJob } from "../training/trial-jobs.ts";

const TRIAL = "0001a-s42";
const claim = (attempt: number) => say.dispatched(`0001-0000000${attempt}`, [{ id: TRIAL, attempt }]);
const guess = Object.assign(say.ended("interrupted", TRIAL, 1), {
  key: `given-up:${TRIAL}:1`,
  reason: "lost",
});
const givenUp = [say.proposed("0001"), say.approved("0001"), claim(1), guess, claim(2)];
const SECOND = trialJob({ attempt: 2 });

function first(outcome: Outcome["outcome"], change: Partial<Outcome> = {}): Outcome {
  const at = "2026-01-05T20:00:00.000Z";
  const claimed = { round: "0001", dispatch: "0001-00000001", trial: TRIAL, attempt: 1, run_id: "a1" };
  return { ...emptyOutcome({ ...claimed, outcome, reason: "hopeless", started: at, ended: at }), ...change };
}
const stopOf = (events: readonly LedgerEvent[], ...unsent: readonly Outcome[]) =>
  lateTruths(history(...events), unsent).stopOf(SECOND);

describe("an attempt that was claimed because nobody had heard of the one before", () => {
  it.each(["finished", "invalid", "stopped"] as const)(
    "does not begin where this machine knows that that one %s",
    (outcome) => {
      expect(stopOf(givenUp, first(outcome))).toMatchObject({
        outcome: "interrupted",
        reason: "not-begun",
        evidence: { held_up_by: "trial-ended", attempt: 1 },
      });
    },
  );

  it("does not begin where the ledger has heard of it since, or this launch brings it to light", () => {
    expect(stopOf([...givenUp, say.ended("finished", TRIAL)])).toMatchObject({ reason: "not-begun" });
    const truths = lateTruths(history(...givenUp), []);
    expect(truths.stopOf(SECOND)).toBeNull();
    truths.add(first("invalid"));
    expect(truths.stopOf(SECOND)).toMatchObject({ reason: "not-begun" });
  });

  it("begins after all that is tried again", () => {
    expect(stopOf(givenUp)).toBeNull();
    expect(stopOf(givenUp, first("failed"), first("interrupted", { attempt: 1 }))).toBeNull();
  });

  it("begins where a person asked for it, and where the trial of another ended", () => {
    const asked = say.rerun("0001", [{ id: TRIAL, attempt: 2 }]);
    expect(stopOf([...givenUp, asked], first("finished"))).toBeNull();
    expect(stopOf(givenUp, first("finished", { trial: "0001a-s7" }))).toBeNull();
    expect(stopOf(givenUp, first("finished", { attempt: 2 }))).toBeNull();
  });

  it("begins where the ledger was told something else first", () => {
    const heard = [say.approved("0001"), claim(1), say.ended("interrupted", TRIAL, 1), claim(2)];
    expect(stopOf(heard, first("finished"))).toBeNull();
  });
});

describe("a launch", () => {
  it("hears of such an end from its own outcomes, and asks before each attempt begins", () => {
    const hooks = launchHooks(
      { progress: { say: () => undefined }, now: () => new Date(0) },
      {
        watches: { watchesOf: () => [], guardsOf: () => [] },
        allowed: { guardsOf: () => [], stopOf: () => null },
        stops: { guardOf: () => async () => null, stopOf: () => null, end: () => undefined },
        truths: lateTruths(history(...givenUp), []),
        cancelled: () => null,
        told: {},
      },
    );
    expect(hooks.stopOf?.(SECOND, { used: 0 })).toBeNull();
    hooks.onOutcome?.(first("stopped"));
    expect(hooks.stopOf?.(SECOND, { used: 0 })).toMatchObject({ evidence: { held_up_by: "trial-ended" } });
  });
});
