import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { text } from "../../src/judgement/texts.ts";
import {
  AnalysisDocument,
  analysisDocument,
  CheckDocument,
  checkDocument,
  dataName,
  documentText,
} from "../../src/report/documents.ts";
import { analysis, hostile, runAnalysis, sampleVoice } from "./samples.ts";

describe("analysisDocument", () => {
  it("has the published shape", () => {
    const run = runAnalysis("run_a", { config: { lr: 1e-5 } });
    const one = { ...run, summary: new Map([...run.summary].slice(2)) };
    expect(analysisDocument(analysis([one]), sampleVoice())).toEqual({
      schema: "autoloop/analyze@1",
      source: "compare_runs.json",
      rules: "calibrated",
      runs: [
        {
          id: "abc123",
          label: "run_a",
          name: null,
          url: "https://wandb.ai/lab/robots/runs/abc123",
          state: "finished",
          rows: 41,
          steps: 2050,
          config: { lr: 1e-5 },
          summary: {
            "eval/offline_eval/avg_l1": {
              first: 0.6577,
              last: 0.3288,
              best: 0.3288,
              best_step: 2000,
              delta: 0.3288 - 0.6577,
              pct: ((0.3288 - 0.6577) / 0.6577) * 100,
            },
          },
          windows: {},
          findings: [
            {
              code: "l1-falls",
              severity: "good",
              confidence: "medium",
              evidence: {},
              text: "finding.l1-falls",
            },
            {
              code: "mass-low",
              severity: "problem",
              confidence: "high",
              evidence: { median: 0.004, from_step: 1500, to_step: 2000, points: 10 },
              text: "finding.mass-low",
            },
          ],
          actions: [
            {
              rule: "ot-lift",
              reason: "rule.ot-lift",
              edits: [{ path: "ot.loss_config.reg", op: "scale", value: 2, from: 0.2, to: 0.4 }],
              predicts: { metric: "train/ot_pi_sum", value: 0.12, low: 0.09, high: 0.15, certified: true },
            },
          ],
        },
      ],
      warnings: [],
    });
  });

  it("says null where a figure is undefined, and NaN by its name where it is evidence", () => {
    const run = runAnalysis("run_a", { config: { ot: { lambda_ot: Number.NaN } } });
    const [finding] = run.findings;
    const [action] = run.actions;
    if (!finding || !action?.predicts) throw new Error("the sample has a finding and a prediction");
    const odd = {
      ...run,
      summary: new Map([
        [
          "train/loss",
          {
            first: Number.NaN,
            last: Number.POSITIVE_INFINITY,
            best: null,
            best_step: null,
            delta: Number.NaN,
            pct: null,
          },
        ],
      ]),
      findings: [{ ...finding, evidence: { last: Number.NaN, list: [1, Number.NEGATIVE_INFINITY] } }],
      actions: [{ ...action, predicts: { ...action.predicts, high: Number.POSITIVE_INFINITY } }],
    };
    const document = analysisDocument(analysis([odd]));
    expect(document.runs[0]).toMatchObject({
      config: { ot: { lambda_ot: "NaN" } },
      summary: {
        "train/loss": { first: null, last: null, best: null, best_step: null, delta: null, pct: null },
      },
      findings: [{ evidence: { last: "NaN", list: [1, "-Infinity"] } }],
      actions: [{ predicts: { low: 0.09, high: null } }],
    });
    expect(AnalysisDocument.parse(JSON.parse(documentText(document)))).toEqual(document);
  });

  it("survives the way to disk and back, and shows a terminal nothing that moves it", () => {
    fc.assert(
      fc.property(hostile(), (word) => {
        const document = analysisDocument({
          ...analysis([runAnalysis(word, { name: word, config: { [word]: word } })]),
          source: word,
        });
        const text = documentText(document);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(document)));
        expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}|\p{Cs}/u);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses a key that nobody has published", () => {
    expect(AnalysisDocument.safeParse({ ...analysisDocument(analysis()), extra: 1 }).success).toBe(false);
  });
});

describe("checkDocument", () => {
  it("has the published shape", () => {
    const files = [
      {
        path: "a.json",
        launchable: false,
        errors: [{ path: "batch_size", message: text("check.read-as", { value: "12.0", read: "12" }) }],
        warnings: [],
        hash: null,
      },
    ];
    const document = checkDocument({ fork: "train-logging", files });
    expect(document).toEqual({
      schema: "autoloop/check@1",
      fork: "train-logging",
      files: [{ ...files[0], errors: [{ path: "batch_size", message: "12.0 is read as 12." }] }],
    });
    expect(CheckDocument.parse(JSON.parse(documentText(document)))).toEqual(document);
  });
});

describe("dataName", () => {
  it("is a safe file name", () => {
    expect(dataName({ date: "2026-01-05", topic: "First look: ../mass" })).toBe(
      "2026-01-05_first-look-.-mass",
    );
  });
});
