import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { emptyOutcome } from "../../src/rounds/outcome.ts";
import { priorCurves } from "../../src/training/outcome-curves.ts";
import { scratch } from "./real-ports.ts";

describe("what an earlier attempt adds to the curves", () => {
  const earlier = {
    ...emptyOutcome({
      round: "0001",
      dispatch: "0001-1a2b3c4d",
      trial: "0001a-s42",
      attempt: 1,
      run_id: "a123456789",
      outcome: "interrupted",
      reason: "signal",
      started: "2026-01-05T20:00:00.000Z",
      ended: "2026-01-05T21:00:00.000Z",
    }),
    curves: { "train/loss": { steps: [50, 100, 150], values: [2, 1, 0.5] } },
  };
  const resumed = { attempt: 1, step: 100, checkpoint: "/out/train_config.json", complete: false };

  async function priorTo(text: string) {
    const folder = scratch(onTestFinished);
    mkdirSync(join(folder, "outcomes"));
    writeFileSync(join(folder, "outcomes", "0001a-s42-1.json"), text);
    return priorCurves(folder, { trial: "0001a-s42", resumed });
  }

  it("is what it logged up to its checkpoint", async () => {
    expect(await priorTo(JSON.stringify(earlier))).toEqual({
      "train/loss": { steps: [50, 100], values: [2, 1] },
    });
  });

  it("is nothing where its outcome cannot be read", async () => {
    expect(await priorTo(JSON.stringify(earlier).slice(0, 200))).toEqual({});
  });
});
