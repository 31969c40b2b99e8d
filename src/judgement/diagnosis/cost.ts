import type { Confidence, Finding } from "../findings.ts";
import { costTerm, PI_SUM } from "../metrics.ts";
import { labelTerms } from "../ot-knobs.ts";
import { beginsLate, between, firstPoints, lastPoints, type Series } from "../series.ts";
import { mean, median, medianAbsoluteDeviation } from "../statistics.ts";
import {
  confidenceOf,
  costKeys,
  type Extent,
  extentOf,
  infer,
  learnedCostKeys,
  observe,
  type Subject,
} from "../subject.ts";

/** Does the encoder learn to lower the costs it can lower, and which term steers the plan? */
export function diagnoseCost(subject: Subject): readonly Finding[] {
  return [trendOfCost(subject), labelScale(subject)].filter((finding) => finding !== null);
}

export interface CostFall {
  /** Share of the first level that is gone; negative when the cost rose. */
  readonly fall: number;
  readonly first: number;
  readonly last: number;
  readonly terms: readonly string[];
  /** Has the run gone far enough that a missing fall means something? */
  readonly long: boolean;
  readonly clear: boolean;
  readonly window: Extent | null;
}

/**
 * Sum of the learned terms, first window against last, up to the plan's latest step. Label terms are left out: they are
 * raw data without a gradient, so their cost is a sampling statistic (trainer facts 1.4). null: no learned term was logged.
 */
export function costFall(subject: Subject): CostFall | null {
  let fall = FALLS.get(subject);
  if (fall === undefined) {
    fall = readCostFall(subject);
    FALLS.set(subject, fall);
  }
  return fall;
}

/** The mass asks for it too. */
const FALLS = new WeakMap<Subject, CostFall | null>();

function readCostFall(subject: Subject): CostFall | null {
  const { cost, window } = subject.thresholds;
  const keys = learnedCostKeys(subject);
  if (keys.length === 0) return null;
  const terms = keys.map((key) => costTerm(key) ?? key);
  const long = (subject.reached ?? 0) >= cost.from;
  if (subject.run.data.kind === "summary") {
    const first = sumOf(keys.map((key) => subject.reading(key)?.first ?? null));
    const last = sumOf(keys.map((key) => subject.reading(key)?.last ?? null));
    if (first === null || last === null || first <= 0) return null;
    return { fall: 1 - last / first, first, last, terms, long, clear: false, window: null };
  }
  const total = sumSeries(keys.flatMap((key) => subject.curve(key) ?? []));
  if (total === null || total.steps.length < 4 || beginsLate(total)) return null;
  const part = Math.min(window.points, Math.floor(total.steps.length / 2));
  const judged = between(total, 0, cost.to);
  const early = firstPoints(total, part).values;
  const late = lastPoints(judged, part).values;
  const first = median(early);
  const last = median(late);
  if (!(first > 0)) return null;
  const noise =
    (1.858 * (medianAbsoluteDeviation(early) + medianAbsoluteDeviation(late))) / Math.sqrt(2 * part);
  const clear = part >= window.points && Math.abs(first * (1 - cost.fall) - last) > 2 * noise;
  return {
    fall: 1 - last / first,
    first,
    last,
    terms,
    long,
    clear,
    window: extentOf(judged),
  };
}

/** What a far too high learning rate does to it (trainer facts 1.4): the encodings have become one. */
const COLLAPSED = 0.9;

function trendOfCost(subject: Subject): Finding | null {
  const found = costFall(subject);
  if (found === null) return null;
  const { fall, first, last, terms, long, clear, window } = found;
  const fell = fall >= subject.thresholds.cost.fall;
  const single = window === null;
  if (!long && !(fell && (clear || single))) return null;
  const code = fell ? "cost-falling" : "cost-flat";
  const collapsed = fall >= COLLAPSED;
  const idle = fell && !collapsed && isDead(subject, window);
  const key = collapsed
    ? "cost-falling.collapse"
    : idle
      ? "cost-falling.idle"
      : fall < 0
        ? "cost-flat.rising"
        : code;
  const severity = idle ? "note" : fell && !collapsed ? "good" : "warning";
  const change = fall < 0 ? { fall, rise: -fall } : { fall };
  const evidence = { ...change, first, last, terms, wanted: subject.thresholds.cost.fall };
  if (single) return infer(code, { severity, evidence, key });
  const confidence: Confidence = clear ? "high" : "medium";
  return observe(code, { severity, confidence, window, evidence, key });
}

/** Without mass OT gives no gradient: what falls then, falls by imitation alone. */
function isDead(subject: Subject, window: Extent | null): boolean {
  const mass = subject.curve(PI_SUM);
  const level =
    mass === null || window === null
      ? (subject.reading(PI_SUM)?.last ?? null)
      : mean(between(mass, window.from_step, window.to_step).values);
  return level !== null && level < subject.thresholds.mass.dead;
}

/** OT-3 (search facts 7): which share of all costs is a label's. The logged costs are means over all pairs, weights included. */
function labelScale(subject: Subject): Finding | null {
  const { knobs, thresholds } = subject;
  if (knobs === null || subject.run.data.kind !== "curves") return null;
  const labels = new Set(labelTerms(knobs).map((term) => term.name));
  const levels = costKeys(subject).flatMap((key) => {
    const series = subject.curve(key);
    if (series === null) return [];
    const tail = lastPoints(series, thresholds.mass.pool);
    return [{ term: costTerm(key) ?? key, level: mean(tail.values), window: extentOf(tail) }];
  });
  const all = levels.reduce((sum, { level }) => sum + level, 0);
  const label = levels.reduce((sum, { term, level }) => sum + (labels.has(term) ? level : 0), 0);
  const window = levels.find(({ term }) => labels.has(term))?.window;
  if (window === undefined || !(all > 0) || label / all <= thresholds.cost.label_share) return null;
  const terms = [...labels];
  const near = knobs.reg !== null && all > NEAR_BREAK * knobs.reg;
  return observe("label-cost-scale", {
    severity: near ? "warning" : "note",
    confidence: confidenceOf(window.points, thresholds),
    window,
    evidence: {
      share: label / all,
      label_cost: label,
      all_cost: all,
      terms,
      reg: knobs.reg,
      near_break: near,
    },
    key: near ? "label-cost-scale.near-break" : "label-cost-scale",
  });
}

/** The dearest pair is about 3.5 times the mean of all pairs; the solver breaks at 709 reg (trainer facts 17). */
const NEAR_BREAK = 200;

function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? known.reduce((sum, value) => sum + value, 0) : null;
}

/** Terms are logged together: only the steps that all of them have. */
function sumSeries(all: readonly Series[]): Series | null {
  const [first, ...others] = all;
  if (first === undefined) return null;
  if (others.length === 0) return first;
  const sums = new Map(
    first.steps.map((step, index) => [step, { value: first.values[index] ?? 0, terms: 1 }]),
  );
  for (const other of others) {
    other.steps.forEach((step, index) => {
      const sum = sums.get(step);
      if (sum) sums.set(step, { value: sum.value + (other.values[index] ?? 0), terms: sum.terms + 1 });
    });
  }
  const steps = [...sums].filter(([, sum]) => sum.terms === all.length);
  return { steps: steps.map(([step]) => step), values: steps.map(([, sum]) => sum.value) };
}
