import type { Json, JsonObject } from "../json.ts";
import type { FindingCode } from "./finding-catalogue.ts";
import type { Confidence, Finding, Severity } from "./findings.ts";
import { costTerm, OT_LOSS, PI_SUM } from "./metrics.ts";
import { learnedTerms, type OtKnobs, otKnobs } from "./ot-knobs.ts";
import type { Run } from "./run.ts";
import { between, filterPoints, finite, type Series } from "./series.ts";
import { type MetricSummary, summariseRun } from "./summary.ts";
import { part, type Text, text } from "./texts.ts";
import type { Thresholds } from "./thresholds.ts";

/** A run on the examination table: its data, what its configuration says, and the thresholds that apply. */
export interface Subject {
  readonly run: Run;
  readonly thresholds: Thresholds;
  readonly knobs: OtKnobs | null;
  /** Canonical summary of every metric, also where the curves are there. */
  readonly summary: ReadonlyMap<string, MetricSummary>;
  /** Finite points of one metric; null for a summary, or where nothing finite was logged. */
  curve(key: string): Series | null;
  /** Several families ask for it: `massPool`. */
  massPool(): Series | null;
  /** As written by the source of a summary (its best is the minimum); null for curves. */
  reading(key: string): MetricSummary | null;
  readonly keys: readonly string[];
  /** Highest step that is known to have been reached. */
  readonly reached: number | null;
}

export function subjectOf(run: Run, thresholds: Thresholds): Subject {
  const { data } = run;
  const summary = summariseRun(run);
  const curves = new Map<string, Series | null>();
  let pool: Series | null | undefined;
  return {
    run,
    thresholds,
    knobs: run.config === null ? null : otKnobs(run.config),
    summary,
    curve(key) {
      let points = curves.get(key);
      if (points === undefined) {
        const series = data.kind === "curves" ? data.series.get(key) : undefined;
        const all = series === undefined ? null : finite(series);
        points = all === null || all.steps.length === 0 ? null : all;
        curves.set(key, points);
      }
      return points;
    },
    massPool() {
      if (pool === undefined) pool = readMassPool({ run, thresholds });
      return pool;
    },
    reading: (key) => (data.kind === "summary" ? (data.summary.get(key) ?? null) : null),
    keys: [...(data.kind === "curves" ? data.series : data.summary).keys()],
    reached: reachedStep(run),
  };
}

/** A summary without a step count still names the steps of its best values. */
function reachedStep(run: Run): number | null {
  if (run.steps !== null) return run.steps;
  if (run.data.kind === "curves")
    return maximum([...run.data.series.values()].map((series) => series.steps.at(-1)));
  return maximum([...run.data.summary.values()].map((summary) => summary.best_step));
}

function maximum(steps: readonly (number | null | undefined)[]): number | null {
  const known = steps.filter((step): step is number => typeof step === "number" && Number.isFinite(step));
  return known.length === 0 ? null : Math.max(...known);
}

export function isActWithOt(subject: Subject): boolean {
  const { knobs } = subject;
  return knobs === null || (knobs.enabled && (knobs.policy === null || knobs.policy === "act"));
}

/** Did the trainer log any OT metric? Without one the OT branch never ran. */
export function hasOt(subject: Subject): boolean {
  return subject.keys.some(isOfOt);
}

export function isOfOt(key: string): boolean {
  return key.startsWith("train/ot_");
}

export function costKeys(subject: Subject): readonly string[] {
  return subject.keys.filter((key) => costTerm(key) !== null);
}

/** Costs that training could lower. Without a configuration: every term that is not named as an action or a label. */
export function learnedCostKeys(subject: Subject): readonly string[] {
  const { knobs } = subject;
  const names = knobs === null ? null : new Set(learnedTerms(knobs).map((term) => term.name));
  return costKeys(subject).filter((key) => {
    const term = costTerm(key) ?? "";
    return names === null ? !/action|lbl|label/i.test(term) : names.has(term);
  });
}

/**
 * The last readings of the mass. A plan that came out of NaN costs reads as exactly 1 (trainer facts 9), so points
 * whose OT loss is not finite are left out. Never decide on one of them: each is one batch of a few pairs.
 */
export function massPool(subject: Subject): Series | null {
  return subject.massPool();
}

function readMassPool({ run, thresholds }: Pick<Subject, "run" | "thresholds">): Series | null {
  if (run.data.kind !== "curves") return null;
  const mass = run.data.series.get(PI_SUM);
  const from = mass?.steps.at(-thresholds.mass.pool) ?? mass?.steps[0];
  if (mass === undefined || from === undefined) return null;
  const loss = run.data.series.get(OT_LOSS);
  const spoiled = new Set<number>();
  if (loss) {
    const tail = between(loss, from, Number.MAX_SAFE_INTEGER);
    tail.values.forEach((value, index) => {
      if (!Number.isFinite(value)) spoiled.add(tail.steps[index] ?? 0);
    });
  }
  const pool = filterPoints(
    between(mass, from, Number.MAX_SAFE_INTEGER),
    (value, step) => Number.isFinite(value) && !spoiled.has(step),
  );
  return pool.steps.length === 0 ? null : pool;
}

export interface Extent {
  readonly from_step: number;
  readonly to_step: number;
  readonly points: number;
}

export function extentOf(series: Series): Extent {
  return { from_step: series.steps[0] ?? 0, to_step: series.steps.at(-1) ?? 0, points: series.steps.length };
}

/** Many points: high; fewer than the thresholds' least: low. */
export function confidenceOf(points: number, thresholds: Thresholds): Confidence {
  return points < thresholds.mass.least ? "low" : points < 2 * thresholds.mass.least ? "medium" : "high";
}

/** Evidence as it is kept: a quotient of nothing, or a mean beyond the range of doubles, is undefined. */
function defined(evidence: JsonObject): JsonObject {
  const isOdd = (value: Json) => typeof value === "number" && !Number.isFinite(value);
  if (!Object.values(evidence).some(isOdd)) return evidence;
  return Object.fromEntries(
    Object.entries(evidence).map(([name, value]) => [name, isOdd(value) ? null : value]),
  );
}

/** A finding from a window of curves; its sentence mentions the evidence and `{window}`. */
export function observe(
  code: FindingCode,
  {
    severity,
    confidence,
    window,
    evidence = {},
    key = code,
  }: {
    readonly severity: Severity;
    readonly confidence: Confidence;
    readonly window: Extent;
    readonly evidence?: JsonObject;
    /** Catalogue entry, where it is not that of the code. */
    readonly key?: string;
  },
): Finding {
  const numbers = { from_step: window.from_step, to_step: window.to_step, points: window.points };
  const proof = defined(evidence);
  return {
    code,
    severity,
    confidence,
    evidence: { ...proof, ...numbers },
    text: text(`finding.${key}`, { ...proof, window: part("window.steps", numbers) }),
  };
}

/** The same from single readings of a summary: confidence is low and the sentence says so. */
export function infer(
  code: FindingCode,
  {
    severity,
    evidence = {},
    key = code,
  }: {
    readonly severity: Severity;
    readonly evidence?: JsonObject;
    readonly key?: string;
  },
): Finding {
  const proof = defined(evidence);
  return {
    code,
    severity,
    confidence: "low",
    evidence: { ...proof, source: "summary" },
    text: text(`finding.${key}`, { ...proof, window: part("window.summary") }),
  };
}

/** A finding about the run as a whole. */
export function state(
  code: FindingCode,
  {
    severity,
    confidence = "high",
    evidence = {},
    sentence = text(`finding.${code}`, evidence),
  }: {
    readonly severity: Severity;
    readonly confidence?: Confidence;
    readonly evidence?: JsonObject;
    readonly sentence?: Text;
  },
): Finding {
  return { code, severity, confidence, evidence, text: sentence };
}
