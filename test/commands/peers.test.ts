import { describe, expect, it } from "vitest";
import {
  type Compared,
  contenderOf,
  incumbentFor,
  peerBoard,
  readCompared,
} from "../../src/commands/peers.ts";
import { outcomeName } from "../../src/forge/ledger-store.ts";
import { trainedData } from "../../src/judgement/conditions.ts";
import { EVAL_L1 } from "../../src/judgement/metrics.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { foldLedger } from "../../src/rounds/history.ts";
import { emptyOutcome, type Outcome } from "../../src/rounds/outcome.ts";
import type { BegunWith } from "../../src/training/launch-options.ts";
import { say } from "../rounds/fixtures.ts";
import { knownConditions, trialJob } from "../training/trial-jobs.ts";

const data = { dataset: { repo_id: "lab/target" }, ot: { src_repo_id: "lab/source" } };
const job = trialJob({ trial: "0002a-s42", config: data });
const begun: BegunWith = { conditions: knownConditions, resumed: null };
const own = contenderOf(job, begun);

const known = (
  trial: string,
  conditions: Partial<Compared["conditions"]> = {},
  given: Partial<Compared> = {},
): Compared => ({
  trial,
  finished: true,
  evaluations: new Map([[100, 0.2]]),
  ...given,
  conditions: { ...own.conditions, ...conditions },
});
const at = (level: number) => ({ evaluations: new Map([[100, level]]) });

describe("the incumbent", () => {
  it("is the best finished trial at the same seed and conditions", () => {
    const trials = [
      known("0001a-s42", {}, at(0.2)),
      known("0001b-s42", {}, at(0.19)),
      known("0001c-s87", { seed: 87 }, at(0.1)),
      known("0001g-s42", {}, { finished: false, ...at(0.1) }),
      known("0001h-s42", {}, { evaluations: new Map() }),
    ];
    expect(incumbentFor(own, trials)?.trial).toBe("0001b-s42");
    expect(incumbentFor(own, [])).toBeNull();
  });

  it.each<[string, Partial<Compared["conditions"]>]>([
    ["steps", { steps: 10_000 }],
    ["batch size", { batch_size: 12 }],
    ["frequency of evaluation", { eval_freq: 50 }],
    ["number of workers", { num_workers: 0 }],
    ["version of the trainer", { fork_commit: "dfe5207" }],
    ["unknown version of the trainer", { fork_commit: null }],
    ["pair data", { pair_data: "0b5e" }],
    ["unknown pair data", { pair_data: null }],
    ["data set", { dataset: trainedData({ dataset: { repo_id: "lab/other" } }) }],
    ["unknown data set", { dataset: null }],
    ["way to its end", { resumed_at: 100 }],
  ])("is none of another %s", (_, differs) => {
    expect(incumbentFor(own, [known("0001a-s42", differs)])).toBeNull();
  });

  it("may be one of which the same is unknown as of the trial itself", () => {
    const conditions = { ...knownConditions, fork_commit: null, pair_data: null };
    const unsure = contenderOf(job, { ...begun, conditions });
    const alike = known("0001a-s42", { fork_commit: null, pair_data: null });
    expect(incumbentFor(unsure, [alike])?.trial).toBe("0001a-s42");
    expect(incumbentFor(unsure, [known("0001a-s42")])).toBeNull();
  });

  it("is none for a trial that goes on from a checkpoint", () => {
    const resumed = { attempt: 1, step: 100, checkpoint: "/out/train_config.json", complete: false };
    expect(incumbentFor(contenderOf(job, { ...begun, resumed }), [known("0001a-s42")])).toBeNull();
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
    conditions: knownConditions,
    ...given,
  });
  const claimed = (attempt: number, steps: number): LedgerEvent => ({
    ...say.dispatched(`0001-1a2b3c4${attempt}`, []),
    event: "dispatched",
    round: "0001",
    dispatch: `0001-1a2b3c4${attempt}`,
    trials: [{ id: "0001a-s42", attempt, steps, run_id: `a${attempt}0001a-s42` }],
  });
  const merged = Buffer.from(JSON.stringify(data));
  const compared = (events: readonly LedgerEvent[], outcomes: readonly Outcome[]) =>
    readCompared(
      {
        ledger: { readOutcomes: async () => new Map(outcomes.map((one) => [outcomeName(one), one])) },
        forge: { reader: { blobs: async (shas) => new Map([...shas].map((sha) => [sha, merged])) } },
      },
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
    expect(found.map(({ conditions }) => conditions.steps)).toEqual([2_000, 10_000]);
  });

  it("leaves out what went on from a checkpoint, which hides nothing of what it went on with", async () => {
    const found = await compared(extended, [
      outcome(1),
      outcome(2, { resumed_from: { attempt: 1, step: 2_000 } }),
    ]);
    expect(found.map(({ conditions }) => conditions.steps)).toEqual([2_000]);
    const longer = contenderOf(trialJob({ config: data, steps: 2_000 }), begun);
    expect(incumbentFor(longer, found)?.trial).toBe("0001a-s42");
    const elsewhere = trialJob({ config: { dataset: { repo_id: "lab/other" } }, steps: 2_000 });
    expect(incumbentFor(contenderOf(elsewhere, begun), found)).toBeNull();
  });
});

describe("the board of peers", () => {
  it("holds what is known and what trains beside it, whatever the seed, but not the trial itself", () => {
    const board = peerBoard([
      known("0001a-s42"),
      known("0001b-s87", { seed: 87 }, { finished: false }),
      known("0001c-s42", { batch_size: 12 }),
      known("0002a-s42"),
    ]);
    board.record(own);
    board.record({ ...own, trial: "0002c-s42", conditions: { ...own.conditions, pair_data: "0b5e" } });
    const record = board.record({ ...own, trial: "0002b-s42" });
    record({ kind: "eval", step: 100, avgLoss: 0.3, avgL1: 0.3, batches: 20 });
    const peers = board.peersOf(own);
    expect(peers.map(({ trial }) => trial)).toEqual(["0001a-s42", "0001b-s87", "0002b-s42"]);
    expect(peers[2]?.evaluations).toEqual(new Map([[100, 0.3]]));
  });
});
