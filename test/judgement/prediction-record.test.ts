import { describe, expect, it } from "vitest";
import { checkPrediction, recordByRule } from "../../src/judgement/prediction-record.ts";
import { say } from "../../src/judgement/texts.ts";
import { exampleRun, summaryRun } from "./example-run.ts";

const predicted = { metric: "train/ot_pi_sum", value: 0.12, low: 0.1, high: 0.15, certified: true };

function check(level: number, prediction = predicted) {
  const run = exampleRun({ curves: { "train/ot_pi_sum": () => level, "train/ot_pi_diag": () => level } });
  return checkPrediction({ rule: "ot-lift", predicted: prediction, run });
}

describe("checkPrediction", () => {
  it("compares the pooled mean with the interval", () => {
    expect(check(0.14)).toMatchObject({ inside: true, rule: "ot-lift" });
    expect(check(0.14)?.observed).toBeCloseTo(0.14, 12);
    expect(check(0.14)?.error).toBeCloseTo(1 / 6, 12);
    expect(check(0.16)?.inside).toBe(false);
    expect(check(0.09)?.inside).toBe(false);
  });

  it("allows for the scatter of the mean itself", () => {
    const run = exampleRun({
      curves: {
        "train/ot_pi_sum": (step) => (step % 100 === 0 ? 0.3 : 0.02),
        "train/ot_pi_diag": (step) => (step % 100 === 0 ? 0.3 : 0.02),
      },
    });
    const found = checkPrediction({ rule: "ot-lift", predicted, run });
    expect(found?.observed).toBeCloseTo(0.16, 12);
    expect(found?.inside).toBe(true);
  });

  it("leaves broken batches out, as the prediction did", () => {
    const pi = (step: number) => (step % 200 === 0 ? 1e-150 : 0.12);
    const run = exampleRun({ curves: { "train/ot_pi_sum": pi, "train/ot_pi_diag": pi } });
    expect(checkPrediction({ rule: "ot-lift", predicted, run })?.observed).toBeCloseTo(0.12, 12);
    // A low mass is no broken one.
    const low = (step: number) => (step % 200 === 0 ? 1e-150 : step % 100 === 0 ? 1e-8 : 0.12);
    const mixed = exampleRun({ curves: { "train/ot_pi_sum": low, "train/ot_pi_diag": low } });
    expect(checkPrediction({ rule: "ot-lift", predicted, run: mixed })?.observed).toBeCloseTo(
      (0.12 * 15 + 1e-8 * 7) / 22,
      9,
    );
  });

  it("says nothing where nothing was logged", () => {
    expect(checkPrediction({ rule: "ot-lift", predicted, run: summaryRun({}) })).toBeNull();
    expect(check(0.1, { ...predicted, metric: "train/unknown" })).toBeNull();
  });
});

describe("recordByRule", () => {
  it("counts hits per rule", () => {
    const checks = [check(0.14), check(0.12), check(0.2)].filter((each) => each !== null);
    const [record] = recordByRule(
      [...checks, ...checks.slice(0, 1).map((each) => ({ ...each, rule: "a" }))].reverse(),
    ).slice(1);
    expect(record).toMatchObject({ rule: "ot-lift", hits: 2, total: 3 });
    expect(say(record?.text ?? { key: "", values: {} }, "en")).toBe(
      "ot-lift: 2 of 3 predictions inside the interval",
    );
  });
});
