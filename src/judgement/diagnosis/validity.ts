import type { JsonObject } from "../../json.ts";
import type { Finding } from "../findings.ts";
import { EVAL_L1, GRAD_NORM, L1, LEARNING_RATE, LOSS, OT_LOSS } from "../metrics.ts";
import type { Run } from "../run.ts";
import { firstNonFinite } from "../series.ts";
import { confidenceOf, hasOt, isActWithOt, isOfOt, type Subject, state } from "../subject.ts";
import { text } from "../texts.ts";

/** May this run be judged at all: history, kind of policy, exit, finite numbers, length, OT switched on. */
export function diagnoseValidity(subject: Subject): readonly Finding[] {
  if (!hasHistory(subject.run))
    return [state("no-history", { severity: "problem", evidence: { state: subject.run.state } })];
  if (!isActWithOt(subject)) return [notActOt(subject)];
  return [nonFinite(subject), crashed(subject), tooShort(subject), otInactive(subject)].filter(
    (finding) => finding !== null,
  );
}

function hasHistory({ data }: Run): boolean {
  if (data.kind === "summary") return [...data.summary.values()].some((summary) => summary.last !== null);
  return [...data.series.values()].some((series) => series.steps.length > 0);
}

function notActOt({ knobs }: Subject): Finding {
  const enabled = knobs?.enabled ?? false;
  return state("not-act-ot", {
    severity: "problem",
    evidence: { policy: knobs?.policy ?? null, ot_enabled: enabled },
  });
}

function crashed({ run, reached }: Subject): Finding | null {
  if (run.state !== "crashed" && run.state !== "failed") return null;
  return state("crashed", { severity: "problem", evidence: { state: run.state, step: reached } });
}

function tooShort({ reached, thresholds }: Subject): Finding | null {
  if (reached === null || reached >= thresholds.shortest) return null;
  return state("too-short", {
    severity: "warning",
    evidence: { step: reached, shortest: thresholds.shortest },
  });
}

const WATCHED = [LOSS, L1, "train/kld_loss", GRAD_NORM, OT_LOSS, EVAL_L1] as const;

/**
 * The trainer goes on after a NaN, to the end and with exit 0 (trainer facts 9). A single infinite gradient norm is what
 * mixed precision does now and then; anything else never heals.
 */
function nonFinite(subject: Subject): Finding | null {
  const { run } = subject;
  if (run.data.kind !== "curves") return null;
  const bad: { key: string; step: number; count: number; last: boolean }[] = [];
  for (const key of WATCHED) {
    const series = run.data.series.get(key);
    // The subject's curve is the series itself where nothing had to be left out.
    if (series === undefined || series === subject.curve(key)) continue;
    const first = firstNonFinite(series);
    if (first < 0) continue;
    bad.push({
      key,
      step: series.steps[first] ?? 0,
      count: series.values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0),
      last: !Number.isFinite(series.values.at(-1) ?? Number.NaN),
    });
  }
  const worst = bad.sort((a, b) => a.step - b.step)[0];
  if (worst === undefined) return null;
  const passing = bad.every(({ key, last }) => key === GRAD_NORM && !last);
  const evidence: JsonObject = {
    step: worst.step,
    metrics: bad.map(({ key }) => key),
    readings: bad.reduce((sum, { count }) => sum + count, 0),
    learning_rate: run.data.series.get(LEARNING_RATE)?.values.find(Number.isFinite) ?? null,
  };
  const sentence = text(passing ? "finding.non-finite.passing" : "finding.non-finite", evidence);
  return state("non-finite", { severity: passing ? "note" : "problem", evidence, sentence });
}

/**
 * lambda 0 is a control; otherwise OT was configured and silently never ran, if its metrics are missing from enough readings
 * of a run that says so in its configuration. Where they were logged and could not be read, nothing is known.
 */
function otInactive(subject: Subject): Finding | null {
  // A summary file may simply not have kept the OT metrics.
  if (hasOt(subject) || subject.run.data.kind === "summary") return null;
  const unread = (subject.run.unread ?? []).filter(isOfOt);
  if (unread.length > 0) return state("ot-unread", { severity: "note", evidence: { metrics: unread } });
  const lambda = subject.knobs?.lambda ?? null;
  const points = readings(subject);
  const evidence: JsonObject = { lambda_ot: lambda, pairs: subject.knobs?.pairs ?? null, points };
  if (lambda === 0)
    return state("ot-inactive", {
      severity: "note",
      evidence,
      sentence: text("finding.ot-inactive.control", evidence),
    });
  if (subject.knobs === null) {
    const sentence = text("finding.ot-inactive.unknown", evidence);
    return state("ot-inactive", { severity: "warning", confidence: "low", evidence, sentence });
  }
  if (points === 0) return null;
  const confidence = confidenceOf(points, subject.thresholds);
  return state("ot-inactive", { severity: "problem", confidence, evidence });
}

/** How often the trainer logged: OT metrics stand in the same rows as the losses. */
function readings({ run }: Subject): number {
  if (run.data.kind === "summary") return 0;
  const { series } = run.data;
  return Math.max(0, ...[LOSS, L1].map((key) => series.get(key)?.steps.length ?? 0));
}
