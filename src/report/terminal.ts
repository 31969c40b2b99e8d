import type { Analysis, RunAnalysis } from "../judgement/analysis.ts";
import type { Finding } from "../judgement/findings.ts";
import type { Prediction, Prescription } from "../judgement/prescription.ts";
import { grid, hanging, type Screen } from "./grid.ts";
import { keyMetrics } from "./key-metrics.ts";
import { formatBest, formatDelta, formatNumber, formatPercent, NONE } from "./numbers.ts";
import { plainLine } from "./plain.ts";
import type { ShownEdit } from "./run-parts.ts";
import { SEVERITY_STYLES, type Styler } from "./style.ts";
import { formatValue } from "./values.ts";
import type { Voice } from "./voice.ts";
import { bySeverity, editPhrase, MARKS, type Proof, proofs } from "./wording.ts";

/** What a terminal shows and how. */
export interface Terminal extends Screen {
  readonly style: Styler;
}

/** An analysis for a terminal. Lines end with a line feed; no line holds a control character that is not ours. */
export function renderAnalysis(analysis: Analysis, voice: Voice, terminal: Terminal): string {
  const { style } = terminal;
  const lines = [
    style("dim", voice.plain("analysis.source", { source: analysis.source })),
    style("dim", voice.plain(`analysis.rules.${analysis.rules}`)),
    ...analysis.warnings.flatMap((warning) =>
      hanging("! ", voice.say(warning), terminal).map((line) => style("yellow", line)),
    ),
    ...(analysis.runs.length === 0 ? [voice.plain("analysis.no-runs")] : []),
    ...analysis.runs.flatMap((run) => ["", ...runLines(run, voice, terminal)]),
  ];
  return `${lines.join("\n")}\n`;
}

function runLines(analysis: RunAnalysis, voice: Voice, terminal: Terminal): string[] {
  const { run, findings, actions } = analysis;
  const title = run.id === run.label ? run.label : `${run.label} (${run.id})`;
  return [
    terminal.style("bold", plainLine(title, 200)),
    ...(run.url === null ? [] : [terminal.style("dim", `  ${plainLine(run.url, 500)}`)]),
    ...metricLines(analysis, voice, terminal).map((line) => `  ${line}`),
    ...(findings.length === 0 ? [`  ${voice.plain("run.no-findings")}`] : []),
    ...bySeverity(findings).flatMap((finding) => findingLines(finding, voice, terminal)),
    ...actions.flatMap((action) => actionLines(action, voice, terminal)),
  ];
}

function metricLines({ summary }: RunAnalysis, voice: Voice, { width }: Terminal): string[] {
  const metrics = keyMetrics(summary);
  if (metrics.length === 0) return [voice.plain("run.no-metrics")];
  return grid(
    [
      { title: voice.plain("column.metric"), align: "left" },
      { title: voice.plain("column.first"), align: "right" },
      { title: voice.plain("column.last"), align: "right" },
      { title: voice.plain("column.best"), align: "right" },
      { title: voice.plain("column.delta"), align: "right" },
      { title: voice.plain("column.percent"), align: "right" },
    ],
    metrics.map(([key, metric]) => [
      key,
      formatNumber(metric.first),
      formatNumber(metric.last),
      formatBest(metric.best, metric.best_step),
      formatDelta(metric.delta),
      formatPercent(metric.pct),
    ]),
    { width: width - 2 },
  );
}

function findingLines(finding: Finding, voice: Voice, terminal: Terminal): string[] {
  const mark = `  ${MARKS[finding.severity]} `;
  const evidence = proofs(finding.evidence)
    .map((proof) => proofText(proof, voice))
    .join(" · ");
  const sentence = `${finding.code}: ${voice.say(finding.text)} (${voice.plain(`confidence.${finding.confidence}`)})`;
  return [
    ...hanging(mark, sentence, terminal).map((line) =>
      terminal.style(SEVERITY_STYLES[finding.severity], line),
    ),
    ...(evidence === ""
      ? []
      : hanging("    ", evidence, terminal).map((line) => terminal.style("dim", line))),
  ];
}

function proofText(proof: Proof, voice: Voice): string {
  if (proof.kind === "window") return voice.plain("evidence.window", proof);
  return proof.kind === "points" ? voice.plain("evidence.points", proof) : `${proof.name} ${proof.value}`;
}

function actionLines(action: Prescription, voice: Voice, terminal: Terminal): string[] {
  return [
    ...hanging("  → ", `${action.rule}: ${voice.say(action.reason)}`, terminal).map((line) =>
      terminal.style("cyan", line),
    ),
    ...action.edits.flatMap((edit) => hanging("    ", editText(edit, voice), terminal)),
    ...(action.predicts === null ? [] : hanging("    ", predictionText(action.predicts, voice), terminal)),
  ];
}

/** One edit as a plain line. */
export function editText(edit: ShownEdit, voice: Voice): string {
  return voice.plain(editPhrase(edit), {
    path: edit.path,
    from: formatValue(edit.from),
    to: formatValue(edit.to),
    value: formatValue(edit.value),
  });
}

/** A prediction as a plain line; without one, a dash. */
export function predictionText(prediction: Prediction | null, voice: Voice): string {
  if (prediction === null) return NONE;
  return voice.plain(prediction.certified ? "prediction.certified" : "prediction.estimated", {
    metric: prediction.metric,
    value: formatNumber(prediction.value),
    low: formatNumber(prediction.low),
    high: formatNumber(prediction.high),
  });
}
