import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits } from "../../src/judgement/apply-edits.ts";
import type { EditRequest } from "../../src/judgement/edits.ts";
import { planEdits } from "../../src/judgement/plan-edits.ts";
import { exampleConfig } from "./example-run.ts";

const label = "ot.loss_config.features[action_lbl]";
const requests: readonly EditRequest[] = [
  { path: "ot.loss_config.reg", op: "scale", value: 1.5 },
  { path: "ot.loss_config.tau_src", op: "set", value: 2 },
  { path: "batch_size", op: "scale", value: 1.5 },
  { path: "ot.window_size", op: "add", value: 4 },
  { path: `${label}.weight_label`, op: "scale", value: 0.3 },
  { path: "policy.optimizer_lr", op: "scale", value: 2 },
  { path: "save_freq", op: "set", value: 5000 },
  { path: label, op: "remove", value: null },
];

describe("planEdits", () => {
  it("does to the value what applyEdits does to the file", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: requests.length - 1 }), { minLength: 1 }),
        (chosen) => {
          // The term is removed last: nothing can be edited in it afterwards.
          const wanted = [...chosen].sort((a, b) => a - b).flatMap((index) => requests[index] ?? []);
          const config = exampleConfig();
          const written = applyEdits(JSON.stringify(config), wanted);
          expect(planEdits(config, wanted)).toEqual({ edits: written.edits, config: written.config });
        },
      ),
    );
  });

  it("leaves out what is there already", () => {
    const planned = planEdits(exampleConfig({ tau: 2 }), [
      { path: "ot.loss_config.tau_src", op: "set", value: 2 },
      { path: "ot.loss_config.reg", op: "set", value: 0.7 },
    ]);
    expect(planned?.edits.map(({ path }) => path)).toEqual(["ot.loss_config.reg"]);
  });

  it("does not change its input", () => {
    const config = exampleConfig();
    planEdits(config, requests);
    expect(config).toEqual(exampleConfig());
  });

  it("is null for a path that the trainer does not know, and for the last cost term", () => {
    expect(planEdits(exampleConfig(), [{ path: "ot.heuristics", op: "set", value: true }])).toBeNull();
    const one = planEdits(exampleConfig(), [
      { path: "ot.loss_config.features[state]", op: "remove", value: null },
    ]);
    expect(one && planEdits(one.config, [{ path: label, op: "remove", value: null }])).toBeNull();
  });
});
