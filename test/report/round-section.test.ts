import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RoundReport, TrialReport } from "../../src/report/models.ts";
import { renderRoundSection } from "../../src/report/round-section.ts";
import {
  dangers,
  hostile,
  lift,
  manifest,
  outcome,
  runAnalysis,
  sampleVoice,
  skeleton,
  variant,
} from "./samples.ts";

function trial(changes: Partial<TrialReport> = {}): TrialReport {
  return {
    trial: "0007a-s42",
    variant: "0007a",
    seed: 42,
    attempt: 1,
    outcome: outcome(),
    analysis: runAnalysis(),
    check: null,
    comparison: null,
    ...changes,
  };
}

const broken = trial({
  trial: "0007b-s42",
  variant: "0007b",
  attempt: 2,
  outcome: outcome({
    trial: "0007b-s42",
    attempt: 2,
    run_url: null,
    outcome: "invalid",
    reason: "non-finite",
    evidence: { step: 150 },
    steps: 150,
    device_seconds: 90,
    log_tail: ["INFO step:100", "INFO step:150 loss:nan", ""],
  }),
  analysis: null,
});

function render(report: Partial<RoundReport>, language: "en" | "zh" = "en") {
  return renderRoundSection({
    report: {
      manifest: manifest({
        variants: [variant("0007a"), variant("0007b", { control: "parent", edits: [], predicts: null })],
      }),
      reviewed: [],
      trials: [trial(), broken],
      record: [],
      next: [],
      ...report,
    },
    date: "2026-01-06",
    fingerprint: "sha256:00",
    voice: sampleVoice(language),
  });
}

describe("renderRoundSection", () => {
  it("says what was tried, how it ended, and what comes next", () => {
    const prediction = lift.predicts;
    if (!prediction) throw new Error("the sample predicts something");
    const { text, marker } = render({
      trials: [
        trial({
          check: { prediction, observed: { value: 0.11, margin: 0.004, inside: true } },
          comparison: { against: "0007b-s42", delta: -0.0031, floor: 0.0022, upTo: null },
        }),
        broken,
      ],
      record: [
        { rule: "ot-lift", hits: 7, total: 8, meanError: 0.02, text: { key: "record.rule", values: {} } },
      ],
      next: [{ key: "next.confirm", values: {} }],
    });
    expect(marker).toBe("<!-- autoloop:round 0007 sha256:00 -->");
    expect(text).toBe(`---

## autoloop round 0007: results (2026-01-06)

<!-- autoloop:round 0007 sha256:00 -->

- Topic: lift the mass
- Rule set: calibrated (steps computed from the logged numbers)
- Trainer: \`train-logging\`, 2000 steps, evaluation every 200 steps, log every 50 steps
- Device time used: 32 min

### What was tried

- \`0007a\` \`act_r0007a_mass-up-t2_3f9c2d.json\` rule.ot-lift
  - \`ot.loss_config.reg\`: \`0.2\` → \`0.4\` (×2)
  - Predicted \`train/ot_pi_sum\`: 0.12, certain to lie in 0.09 … 0.15 while pairs cost what was logged
- \`0007b\` (control) \`act_r0007b_mass-up-t2_3f9c2d.json\` rule.ot-lift

### Outcomes

| trial                   | outcome  | steps | eval_l1 (last) |   best@step | ot_pi_sum | ot_loss | grad_norm | device time |
| :---------------------- | :------- | ----: | -------------: | ----------: | --------: | ------: | --------: | ----------: |
| \`0007a-s42\`             | finished |  2000 |         0.3288 | 0.3288@2000 |  5.567e-4 |       – |         – |      30 min |
| \`0007b-s42\` (attempt 2) | invalid  |   150 |              – |           – |         – |       – |         – |     1.5 min |

### What did not finish

- \`0007b-s42\`: invalid (\`non-finite\`) at step 150 · \`step\` 150

  \`\`\`text
  INFO step:150 loss:nan
  \`\`\`

### Comparisons

Noise floor of eval L1: differences below 0.0022 at equal seed, or below 0.1188 between single runs of two seeds, count as noise.

| trial       | compared with | Δ eval_l1 (best of the running mean) | noise floor | verdict |
| :---------- | :------------ | -----------------------------------: | ----------: | :------ |
| \`0007a-s42\` | \`0007b-s42\`   |                              -0.0031 |      0.0022 | better  |

Compared with nothing: \`0007b-s42\` (invalid). What is invalid, failed or interrupted is no measure; what was stopped is compared up to there, once both have enough evaluations for a running mean.

### Prediction and observation

| trial       | metric            |          predicted |     observed | verdict      |
| :---------- | :---------------- | -----------------: | -----------: | :----------- |
| \`0007a-s42\` | \`train/ot_pi_sum\` | 0.12 (0.09 … 0.15) | 0.11 ± 0.004 | as predicted |

- record.rule

### Findings

**\`0007a-s42\` ([a123456789](https://wandb.ai/lab/robots/runs/a123456789))**

- ✗ **problem** \`mass-low\` finding.mass-low (high confidence)
  - Evidence: \`median\` 0.004 · steps 1500–2000 · 10 points
- ✓ **good** \`l1-falls\` finding.l1-falls (medium confidence)

**\`0007b-s42\` (a123456789)**

There are no curves of this attempt to judge.

### Next steps

- next.confirm`);
  });

  it.each([
    [-0.0031, "better"],
    [-0.0022, "inside the noise"],
    [0.001, "inside the noise"],
    [0.01, "worse"],
    [Number.NaN, "inside the noise"],
  ])("calls a difference of %d %s", (delta, verdict) => {
    const { text } = render({
      trials: [trial({ comparison: { against: "x", delta, floor: 0.0022, upTo: null } })],
    });
    expect(text).toMatch(new RegExp(`\\| \`x\` .*\\| ${verdict} +\\|`));
  });

  it("says up to where a comparison goes, and what is compared with nothing", () => {
    const trials = [
      trial({ comparison: { against: "x", delta: -0.01, floor: 0.0022, upTo: 600 } }),
      broken,
      trial({ trial: "0007c-s42", outcome: null }),
    ];
    const { text } = render({ trials });
    expect(text).toMatch(/\| better up to step 600, the last evaluation that both have +\|/);
    expect(text).toContain("Compared with nothing: `0007b-s42` (invalid). ");
    expect(render({ trials }, "zh").text).toContain("未作对比：`0007b-s42` (无效)。");
  });

  it("says what the runs without OT say of OT", () => {
    const values = { control: "0007b-s42", rival: "0007a-s42", runs: 2, difference: 0.001, noise: 0.0022 };
    const controls = [{ key: "control.ties", values }];
    expect(render({ controls }).text).toMatch(/### Comparisons\n[^#]*\n- control\.ties 0007b-s42 /);
    expect(render({}).text).not.toContain("control.ties");
  });

  it.each([
    [{ value: 0.088, margin: 0.003, inside: true }, "符合预测"],
    [{ value: 0.2, margin: 0.003, inside: false }, "不符合预测"],
    [null, "未观测到"],
  ])("holds an observed %j against the prediction", (observed, verdict) => {
    const prediction = lift.predicts;
    if (!prediction) throw new Error("the sample predicts something");
    expect(render({ trials: [trial({ check: { prediction, observed } })] }, "zh").text).toContain(
      `| ${verdict} `,
    );
  });

  it("shows a trial that has not ended, and one without a log", () => {
    const silent = trial({
      outcome: outcome({ outcome: "interrupted", reason: "lost", steps: null }),
      analysis: null,
    });
    const { text } = render({ trials: [trial({ outcome: null, analysis: null }), silent] });
    expect(text).toMatch(/\| `0007a-s42` \| not ended +\|/);
    expect(text).toContain("- `0007a-s42`: interrupted (`lost`)\n\n  It left no log line.");
  });

  it("keeps its shape and does nothing, whatever a trial logged", () => {
    const withWord = (word: string) =>
      render({
        manifest: manifest({ topic: word, variants: [variant("0007a", { path: word })] }),
        trials: [
          trial({
            outcome: outcome({
              outcome: "failed",
              reason: word,
              run_id: word,
              run_url: word,
              evidence: { [word]: word },
              log_tail: [word],
            }),
          }),
        ],
        next: [{ key: word, values: {} }],
      }).text;
    const calm = skeleton(withWord("plain"));
    fc.assert(
      fc.property(hostile(), (word) => {
        const text = withWord(`x${word}`);
        expect(dangers(text.replace(/^ {2}(`{3,})text\n[\s\S]*?\n {2}\1$/gm, ""))).toEqual([]);
        expect(text.split("<!--")).toHaveLength(2);
        expect(skeleton(text).map((line) => line.replace(/`+/, "```"))).toEqual(calm);
      }),
      { numRuns: 100 },
    );
  });

  it("shows a reviewer's edit beside what was proposed: that is what was trained", () => {
    const reviewed = [
      { variant: "0007a", from: { batch_size: 8, seed: 42 }, to: { batch_size: 16, seed: 42 } },
      { variant: "0007b", from: null, to: {} },
    ];
    const { text } = render({ reviewed });
    expect(text).toContain("  - Edited by reviewer before the merge:\n  - `batch_size`: `8` → `16`");
    expect(text).toContain("Edited by reviewer before the merge; what it was is not known any more.");
    expect(render({ reviewed }, "zh").text).toContain("合并前由审阅者修改");
  });
});
