import { describe, expect, it } from "vitest";
import { type Compared, incumbentFor, peerBoard, readCompared } from "../../src/commands/peers.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { outcome } from "../report/samples.ts";
import { history, say } from "../rounds/fixtures.ts";
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

describe("what is compared with", () => {
  const trial = "0001a-s42";
  const longer = say.dispatched("0001-0000000b", [{ id: trial, attempt: 2, steps: 10_000 }]);
  const round = [
    say.approved("0001"),
    say.dispatched("0001-0000000a", [{ id: trial, attempt: 1 }]),
    say.ended("finished", trial),
    longer,
  ];
  const read = async (...events: readonly LedgerEvent[]) => {
    const compared = await readCompared(
      {
        readOutcomes: async (_, names) =>
          new Map([...names].map((name) => [name, outcome({ trial, attempt: Number(name.slice(-1)) })])),
      },
      {
        ledger: { commit: null, texts: new Map(), events: [], outcomes: new Map() },
        history: history(...events),
      },
    );
    return compared.map(({ steps, finished }) => ({ steps, finished }));
  };

  it("keeps a trial that finished while it is trained further, and when that fails", async () => {
    expect(await read(...round)).toEqual([{ steps: 2000, finished: true }]);
    expect(await read(...round, say.ended("failed", trial, 2))).toEqual([{ steps: 2000, finished: true }]);
  });

  it("counts what was trained further by the steps that it came to", async () => {
    expect(await read(...round, say.ended("finished", trial, 2))).toEqual([
      { steps: 2000, finished: true },
      { steps: 10_000, finished: true },
    ]);
  });
});
