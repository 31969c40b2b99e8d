import { describe, expect, it } from "vitest";
import { analysisFingerprint, roundFingerprint } from "../../src/report/fingerprint.ts";
import { analysis, manifest, outcome, runAnalysis } from "./samples.ts";

const a = runAnalysis("a", { id: "a" });
const b = runAnalysis("b", { id: "b" });
const curve = (...values: number[]) =>
  runAnalysis("c", {
    data: {
      kind: "curves",
      series: new Map([["train/loss", { steps: values.map((_value, i) => i), values }]]),
    },
  });

describe("analysisFingerprint", () => {
  const same = analysisFingerprint(analysis([a, b]));

  it("is the same for the same data from another place, in another order, in another language", () => {
    expect(same).toMatch(/^sha256:[0-9a-f]{64}$/);
    const elsewhere = { ...analysis([b, a]), source: "elsewhere.json" };
    expect(analysisFingerprint(elsewhere)).toBe(same);
    expect(analysisFingerprint(analysis([{ ...a, findings: [] }, b]))).toBe(same);
  });

  it("does not depend on the order of keys in a configuration", () => {
    const one = runAnalysis("a", { config: { x: 1, y: { p: 1, q: 2 } } });
    const other = runAnalysis("a", { config: { y: { q: 2, p: 1 }, x: 1 } });
    expect(analysisFingerprint(analysis([one]))).toBe(analysisFingerprint(analysis([other])));
  });

  it.each([
    ["another rule set", analysisFingerprint({ ...analysis([a, b]), rules: "plan" })],
    ["other thresholds", analysisFingerprint(analysis([a, b]), { mass: { low: 0.1 } })],
    ["a run less", analysisFingerprint(analysis([a]))],
    ["a longer run", analysisFingerprint(analysis([a, runAnalysis("b", { id: "b", steps: 9000 })]))],
  ])("differs for %s", (_what, other) => {
    expect(other).not.toBe(same);
  });

  it("tells NaN, infinity and zero apart", () => {
    const prints = [Number.NaN, Number.POSITIVE_INFINITY, 0].map((value) =>
      analysisFingerprint(analysis([curve(1, value)])),
    );
    expect(new Set(prints).size).toBe(3);
  });
});

describe("roundFingerprint", () => {
  const report = (attempt: number, end: "finished" | "failed") => ({
    manifest: manifest(),
    reviewed: [],
    record: [],
    next: [],
    trials: [
      {
        trial: "0007a-s42",
        variant: "0007a",
        seed: 42,
        attempt,
        outcome: outcome({ attempt, outcome: end }),
        analysis: null,
        check: null,
        comparison: null,
      },
    ],
  });

  it("changes with an attempt and with its end", () => {
    expect(roundFingerprint(report(1, "failed"))).toBe(roundFingerprint(report(1, "failed")));
    expect(roundFingerprint(report(1, "failed"))).not.toBe(roundFingerprint(report(2, "failed")));
    expect(roundFingerprint(report(2, "failed"))).not.toBe(roundFingerprint(report(2, "finished")));
  });
});
