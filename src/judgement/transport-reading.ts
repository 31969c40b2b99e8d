import { costTerm, OT_COST_PREFIX, OT_LOSS, PI_DIAG } from "./metrics.ts";
import { costNames, type OtFeature, type PlanLaw, planLaw } from "./ot-knobs.ts";
import { between, filterPoints, lastPoints, type Series } from "./series.ts";
import { mean, median } from "./statistics.ts";
import { costKeys, type Extent, extentOf, hasOt, massPool, type Subject } from "./subject.ts";
import { type Interval, isBroken, type PlanReading } from "./transport.ts";
import { largestPair } from "./transport-solver.ts";

/** What can be read from a run's curves about its transport plan. */
export type PlanState =
  | (PlanReading & {
      readonly kind: "diagonal";
      readonly window: Extent;
      readonly points: number;
      readonly brokenShare: number;
      readonly costs: CostLevels;
      /** No pair of these points can have cost more; null where a cost term or the number of pairs is not known. */
      readonly largest: number | null;
    })
  | {
      readonly kind: "broken";
      readonly temperature: number;
      readonly reg: number;
      readonly window: Extent;
      readonly points: number;
      readonly brokenShare: number;
      /** Bounds of the cheapest pair's cost in every broken batch that kept a mass above 0. */
      readonly cheapest: readonly Interval[];
      readonly pairs: number | null;
      readonly costs: CostLevels;
    }
  | { readonly kind: "unreadable"; readonly why: Unreadable };

/** Why the laws do not apply. */
export type Unreadable =
  | "summary-only"
  | "no-config"
  | "no-ot"
  | "heuristic-off"
  | "reference-ignored"
  | "temperature-unknown"
  | "too-few-points";

/** Mean logged cost per term, weights included, over all pairs of the batch (unpaired ones too). */
export type CostLevels = ReadonlyMap<string, number>;

/**
 * Pools mass and loss over the last log points, leaving out what a broken solver produced, whose share is kept. Fewer than
 * the thresholds' least number of unbroken points is no reading: broken where half as many are, otherwise unreadable. A few
 * broken ones among them take nothing away from a cure, which looks at costs: then half as many unbroken ones do.
 */
export function readPlan(subject: Subject): PlanState {
  const { knobs, thresholds } = subject;
  if (subject.run.data.kind === "summary") return unreadable("summary-only");
  if (knobs === null) return unreadable("no-config");
  const pool = massPool(subject);
  const loss = subject.curve(OT_LOSS);
  if (!hasOt(subject) || pool === null || loss === null) return unreadable("no-ot");
  if (!knobs.heuristic) return unreadable("heuristic-off");
  const law = planLaw(knobs);
  if (law === null) return unreadable("temperature-unknown");

  if (!isDiagonal(subject, pool)) return unreadable("reference-ignored");
  const broken = pool.values.filter((mass) => isBroken(mass, law));
  const common = {
    temperature: law.temperature,
    window: extentOf(pool),
    brokenShare: broken.length / pool.values.length,
    costs: costLevels(subject),
  };
  const alive = unbroken(pool, loss, law);
  const mass = mean(alive.map((point) => point.mass));
  const half = thresholds.mass.least / 2;
  const isMixed = broken.length > 0 && broken.length < half;
  if (alive.length >= (isMixed ? half : thresholds.mass.least) && mass > 0 && mass <= 1) {
    const liveLoss = mean(alive.map((point) => point.loss));
    const largest = largestCost(subject, pool.steps);
    return { kind: "diagonal", ...common, mass, loss: Math.max(0, liveLoss), points: alive.length, largest };
  }
  if (broken.length < half) return unreadable("too-few-points");
  return {
    kind: "broken",
    ...common,
    reg: law.reg,
    points: broken.length,
    pairs: knobs.pairs,
    cheapest: broken.flatMap((value) => cheapestPair(value, { reg: law.reg, pairs: knobs.pairs })),
  };
}

/** Mass and loss of the pooled readings that no broken solver made: what a diagonal plan is read from, one by one. */
export function unbrokenReadings(subject: Subject): readonly UnbrokenReading[] {
  const pool = massPool(subject);
  const loss = subject.curve(OT_LOSS);
  const law = subject.knobs === null ? null : planLaw(subject.knobs);
  return pool === null || loss === null || law === null ? [] : unbroken(pool, loss, law);
}

export type UnbrokenReading = Pick<PlanReading, "mass" | "loss">;

/** A solver that ignores the reference measure spreads mass off the diagonal (POT below 0.9.5). */
function isDiagonal(subject: Subject, pool: Series): boolean {
  const diagonal = subject.curve(PI_DIAG);
  if (diagonal === null) return true;
  const recent = between(diagonal, pool.steps[0] ?? 0, Number.MAX_SAFE_INTEGER);
  const [pooled, logged] = [new Set(pool.steps), new Set(recent.steps)];
  const shared = filterPoints(pool, (_, step) => logged.has(step));
  const own = filterPoints(recent, (_, step) => pooled.has(step));
  const mass = mean(shared.values);
  return !(mass > 0) || Math.abs(mean(own.values) / mass - 1) < 1e-3;
}

function unreadable(why: Unreadable): PlanState {
  return { kind: "unreadable", why };
}

function unbroken(pool: Series, loss: Series, law: PlanLaw): readonly UnbrokenReading[] {
  const tail = between(loss, pool.steps[0] ?? 0, Number.MAX_SAFE_INTEGER);
  const lossAt = new Map(tail.steps.map((step, index) => [step, tail.values[index] ?? 0]));
  return pool.steps.flatMap((step, index) => {
    const mass = pool.values[index] ?? 0;
    const value = lossAt.get(step);
    return value === undefined || isBroken(mass, law) ? [] : [{ mass, loss: value }];
  });
}

/**
 * OT-0b: a broken reading is mean exp(-M_i/reg), which the cheapest pair rules: M_min lies in
 * [-reg (ln m + ln N), -reg ln m]. A reading of exactly 0 only says that it is above 745 reg.
 */
export function cheapestPair(
  mass: number,
  { reg, pairs }: { readonly reg: number; readonly pairs: number | null },
): readonly Interval[] {
  if (!(mass > 0)) return [];
  const most = -reg * Math.log(mass);
  return [{ low: Math.max(0, most - reg * Math.log(pairs ?? 1)), high: Math.max(0, most) }];
}

function costLevels(subject: Subject): CostLevels {
  return new Map(
    costKeys(subject).flatMap((key) => {
      const series = subject.curve(key);
      return series === null
        ? []
        : [[costTerm(key) ?? key, mean(lastPoints(series, subject.thresholds.mass.pool).values)] as const];
    }),
  );
}

/** Over these log points, each of which has to have logged every term of the cost. */
function largestCost(subject: Subject, steps: readonly number[]): number | null {
  const { knobs } = subject;
  if (knobs?.pairs == null || !knobs.features.every(costsSomething)) return null;
  const terms = costNames(knobs).toSorted();
  const known = costKeys(subject).map(costTerm).toSorted();
  // Of two terms with one name only one is logged.
  if (terms.length === 0 || terms.join("\n") !== known.join("\n")) return null;
  const logged = terms.map((name) => {
    const series = subject.curve(OT_COST_PREFIX + name);
    const tail = series && between(series, steps[0] ?? 0, Number.MAX_SAFE_INTEGER);
    return new Map(tail?.steps.map((step, index) => [step, tail.values[index] ?? Number.NaN]));
  });
  const totals = steps.map((step) => logged.reduce((sum, costs) => sum + (costs.get(step) ?? Number.NaN), 0));
  const largest = largestPair({ meanCost: Math.max(...totals), pairs: knobs.pairs });
  return Number.isFinite(largest) ? largest : null;
}

/** A weight below 0, or one that is no number, makes distances of something else. */
function costsSomething({ weightEmbed, weightLabel }: OtFeature): boolean {
  return weightEmbed >= 0 && weightLabel >= 0;
}

export function totalCost(costs: CostLevels): number {
  return [...costs.values()].reduce((sum, level) => sum + level, 0);
}

/** The dearest pair of 600 recorded steps was 2.8 (99 %) to 3.8 times the mean of all pairs. */
const PEAK_TO_MEAN = 3.55;

/** It is not logged: this is what the mean costs let expect. */
export function dearestPair(costs: CostLevels): number {
  return PEAK_TO_MEAN * totalCost(costs);
}

/** Middle of what is known about the cheapest pair; null where every broken reading was exactly 0. */
export function typicalCheapest(cheapest: readonly Interval[]): number | null {
  return cheapest.length === 0 ? null : median(cheapest.map(({ low, high }) => (low + high) / 2));
}
