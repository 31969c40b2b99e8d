import { describe, expect, it } from "vitest";
import { comparisonOf } from "../../src/commands/round-comparisons.ts";
import type { TrainedTrial } from "../../src/commands/trials.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import type { OutcomeKind } from "../../src/rounds/outcome.ts";
import { trainedTrial } from "./trained-trial.ts";

const trained = (trial: string, ended: OutcomeKind = "finished", { lambda = 0.1 } = {}) =>
  trainedTrial(trial, { ended, lambda });

const own = trained("0002a-s42");
const against = (others: readonly TrainedTrial[], parent: string | null = null) =>
  comparisonOf(own, { parent, trials: [own, ...others], thresholds: DEFAULT_THRESHOLDS })?.against ?? null;

describe("whom a trial is compared with", () => {
  it("is its parent, but not one that did not train to an end that counts", () => {
    const peer = trained("0002c-s42");
    expect(against([trained("0001a-s42"), peer], "0001a-s42")).toBe("0001a-s42");
    expect(against([trained("0001a-s42", "invalid"), peer], "0001a-s42")).toBe("0002c-s42");
  });

  it.each(["invalid", "failed", "interrupted"] as const)("is nobody of the round that is %s", (ended) => {
    expect(against([trained("0002d-s42", ended)])).toBeNull();
    expect(against([trained("0002d-s42", ended, { lambda: 0 }), trained("0002e-s42")])).toBe("0002e-s42");
  });

  it("is whoever finished before whoever was stopped, the one without OT first", () => {
    const stopped = trained("0002b-s42", "stopped", { lambda: 0 });
    expect(against([stopped, trained("0002c-s42")])).toBe("0002c-s42");
    expect(against([trained("0002c-s42"), trained("0002d-s42", "finished", { lambda: 0 })])).toBe(
      "0002d-s42",
    );
    expect(against([stopped])).toBe("0002b-s42");
  });
});
