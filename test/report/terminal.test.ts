import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { text } from "../../src/judgement/texts.ts";
import { coloured, unstyled } from "../../src/report/style.ts";
import { renderAnalysis } from "../../src/report/terminal.ts";
import { renderCheck } from "../../src/report/terminal-check.ts";
import { renderProposal, renderStatus } from "../../src/report/terminal-rounds.ts";
import { displayWidth } from "../../src/report/width.ts";
import { analysis, hostile, manifest, runAnalysis, sampleVoice, variant } from "./samples.ts";

const plain = { width: 80, style: unstyled };

describe("renderAnalysis", () => {
  it("is aligned and says what to do", () => {
    expect(renderAnalysis(analysis(), sampleVoice(), plain)).toBe(`Source: compare_runs.json
Rule set: calibrated (steps computed from the logged numbers)

run_a (abc123)
  https://wandb.ai/lab/robots/runs/abc123
  metric                     first      last     best@step        Δ        %
  train/l1_loss             0.5182    0.1433   0.1226@1700  -0.3749  -72.3 %
  train/ot_pi_sum           0.1134  5.567e-4  2.6e-85@1450  -0.1128  -99.5 %
  eval/offline_eval/avg_l1  0.6577    0.3288   0.3288@2000  -0.3289    -50 %
  ✗ mass-low: finding.mass-low (high confidence)
    median 0.004 · steps 1500–2000 · 10 points
  ✓ l1-falls: finding.l1-falls (medium confidence)
  → ot-lift: rule.ot-lift
    ot.loss_config.reg: 0.2 → 0.4 (×2)
    Predicted train/ot_pi_sum: 0.12, certain to lie in 0.09 … 0.15 while pairs
    cost what was logged
`);
  });

  it("colours without changing the text", () => {
    const shown = renderAnalysis(analysis(), sampleVoice(), { width: 80, style: coloured });
    expect(shown).toContain("\u001b[31m");
    expect(stripVTControlCharacters(shown)).toBe(renderAnalysis(analysis(), sampleVoice(), plain));
  });

  it("fits a narrow screen in either language", () => {
    const long = runAnalysis("run_a", { url: null });
    const said = {
      ...long,
      findings: long.findings.map((finding) => ({
        ...finding,
        text: { key: "质量过低，".repeat(30), values: {} },
      })),
    };
    for (const language of ["en", "zh"] as const) {
      const shown = renderAnalysis(analysis([said]), sampleVoice(language), { width: 66, style: unstyled });
      const widths = shown.split("\n").slice(2).map(displayWidth);
      expect(Math.max(...widths)).toBeLessThanOrEqual(66);
    }
  });

  it("holds no control character and no line of foreign making", () => {
    const render = (word: string) =>
      renderAnalysis(
        { ...analysis([runAnalysis(word, { id: word, url: word })]), source: word },
        sampleVoice(),
        plain,
      );
    const calm = render("plain").split("\n").length;
    fc.assert(
      fc.property(hostile(), (word) => {
        const shown = render(`x${word}`);
        expect(shown).not.toMatch(/(?!\n)\p{Cc}|[\p{Cf}\p{Cs}]|^\s*::|##\[/mu);
        expect(shown.split("\n")).toHaveLength(calm);
      }),
    );
  });
});

describe("the other pages", () => {
  it("show what a check found", () => {
    const files = [
      {
        path: "a.json",
        launchable: true,
        errors: [],
        warnings: [{ path: "ot.loss_config.reg", message: text("check.above-0") }],
        hash: "00",
      },
      {
        path: "b.json",
        launchable: false,
        errors: [{ path: "", message: text("check.no-json", { what: "is not JSON\n::error::x" }) }],
        warnings: [],
        hash: null,
      },
    ];
    expect(
      renderCheck({ fork: "train-logging", files }, sampleVoice(), plain),
    ).toBe(`Checked as train-logging would accept it
✓ launches  a.json
    warning ot.loss_config.reg: check.above-0
✗ would not launch  b.json
    error whole file: check.no-json is not JSON ::error::x
1 of 2 files would launch.
`);
  });

  it("say once what several files are told, under a number beside each", () => {
    const missing = { path: "ot.bc_src_weight", message: { key: "check.bc-src-weight", values: {} } };
    const own = { path: "batch_size", message: { key: "check.decimal", values: {} } };
    const refused = { launchable: false, warnings: [], hash: null };
    const files = [
      { path: "a.json", ...refused, errors: [own, missing] },
      { path: "b.json", ...refused, errors: [missing, missing] },
      { path: "c.json", ...refused, launchable: true, errors: [] },
    ];
    const shown = renderCheck({ fork: "train-logging", files }, sampleVoice(), plain);
    expect(shown.split("\n").slice(1)).toEqual([
      "✗ would not launch  a.json [1]",
      expect.stringContaining("    error batch_size: "),
      "✗ would not launch  b.json [1]",
      "✓ launches  c.json",
      expect.stringMatching(/^\[1\] error ot\.bc_src_weight: /),
      "1 of 3 files would launch.",
      "",
    ]);
    expect(shown).toContain("(same in 2 files)");
  });

  it("show a round before it is opened", () => {
    const check = { path: "b.json", launchable: false, errors: [], warnings: [], hash: null };
    const proposal = {
      manifest: manifest({
        variants: [variant("0007a"), variant("0007b", { control: "parent", edits: [], predicts: null })],
      }),
      manifestSha256: "00",
      variants: [
        {
          id: "0007b",
          config: {},
          parent: null,
          temperature: null,
          check,
          findings: [],
          record: null,
          edited: null,
        },
      ],
      warnings: [],
      mode: "train" as const,
    };
    expect(renderProposal(proposal, sampleVoice("zh"), plain)).toBe(`autoloop round 0007: 1 variant

0007a act_r0007a_mass-up-t2_3f9c2d.json
  rule.ot-lift
    ot.loss_config.reg：0.2 → 0.4（×2）
    预测 train/ot_pi_sum：0.12；只要样本对的代价如所记录，必在 0.09 … 0.15 之间
    （有证明）

0007b act_r0007b_mass-up-t2_3f9c2d.json (对照)  ✗ 无法启动
  rule.ot-lift

成本：单次试验的占卡时间尚未测得。试验：1
eval L1 的噪声下限：同种子差异小于 0.0022、不同种子的单次运行差异小于 0.1188，均
视为噪声。
`);
  });

  it("show what goes on", () => {
    const trial = {
      attempt: 1,
      state: "running" as const,
      steps: 2000,
      evalL1: 0.33,
      device: "GPU-1",
      reason: null,
      next: null,
    };
    const shown = renderStatus(
      {
        rounds: [
          {
            round: "0007",
            state: "training",
            pullRequest: null,
            trials: [
              { ...trial, trial: "0007a-s42", step: 450 },
              { ...trial, trial: "0007b-s42", step: null },
            ],
          },
        ],
        obstacles: [{ kind: "outside-window", window: "22:00-08:00" }],
        requests: [
          {
            at: "2026-01-05T00:59:07.000Z",
            by: "ann",
            what: "stop-requested",
            names: ["0007a-s42"],
            steps: null,
          },
        ],
        heartbeat: null,
      },
      sampleVoice(),
      plain,
    );
    expect(shown).toBe(`Round 0007: training
  trial      state        step  eval_l1  device
  0007a-s42  running  450/2000     0.33  GPU-1
  0007b-s42  running         –     0.33  GPU-1

Why nothing goes on
  ! It is outside of the training hours 22:00-08:00.
What people asked for
  - 2026-01-05T00:59Z ann: stop 0007a-s42
It has never woken up.
`);
  });
});
