import { describe, expect, it } from "vitest";
import { outcomeEvent } from "../../src/commands/outcome-event.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import { emptyOutcome } from "../../src/rounds/outcome.ts";
import { memoryForge } from "../commands/memory-forge.ts";

const AT = "2026-01-05T20:00:00.000Z";
const attempt = { round: "0001", dispatch: "0001-00000001", trial: "0001a-s42", attempt: 1, run_id: "a1" };
const outcome = (outcome: "finished" | "interrupted", reason: string | null) =>
  emptyOutcome({ ...attempt, started: AT, ended: AT, outcome, reason });

describe("the ledger store", () => {
  it.each([
    [
      "keeps the outcome that came first from a guess that came late",
      "finished",
      [outcome("finished", null), outcome("interrupted", "lost")],
    ],
    [
      "replaces a guess by what came late",
      "finished",
      [outcome("interrupted", "lost"), outcome("finished", null)],
    ],
  ])("%s", async (_name, kept, both) => {
    const store = ledgerStore(memoryForge({}).forge);
    const onto = await store.read();
    for (const each of both) {
      await store.append({ events: [{ ...outcomeEvent(each), at: AT }], outcomes: [each], onto });
    }
    const outcomes = await store.readOutcomes(await store.read(), ["0001a-s42-1"]);
    expect(outcomes.get("0001a-s42-1")?.outcome).toBe(kept);
  });
});
