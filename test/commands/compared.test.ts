import { describe, expect, it } from "vitest";
import { readCompared } from "../../src/commands/peers.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { outcome } from "../report/samples.ts";
import { history, say } from "../rounds/fixtures.ts";

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
        ledger: {
          readOutcomes: async (_, names) =>
            new Map([...names].map((name) => [name, outcome({ trial, attempt: Number(name.slice(-1)) })])),
        },
        forge: { reader: { blobs: async () => new Map() } },
      },
      {
        ledger: { commit: null, texts: new Map(), events: [], outcomes: new Map() },
        history: history(...events),
      },
    );
    return compared.map(({ conditions: { steps }, finished }) => ({ steps, finished }));
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
