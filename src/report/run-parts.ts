import type { RunAnalysis } from "../judgement/analysis.ts";
import type { Finding } from "../judgement/findings.ts";
import { PI_SUM } from "../judgement/metrics.ts";
import type { Prediction, Prescription } from "../judgement/prescription.ts";
import type { MetricSummary } from "../judgement/summary.ts";
import { bareLink, code, joinMarkdown, type Markdown, md, table } from "./escape.ts";
import { evalSummary, keyMetrics } from "./key-metrics.ts";
import { bullets, type Item } from "./markdown.ts";
import { formatDelta, formatNumber, formatPercent, NONE } from "./numbers.ts";
import { formatValue } from "./values.ts";
import type { Voice } from "./voice.ts";
import { bySeverity, editPhrase, MARKS, type Proof, proofs } from "./wording.ts";

/** First, last and best of the key metrics; a sentence where there are none. */
export function metricsTable(summary: ReadonlyMap<string, MetricSummary>, voice: Voice): Markdown {
  const metrics = keyMetrics(summary);
  if (metrics.length === 0) return voice.md("run.no-metrics");
  return table(
    [
      { title: voice.md("column.metric"), align: "left" },
      { title: voice.md("column.first"), align: "right" },
      { title: voice.md("column.last"), align: "right" },
      { title: voice.md("column.best"), align: "right" },
      { title: voice.md("column.delta"), align: "right" },
      { title: voice.md("column.percent"), align: "right" },
    ],
    metrics.map(([key, metric]) => [
      code(key),
      formatNumber(metric.first),
      formatNumber(metric.last),
      bestAt(metric),
      formatDelta(metric.delta),
      formatPercent(metric.pct),
    ]),
  );
}

/** One row per run: where it ended, and what was found. */
export function overviewTable(runs: readonly RunAnalysis[], voice: Voice): Markdown {
  return table(
    [
      { title: voice.md("column.run"), align: "left" },
      { title: voice.md("column.steps"), align: "right" },
      { title: "eval_l1", align: "right" },
      { title: voice.md("column.best"), align: "right" },
      { title: "ot_pi_sum", align: "right" },
      { title: voice.md("column.findings"), align: "left" },
    ],
    runs.map(({ run, summary, findings }) => {
      const evaluated = evalSummary(summary);
      return [
        code(run.label),
        run.steps === null ? NONE : String(run.steps),
        formatNumber(evaluated?.last ?? null),
        bestAt(evaluated),
        formatNumber(summary.get(PI_SUM)?.last ?? null),
        joinMarkdown(
          bySeverity(findings).map(({ code: name }) => code(name)),
          ", ",
        ),
      ];
    }),
  );
}

/** `0.3429@1250`: a figure with its step, which GitHub takes for no mention. */
export function bestAt(metric: MetricSummary | null): Markdown {
  const best = formatNumber(metric?.best ?? null);
  const step = metric?.best_step ?? null;
  return step === null ? md`${best}` : md`${best}@${step}`;
}

/** Link, state and extent of a run. */
export function runFacts({ run }: RunAnalysis, voice: Voice): Markdown {
  const state = voice.md(`state.${run.state}`);
  const rows = run.rows ?? NONE;
  const extent =
    run.steps === null
      ? voice.md("run.extent.rows", { state, rows })
      : voice.md("run.extent", { state, rows, steps: run.steps });
  const address = run.url === null ? [] : [{ text: voice.md("run.link", { link: bareLink(run.url) }) }];
  return bullets([...address, { text: extent }]);
}

export function findingList(findings: readonly Finding[], voice: Voice): Markdown {
  if (findings.length === 0) return voice.md("run.no-findings");
  return bullets(bySeverity(findings).map((finding) => findingItem(finding, voice)));
}

function findingItem(finding: Finding, voice: Voice): Item {
  const severity = voice.md(`severity.${finding.severity}`);
  const confidence = voice.md(`confidence.${finding.confidence}`);
  const proven = proofs(finding.evidence).map((proof) => proofText(proof, voice));
  const sentence = md`${MARKS[finding.severity]} **${severity}** ${code(finding.code)} ${voice.say(finding.text)} (${confidence})`;
  return proven.length === 0
    ? { text: sentence }
    : { text: sentence, below: [voice.md("evidence.line", { evidence: joinMarkdown(proven, " · ") })] };
}

function proofText(proof: Proof, voice: Voice): Markdown {
  if (proof.kind === "window") return voice.md("evidence.window", proof);
  return proof.kind === "points"
    ? voice.md("evidence.points", proof)
    : md`${code(proof.name)} ${proof.value}`;
}

export function actionList(actions: readonly Prescription[], voice: Voice): Markdown {
  if (actions.length === 0) return voice.md("run.no-actions");
  return bullets(
    actions.map((action) => ({
      text: md`${code(action.rule)} ${voice.say(action.reason)}`,
      below: [
        ...action.edits.map((edit) => editLine(edit, voice)),
        ...(action.predicts === null ? [] : [predictionLine(action.predicts, voice)]),
      ],
    })),
  );
}

/** An edit of a prescription or of a manifest, whose values are any JSON. */
export interface ShownEdit {
  readonly path: string;
  readonly op: "set" | "scale" | "add" | "remove";
  readonly value: unknown;
  readonly from: unknown;
  readonly to: unknown;
}

export function editLine(edit: ShownEdit, voice: Voice): Markdown {
  return voice.md(editPhrase(edit), {
    path: code(edit.path),
    from: code(formatValue(edit.from)),
    to: code(formatValue(edit.to)),
    value: formatValue(edit.value),
  });
}

export function predictionLine(prediction: Prediction, voice: Voice): Markdown {
  return voice.md(prediction.certified ? "prediction.certified" : "prediction.estimated", {
    metric: code(prediction.metric),
    value: formatNumber(prediction.value),
    low: formatNumber(prediction.low),
    high: formatNumber(prediction.high),
  });
}
