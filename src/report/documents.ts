import * as z from "zod";
import type { Json } from "../json.ts";
import type { Analysis, RunAnalysis } from "../judgement/analysis.ts";
import type { Prediction } from "../judgement/prescription.ts";
import type { MetricSummary } from "../judgement/summary.ts";
import { type WindowReading, windowsOf } from "../judgement/windows.ts";
import type { CheckResult, Complaint } from "./models.ts";
import { slug } from "./plain.ts";
import { type Voice, voiceIn } from "./voice.ts";

const Finite = z.number().nullable();

const Summary = z.strictObject({
  first: Finite,
  last: Finite,
  best: Finite,
  best_step: Finite,
  delta: Finite,
  pct: Finite,
});

/** Over the metric's own window. Slopes per trainer step, with a 95 % interval; p: that there is no trend. null below 4 points. */
const Window = z.strictObject({
  from_step: z.number(),
  to_step: z.number(),
  points: z.int(),
  mean: Finite,
  median: Finite,
  noise: Finite,
  trend: z.strictObject({ slope: Finite, low: Finite, high: Finite, p: Finite }).nullable(),
});

const FindingDocument = z.strictObject({
  code: z.string(),
  severity: z.enum(["good", "note", "warning", "problem"]),
  confidence: z.enum(["low", "medium", "high"]),
  evidence: z.record(z.string(), z.json()),
  text: z.string(),
});

const ActionDocument = z.strictObject({
  rule: z.string(),
  reason: z.string(),
  edits: z.array(
    z.strictObject({
      path: z.string(),
      op: z.enum(["set", "scale", "add", "remove"]),
      value: z.json(),
      from: z.json(),
      to: z.json(),
    }),
  ),
  /** null: nothing is predicted. A bound of null is no bound. */
  predicts: z
    .strictObject({ metric: z.string(), value: Finite, low: Finite, high: Finite, certified: z.boolean() })
    .nullable(),
});

const RunDocument = z.strictObject({
  id: z.string(),
  label: z.string(),
  name: z.string().nullable(),
  url: z.string().nullable(),
  state: z.enum(["finished", "running", "failed", "crashed", "killed", "unknown"]),
  rows: Finite,
  steps: Finite,
  config: z.record(z.string(), z.json()).nullable(),
  summary: z.record(z.string(), Summary),
  /** Empty where there are no curves. */
  windows: z.record(z.string(), Window),
  findings: z.array(FindingDocument),
  actions: z.array(ActionDocument),
});

/** `analyze --json` and `data/<date>_<topic>.json`. null = undefined in the data; NaN in a config or evidence is "NaN". */
export const AnalysisDocument = z.strictObject({
  schema: z.literal("autoloop/analyze@1"),
  source: z.string(),
  rules: z.enum(["plan", "calibrated"]),
  runs: z.array(RunDocument),
  warnings: z.array(z.string()),
});
export type AnalysisDocument = z.infer<typeof AnalysisDocument>;

const ComplaintDocument = z.strictObject({ path: z.string(), message: z.string() });

/** `check --json`. */
export const CheckDocument = z.strictObject({
  schema: z.literal("autoloop/check@1"),
  fork: z.string(),
  files: z.array(
    z.strictObject({
      path: z.string(),
      launchable: z.boolean(),
      errors: z.array(ComplaintDocument),
      warnings: z.array(ComplaintDocument),
      hash: z.string().nullable(),
    }),
  ),
});
export type CheckDocument = z.infer<typeof CheckDocument>;

/** The analysis as a document. Its sentences are English unless another voice is given; programs read the codes. */
export function analysisDocument(
  { source, rules, thresholds, runs, warnings }: Analysis,
  voice: Voice = voiceIn("en"),
): AnalysisDocument {
  return AnalysisDocument.parse({
    schema: "autoloop/analyze@1",
    source,
    rules,
    runs: runs.map((run) => ({
      ...runDocument(run, voice),
      windows: Object.fromEntries(
        [...windowsOf(run.run, thresholds)].map(([key, window]) => [key, windowDocument(window)]),
      ),
    })),
    warnings: warnings.map(voice.say),
  });
}

function runDocument({ run, summary, findings, actions }: RunAnalysis, voice: Voice) {
  const { id, label, name, url, state, rows, steps, config } = run;
  return {
    ...{ id, label, name, url, state },
    rows: finite(rows),
    steps: finite(steps),
    config: config === null ? null : said(config),
    summary: Object.fromEntries([...summary].map(([key, metric]) => [key, summaryDocument(metric)])),
    findings: findings.map((finding) => ({
      code: finding.code,
      severity: finding.severity,
      confidence: finding.confidence,
      evidence: said(finding.evidence),
      text: voice.say(finding.text),
    })),
    actions: actions.map(({ rule, reason, edits, predicts }) => ({
      rule,
      reason: voice.say(reason),
      edits: edits.map(({ path, op, value, from, to }) => ({
        ...{ path, op },
        value: said(value),
        from: said(from),
        to: said(to),
      })),
      predicts: predicts === null ? null : predictionDocument(predicts),
    })),
  };
}

function summaryDocument({ first, last, best, best_step, delta, pct }: MetricSummary) {
  return {
    first: finite(first),
    last: finite(last),
    best: finite(best),
    best_step: finite(best_step),
    delta: finite(delta),
    pct: finite(pct),
  };
}

function windowDocument({ mean, median, noise, trend, ...extent }: WindowReading) {
  return {
    ...extent,
    mean: finite(mean),
    median: finite(median),
    noise: finite(noise),
    trend: trend && {
      slope: finite(trend.slope),
      low: finite(trend.low),
      high: finite(trend.high),
      p: finite(trend.p),
    },
  };
}

function predictionDocument({ metric, value, low, high, certified }: Prediction) {
  return { metric, value: finite(value), low: finite(low), high: finite(high), certified };
}

/** In English unless another voice is given, as the analysis is. */
export function checkDocument({ fork, files }: CheckResult, voice: Voice = voiceIn("en")): CheckDocument {
  const said = ({ path, message }: Complaint) => ({ path, message: voice.say(message) });
  return CheckDocument.parse({
    schema: "autoloop/check@1",
    fork,
    files: files.map(({ errors, warnings, ...file }) => ({
      ...file,
      errors: errors.map(said),
      warnings: warnings.map(said),
    })),
  });
}

/** A document as the bytes of its file or of stdout. Nothing in it can move a cursor or change the reading direction. */
export function documentText(document: AnalysisDocument | CheckDocument): string {
  const text = JSON.stringify(document, null, 2).replace(/[\p{Cf}\u007f-\u009f\u2028\u2029]/gu, escaped);
  return `${text}\n`;
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
    .join("");
}

/** `<date>_<topic>`, the name that the document and its companion Markdown share in the report's data folder. */
export function dataName({ date, topic }: { readonly date: string; readonly topic: string }): string {
  return `${slug(date, 10)}_${slug(topic)}`;
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** A value as JSON can say it: NaN and the infinities by their names. */
function said(value: Json): Json {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(said);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, said(inner)]));
}
