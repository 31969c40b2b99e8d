import type { JsonObject } from "../../json.ts";
import type { FindingCode } from "../finding-catalogue.ts";
import type { Finding, Severity } from "../findings.ts";
import { OT_LOSS, PI_SUM } from "../metrics.ts";
import { lastPoints, type Series, thin } from "../series.ts";
import { mannKendall, mean, median, trend } from "../statistics.ts";
import { confidenceOf, costKeys, extentOf, infer, massPool, observe, type Subject } from "../subject.ts";
import type { Thresholds } from "../thresholds.ts";
import { costFall } from "./cost.ts";

/** The level of the transported mass against its bands, and where it goes. */
export function diagnoseMass(subject: Subject): readonly Finding[] {
  const pool = massPool(subject);
  if (pool !== null)
    return [levelFinding(subject, pool), trendFinding(subject, pool)].filter((finding) => finding !== null);
  return summaryFindings(subject);
}

type Band = "dead" | "low" | "below" | "healthy" | "above" | "high" | "saturated";

function bandOf(mass: number, { mass: bands }: Thresholds): Band {
  if (mass < bands.dead) return "dead";
  if (mass < bands.low) return "low";
  if (mass < bands.good_from) return "below";
  if (mass <= bands.good_to) return "healthy";
  if (mass <= bands.high) return "above";
  return mass <= bands.saturated ? "high" : "saturated";
}

const CODE: Readonly<Record<Band, { readonly code: FindingCode; readonly severity: Severity }>> = {
  dead: { code: "mass-dead", severity: "problem" },
  low: { code: "mass-low", severity: "problem" },
  below: { code: "mass-unassigned", severity: "note" },
  healthy: { code: "mass-healthy", severity: "good" },
  above: { code: "mass-unassigned", severity: "note" },
  high: { code: "mass-high", severity: "warning" },
  saturated: { code: "mass-saturated", severity: "warning" },
};

interface Verdict {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Catalogue entry of the sentence. */
  readonly key: string;
}

/** Above the good band a cost that does not fall turns "no verdict" into "too high" (the plan's second rule). */
function verdict(mass: number, flat: boolean, thresholds: Thresholds): Verdict {
  const band = bandOf(mass, thresholds);
  const { code, severity } = band === "above" && flat ? CODE.high : CODE[band];
  const key =
    code === "mass-unassigned" ? `${code}.${band}` : code === "mass-high" && flat ? "mass-high.flat" : code;
  return { code, severity, key };
}

/** Where most batches are dead, a mean that lies in a band is no plan of that band. */
function sparse({ code, severity }: Verdict): Verdict {
  return { code, severity: severity === "problem" ? "problem" : "warning", key: "mass-sparse" };
}

function levelFinding(subject: Subject, pool: Series): Finding {
  const { thresholds } = subject;
  const level = mean(pool.values);
  const flat = isFlat(subject);
  const live = pool.values.filter((mass) => mass >= thresholds.mass.dead).length;
  const share = live / pool.values.length;
  const said = verdict(level, flat ?? false, thresholds);
  const dead = said.code === "mass-dead";
  const { code, severity, key } = dead || share >= 0.5 ? said : sparse(said);
  const evidence = {
    level,
    median: median(pool.values),
    live_share: share,
    cost_flat: flat,
    ...looseness(subject, pool),
  };
  return observe(code, {
    severity,
    // A mean rests on the readings that carry it, however many dead ones lie between them.
    confidence: confidenceOf(dead ? pool.steps.length : live, thresholds),
    window: extentOf(pool),
    evidence: { ...evidence, ...limits(thresholds) },
    key,
  });
}

/** What OT-2 looks at: is the cost of the pairs that carry the mass below that of all pairs (aligned), or is everything alike? */
function looseness(subject: Subject, pool: Series): JsonObject {
  const loss = subject.curve(OT_LOSS);
  const costs = costKeys(subject).flatMap((key) => subject.curve(key) ?? []);
  if (loss === null || costs.length === 0) return {};
  const points = pool.steps.length;
  const live = mean(lastPoints(loss, points).values) / mean(pool.values);
  const all = costs.reduce((sum, cost) => sum + mean(lastPoints(cost, points).values), 0);
  return Number.isFinite(live) && live > 0
    ? { live_cost: live, all_cost: all, kappa: all / live }
    : { all_cost: all };
}

function isFlat(subject: Subject): boolean | null {
  const fall = costFall(subject);
  return fall === null || !fall.long ? null : fall.fall < subject.thresholds.cost.fall;
}

function limits({ mass }: Thresholds): JsonObject {
  return { low: mass.low, good_from: mass.good_from, good_to: mass.good_to, high: mass.high };
}

/** A rise or a fall that is significant and doubles or halves the level; on ln of the mass, as it spans hundreds of decades. */
function trendFinding(subject: Subject, pool: Series): Finding | null {
  if (pool.steps.length < subject.thresholds.mass.least) return null;
  const logs = thin(
    { steps: pool.steps, values: pool.values.map((mass) => Math.log(Math.max(mass, Number.MIN_VALUE))) },
    60,
  );
  if (mannKendall(logs.values).p >= 0.05) return null;
  const { slope, low, high, p } = trend(logs.steps, logs.values);
  const third = Math.ceil(pool.values.length / 3);
  const before = median(pool.values.slice(0, third));
  const after = median(pool.values.slice(-third));
  const evidence = { before, after, slope_per_500: slope * 500, p };
  const common = {
    confidence: confidenceOf(pool.steps.length, subject.thresholds),
    window: extentOf(pool),
    evidence,
  };
  if (low > 0 && after > 2 * before && after > subject.thresholds.mass.dead) {
    return observe("mass-rising", { severity: "good", ...common });
  }
  if (high < 0 && after < before / 2) return observe("mass-falling", { severity: "warning", ...common });
  return null;
}

/**
 * From a summary: the level is one batch of a few pairs. Two such readings show a trend only where they lie on both sides
 * of the plan's lower limit, an order of magnitude apart.
 */
function summaryFindings(subject: Subject): readonly Finding[] {
  const { thresholds } = subject;
  const reading = subject.reading(PI_SUM);
  const last = reading?.last ?? null;
  if (reading === null || last === null) return [];
  const flat = isFlat(subject);
  const { code, severity, key } = verdict(last, flat ?? false, thresholds);
  const evidence = {
    level: last,
    first: reading.first,
    least: reading.best,
    least_step: reading.best_step,
    cost_flat: flat,
  };
  const level = infer(code, { severity, evidence: { ...evidence, ...limits(thresholds) }, key });
  const { first } = reading;
  if (first === null) return [level];
  const moved = { before: first, after: last };
  if (first < thresholds.mass.low && last >= thresholds.mass.low && last > 10 * first) {
    return [level, infer("mass-rising", { severity: "good", evidence: moved })];
  }
  if (first >= thresholds.mass.low && last < thresholds.mass.low && last < first / 10) {
    return [level, infer("mass-falling", { severity: "warning", evidence: moved })];
  }
  return [level];
}
