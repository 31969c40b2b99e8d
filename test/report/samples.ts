import fc from "fast-check";
import type { Analysis, RunAnalysis } from "../../src/judgement/analysis.ts";
import type { Finding } from "../../src/judgement/findings.ts";
import type { Prescription } from "../../src/judgement/prescription.ts";
import type { MetricSummary } from "../../src/judgement/summary.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import type { Voice } from "../../src/report/voice.ts";
import { voiceIn } from "../../src/report/voice.ts";
import type { Manifest, ManifestVariant } from "../../src/rounds/manifest.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";

/** A voice whose judgement sentences are their keys, so that a test here does not depend on their wording. */
export function sampleVoice(language: "en" | "zh" = "en"): Voice {
  return {
    ...voiceIn(language),
    say: ({ key, values }) => [key, ...Object.values(values).map(String)].join(" "),
  };
}

function summaryOf(first: number, last: number, best: number, best_step: number): MetricSummary {
  return { first, last, best, best_step, delta: last - first, pct: ((last - first) / first) * 100 };
}

export const massLow: Finding = {
  code: "mass-low",
  severity: "problem",
  confidence: "high",
  evidence: { median: 0.004, from_step: 1500, to_step: 2000, points: 10 },
  text: { key: "finding.mass-low", values: {} },
};

const l1Falls: Finding = {
  code: "l1-falls",
  severity: "good",
  confidence: "medium",
  evidence: {},
  text: { key: "finding.l1-falls", values: {} },
};

export const lift: Prescription = {
  rule: "ot-lift",
  signal: "mass-up-t2",
  reason: { key: "rule.ot-lift", values: {} },
  edits: [{ path: "ot.loss_config.reg", op: "scale", value: 2, from: 0.2, to: 0.4 }],
  predicts: { metric: "train/ot_pi_sum", value: 0.12, low: 0.09, high: 0.15, certified: true },
};

export function runAnalysis(label = "run_a", changes: Partial<RunAnalysis["run"]> = {}): RunAnalysis {
  const summary = new Map([
    ["train/l1_loss", summaryOf(0.5182, 0.1433, 0.1226, 1700)],
    ["train/ot_pi_sum", summaryOf(0.1134, 5.567e-4, 2.6e-85, 1450)],
    ["eval/offline_eval/avg_l1", summaryOf(0.6577, 0.3288, 0.3288, 2000)],
  ]);
  return {
    run: {
      id: "abc123",
      label,
      name: null,
      url: "https://wandb.ai/lab/robots/runs/abc123",
      state: "finished",
      rows: 41,
      steps: 2050,
      config: null,
      data: { kind: "summary", summary },
      ...changes,
    },
    summary,
    findings: [l1Falls, massLow],
    actions: [lift],
  };
}

export function analysis(runs: readonly RunAnalysis[] = [runAnalysis()]): Analysis {
  return {
    source: "compare_runs.json",
    rules: "calibrated",
    thresholds: DEFAULT_THRESHOLDS,
    runs,
    warnings: [],
  };
}

const HASH = "0".repeat(64);

export function variant(id: string, changes: Partial<ManifestVariant> = {}): ManifestVariant {
  return {
    id,
    path: `configs/act_r${id}_mass-up-t2_3f9c2d.json`,
    family: "act",
    hash: HASH,
    sha256: HASH,
    seeds: [42],
    parent: { path: "configs/act_parent.json", hash: HASH, run: "abc123" },
    signal: "mass-up-t2",
    rule: "ot-lift",
    reason: { key: "rule.ot-lift", values: {} },
    edits: [{ path: "ot.loss_config.reg", op: "scale", value: 2, from: 0.2, to: 0.4 }],
    predicts: { metric: "train/ot_pi_sum", value: 0.12, low: 0.09, high: 0.15, certified: true },
    control: null,
    priority: 1,
    ...changes,
  };
}

export function manifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    schema: "autoloop/manifest@1",
    round: "0007",
    kind: "search",
    topic: "lift the mass",
    created: "2026-01-05T01:02:03Z",
    rules: "calibrated",
    trainer: { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 },
    variants: [variant("0007a")],
    budget: { trials: 1, device_hours: null },
    follow_up: null,
    noise: { equal_seed: 0.0022, between_seeds: 0.042 },
    ...changes,
  };
}

export function outcome(changes: Partial<Outcome> = {}): Outcome {
  return {
    schema: "autoloop/outcome@1",
    resumed_from: null,
    round: "0007",
    dispatch: "0007-00000001",
    trial: "0007a-s42",
    attempt: 1,
    run_id: "a123456789",
    run_url: "https://wandb.ai/lab/robots/runs/a123456789",
    outcome: "finished",
    reason: null,
    evidence: {},
    exit: 0,
    signal: null,
    started: "2026-01-05T01:00:00Z",
    ended: "2026-01-05T01:30:00Z",
    device: "GPU-1",
    device_seconds: 1800,
    steps: 2000,
    log_tail: [],
    curves: {},
    conditions: {
      fork_commit: null,
      fork_dirty: null,
      pair_data: null,
      eval_freq: 200,
      batch_size: 8,
      num_workers: 4,
    },
    ...changes,
  };
}

const TRICKS = [
  ..."@#|`*_~[]()<>!\\$&\"'\n\r\t -+=.:0123456789abGH",
  "@octocat",
  "@org/team",
  "#12",
  "owner/repo#12",
  "GH-12",
  "fixes #12",
  "https://github.com/o/r/issues/12",
  "www.example.com",
  "<!-- autoloop:analysis sha256:00 -->",
  "-->",
  "<img src=x onerror=y>",
  "<details>",
  "</code>",
  "```",
  "~~~",
  "---",
  "===",
  "\n\n# heading\n",
  "\n| a | b |\n|---|---|\n",
  "- [ ] ",
  "1. ",
  "\\|",
  "\\\\|",
  "![a](http://e/x.png)",
  "::error::",
  "##[error]",
  "[skip ci]",
  "\nCo-authored-by: x <x@y.z>",
  "\u001b[31m",
  "\u001b]8;;http://e\u0007",
  "\u009b2J",
  "\u202e",
  "\u2066",
  "\u200b",
  "\u00ad",
  "\u2028",
  "\u{e0041}",
  "\ud800",
  "\0",
  "质量",
  "é",
];

/** Foreign text that tries everything that the fact sheet warns of. */
export const hostile = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.array(fc.constantFrom(...TRICKS), { maxLength: 8 }).map((parts) => parts.join("")),
    // Every code point, surrogate halves included. (fast-check's "binary" unit takes a second to set up.)
    fc.array(fc.nat({ max: 0x10ffff }), { maxLength: 20 }).map((points) => String.fromCodePoint(...points)),
  );

/** What must never stand in a document outside of code, whatever the values were. */
export function dangers(source: string): string[] {
  const checks: readonly (readonly [string, RegExp])[] = [
    ["control, bidi or zero-width character", /[\p{Cf}\p{Cs}\p{Co}]|(?!\n)\p{Cc}/u],
    ["html", /<(?!\/?code>|!-- autoloop:\w+( [0-9a-zA-Z:.]+)* -->\n?)/],
    ["mention", /(?<![\w/])@(?!&#8203;|step)(?=\w)/],
    ["reference", /(?<!&)#(?=\d)/],
    ["reference", /(?<![a-z0-9])gh-\d/i],
    ["address", /:\/\//],
  ];
  // GitHub looks for mentions and references neither in code nor in links; both are checked where they are made.
  const prose = source
    .replace(/`[^`\n]+`/g, "`code`")
    .replace(/<https?:\/\/[^\s<>@`|]*>|\]\(https?:\/\/[^\s()<>@`|]*\)/g, "link");
  return checks.filter(([, pattern]) => pattern.test(prose)).map(([name]) => name);
}

/** The document with its words taken out: headings, list items, fences, and the number of cells of every table row. */
export function skeleton(source: string): string[] {
  return source.split("\n").map((line) => {
    if (line.startsWith("|")) return `row of ${line.split("|").length - 2}`;
    return /^\s*(?:#{1,6}(?= )|- |`{3,}\w*|---$|<!--)?/.exec(line)?.[0] ?? "";
  });
}
