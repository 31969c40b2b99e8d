import { describe, expect, it } from "vitest";
import { type Compared, incumbentFor, peerBoard, readCompared } from "../../src/commands/peers.ts";
import { outcomeName } from "../../src/forge/ledger-store.ts";
import { EVAL_L1 } from "../../src/judgement/metrics.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { foldLedger } from "../../src/rounds/history.ts";
import { emptyOutcome, type Outcome } from "../../src/rounds/outcome.ts";
import { say } from "../rounds/fixtures.ts";
import { trialJob } from "../training/trial-jobs.ts";

const known = (trial: string, given: Partial<Compared> = {}): Compared => ({
  trial,
  finished: true,
  seed: 42,
  steps: 200,
  evalFreq: 100,
  batchSize: 8,
  numWorkers: null,
  evaluations: new Map([[100, 0.2]]),
  ...given,
});
const job = trialJob({ trial: "0002a-s42" });
const at = (level: number) => ({ evaluations: new Map([[100, level]]) });

describe("the incumbent", () => {
  it("is the best finished trial at the same seed and conditions", () => {
    const trials = [
      known("0001a-s42", at(0.2)),
      known("0001b-s42", at(0.19)),
      known("0001c-s87", { seed: 87, ...at(0.1) }),
      known("0001d-s42", { steps: 10_000, ...at(0.1) }),
      known("0001e-s42", { batchSize: 12, ...at(0.1) }),
      known("0001f-s42", { evalFreq: 50, ...at(0.1) }),
      known("0001g-s42", { finished: false, ...at(0.1) }),
      known("0001h-s42", { evaluations: new Map() }),
    ];
    expect(incumbentFor(job, trials)?.trial).toBe("0001b-s42");
    expect(incumbentFor(job, [])).toBeNull();
  });
});

describe("what is known of earlier trials", () => {
  const outcome = (attempt: number, given: Partial<Outcome> = {}): Outcome => ({
    ...emptyOutcome({
      round: "0001",
      dispatch: "0001-1a2b3c4d",
      trial: "0001a-s42",
      attempt,
      run_id: `a${attempt}0001a-s42`,
      outcome: "finished",
      reason: null,
      started: "2026-01-05T20:00:00.000Z",
      ended: "2026-01-05T21:00:00.000Z",
    }),
    curves: { [EVAL_L1]: { steps: [200], values: [0.2] } },
    ...given,
  });
  const claimed = (attempt: number, steps: number): LedgerEvent => ({
    ...say.dispatched(`0001-1a2b3c4${attempt}`, []),
    event: "dispatched",
    round: "0001",
    dispatch: `0001-1a2b3c4${attempt}`,
    trials: [{ id: "0001a-s42", attempt, steps, run_id: `a${attempt}0001a-s42` }],
  });
  const compared = (events: readonly LedgerEvent[], outcomes: readonly Outcome[]) =>
    readCompared(
      { readOutcomes: async () => new Map(outcomes.map((one) => [outcomeName(one), one])) },
      {
        ledger: { commit: null, texts: new Map(), events, outcomes: new Map() },
        history: foldLedger(events),
      },
    );
  const extended = [
    say.approved("0001"),
    claimed(1, 2_000),
    say.ended("finished", "0001a-s42", 1),
    claimed(2, 10_000),
    say.ended("finished", "0001a-s42", 2),
  ];

  it("is each result under its own number of steps", async () => {
    const found = await compared(extended, [outcome(1), outcome(2)]);
    expect(found.map(({ steps }) => steps)).toEqual([2_000, 10_000]);
  });

  it("leaves out what went on from a checkpoint, which hides nothing of what it went on with", async () => {
    const found = await compared(extended, [
      outcome(1),
      outcome(2, { resumed_from: { attempt: 1, step: 2_000 } }),
    ]);
    expect(found.map(({ steps }) => steps)).toEqual([2_000]);
    expect(incumbentFor(trialJob({ steps: 2_000, evalFreq: 200 }), found)?.trial).toBe("0001a-s42");
  });
});

describe("the board of peers", () => {
  it("holds what is known and what trains beside it, whatever the seed, but not the trial itself", () => {
    const board = peerBoard([
      known("0001a-s42"),
      known("0001b-s87", { seed: 87, finished: false }),
      known("0001c-s42", { batchSize: 12 }),
      known("0002a-s42"),
    ]);
    board.record(job);
    const other = trialJob({ trial: "0002b-s42" });
    const record = board.record(other);
    record({ kind: "eval", step: 100, avgLoss: 0.3, avgL1: 0.3, batches: 20 });
    const peers = board.peersOf(job);
    expect(peers.map(({ trial }) => trial)).toEqual(["0001a-s42", "0001b-s87", "0002b-s42"]);
    expect(peers[2]?.evaluations).toEqual(new Map([[100, 0.3]]));
  });
});
