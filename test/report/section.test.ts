import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderAnalysisSection } from "../../src/report/section.ts";
import { analysis, dangers, hostile, runAnalysis, sampleVoice, skeleton } from "./samples.ts";

const basis = { topic: "first look", date: "2026-01-05", fingerprint: `sha256:${"0".repeat(64)}` };

describe("renderAnalysisSection", () => {
  it("says what was found and what to do, in the manner of the report", () => {
    const section = renderAnalysisSection({ ...basis, analysis: analysis(), voice: sampleVoice() });
    expect(section.marker).toBe(`<!-- autoloop:analysis sha256:${"0".repeat(64)} -->`);
    expect(section.text).toBe(`---

## autoloop analysis: first look (2026-01-05)

${section.marker}

- Source: \`compare_runs.json\`
- Rule set: calibrated (steps computed from the logged numbers)

### run_a (abc123)

- Link: <https://wandb.ai/lab/robots/runs/abc123>
- State: finished; 41 rows up to step 2050

| metric                     |  first |     last |    best@step |       Δ |       % |
| :------------------------- | -----: | -------: | -----------: | ------: | ------: |
| \`train/l1_loss\`            | 0.5182 |   0.1433 |  0.1226@1700 | -0.3749 | -72.3 % |
| \`train/ot_pi_sum\`          | 0.1134 | 5.567e-4 | 2.6e-85@1450 | -0.1128 | -99.5 % |
| \`eval/offline_eval/avg_l1\` | 0.6577 |   0.3288 |  0.3288@2000 | -0.3289 |   -50 % |

**Findings**

- ✗ **problem** \`mass-low\` finding.mass-low (high confidence)
  - Evidence: \`median\` 0.004 · steps 1500–2000 · 10 points
- ✓ **good** \`l1-falls\` finding.l1-falls (medium confidence)

**Recommended actions**

- \`ot-lift\` rule.ot-lift
  - \`ot.loss_config.reg\`: \`0.2\` → \`0.4\` (×2)
  - Predicted \`train/ot_pi_sum\`: 0.12, certain to lie in 0.09 … 0.15 while pairs cost what was logged`);
  });

  it("speaks Chinese", () => {
    const { text } = renderAnalysisSection({ ...basis, analysis: analysis(), voice: sampleVoice("zh") });
    expect(text).toContain("## 自动分析：first look (2026-01-05)");
    expect(text).toContain("- ✗ **问题** `mass-low` finding.mass-low (置信度高)");
    expect(text).toContain("| 指标                       |   首值 |");
  });

  it("begins with an overview when there are several runs", () => {
    const runs = [runAnalysis("a"), runAnalysis("b", { id: "b", steps: null, url: null })];
    const { text } = renderAnalysisSection({ ...basis, analysis: analysis(runs), voice: sampleVoice() });
    expect(text).toContain(`### Overview

| run | steps | eval_l1 |   best@step | ot_pi_sum | findings               |
| :-- | ----: | ------: | ----------: | --------: | :--------------------- |
| \`a\` |  2050 |  0.3288 | 0.3288@2000 |  5.567e-4 | \`mass-low\`, \`l1-falls\` |
| \`b\` |     – |  0.3288 | 0.3288@2000 |  5.567e-4 | \`mass-low\`, \`l1-falls\` |`);
  });

  it("shows lists and odd figures of the evidence, and half a window, and leaves out what is not known", () => {
    const run = runAnalysis();
    const [finding] = run.findings;
    if (!finding) throw new Error("the sample has a finding");
    const evidence = { terms: ["action_lbl", "image"], fall: null, broken: Number.NaN, from_step: 50 };
    const { text } = renderAnalysisSection({
      ...basis,
      analysis: analysis([{ ...run, findings: [{ ...finding, evidence }] }]),
      voice: sampleVoice(),
    });
    expect(text).toContain("- Evidence: `terms` action_lbl, image · `broken` NaN · `from_step` 50");
  });

  it("says so where there is nothing to say", () => {
    const empty = { ...runAnalysis(), summary: new Map(), findings: [], actions: [] };
    const { text } = renderAnalysisSection({ ...basis, analysis: analysis([empty]), voice: sampleVoice() });
    expect(text).toContain("None of the key metrics was logged.");
    expect(text).toContain("Nothing to remark.");
    expect(text).toContain("No change is recommended.");
  });

  it("keeps its shape and does nothing, whatever runs, metrics and settings are called", () => {
    const render = (word: string) => {
      const run = runAnalysis(word, { id: `${word}2`, url: `https://x.example/${word}` });
      const [finding] = run.findings;
      const [action] = run.actions;
      if (!finding || !action) throw new Error("the sample has a finding and an action");
      const named = {
        ...run,
        summary: new Map([
          ...run.summary,
          [`train/ot_cost/${word}`, { ...run.summary.get("train/l1_loss")! }],
        ]),
        findings: [
          { ...finding, code: word, evidence: { [`${word}n`]: word }, text: { key: word, values: { word } } },
        ],
        actions: [
          {
            ...action,
            edits: [{ path: word, op: "set" as const, value: word, from: [word], to: { [word]: 1 } }],
          },
        ],
      };
      return renderAnalysisSection({
        ...basis,
        topic: word,
        analysis: { ...analysis([named, named]), source: word, warnings: [{ key: word, values: {} }] },
        voice: sampleVoice(),
      });
    };
    const calm = skeleton(render("plain").text);
    fc.assert(
      fc.property(hostile(), (word) => {
        const { text, marker } = render(`x${word}`);
        expect(dangers(text)).toEqual([]);
        expect(skeleton(text)).toEqual(calm);
        expect(text.split("<!--")).toHaveLength(2);
        expect(text.split("\n").filter((line) => line === marker)).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });
});
