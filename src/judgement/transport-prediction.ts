import { OT_LOSS, PI_SUM } from "./metrics.ts";
import type { OtFeature, OtKnobs } from "./ot-knobs.ts";
import { temperatureOf } from "./ot-knobs.ts";
import type { Prediction } from "./prescription.ts";
import { median } from "./statistics.ts";
import {
  boundLoss,
  boundMass,
  estimateLoss,
  estimateMass,
  type Interval,
  type PlanReading,
} from "./transport.ts";
import { type CostLevels, type PlanState, totalCost } from "./transport-reading.ts";
import { asSolved, certainlySolves, type SolverKnobs } from "./transport-solver.ts";

/** What a set of edits does to the plan: a new temperature and a factor per cost term. */
export interface PlanChange {
  readonly temperature: number;
  /** What the solver had and what it gets. */
  readonly solver: { readonly before: SolverKnobs; readonly after: SolverKnobs };
  /** Factor of every cost term by name; 1 where its weights stay. */
  readonly scales: ReadonlyMap<string, number>;
}

/** The change between two configurations, or why the laws cannot follow it: other pairs, another plan. */
export function planChange(before: OtKnobs, after: OtKnobs): PlanChange | "unchanged" | "not-a-plan-change" {
  const temperature = temperatureOf(after);
  const samePairs =
    before.pairs === after.pairs &&
    before.windowSize === after.windowSize &&
    before.noWindow === after.noWindow &&
    before.heuristic === after.heuristic;
  if (temperature === null || !samePairs) return "not-a-plan-change";
  const scales = new Map<string, number>();
  for (const term of before.features) {
    const scale = scaleOf(
      term,
      after.features.find((other) => other.name === term.name),
    );
    if (scale === null) return "not-a-plan-change";
    scales.set(term.name, scale);
  }
  if (after.features.some((term) => !scales.has(term.name))) return "not-a-plan-change";
  const same = temperature === temperatureOf(before) && [...scales.values()].every((scale) => scale === 1);
  return same ? "unchanged" : { temperature, solver: { before, after }, scales };
}

/** A term that is gone costs 0. A term of two kinds whose weights move apart has no single factor. */
function scaleOf(before: OtFeature, after: OtFeature | undefined): number | null {
  const label = ratio(before.weightLabel, after?.weightLabel ?? 0);
  const embed = before.learned
    ? ratio(before.weightEmbed, after?.learned === false ? 0 : (after?.weightEmbed ?? 0))
    : null;
  if (label === null) return embed ?? 1;
  if (embed === null) return label;
  return Math.abs(label - embed) <= 1e-9 * Math.abs(embed) ? embed : null;
}

/** null where the weight is absent before and after (no factor); an appearing weight is no factor either: NaN refuses. */
function ratio(before: number, after: number): number | null {
  if (before === 0) return after === 0 ? null : Number.NaN;
  return after / before;
}

/** A reading with what is known of its costs. Where a share of its batches broke, only the others were read: no certificate. */
export interface PoolReading extends PlanReading {
  readonly costs: CostLevels;
  readonly brokenShare: number;
  /** No pair can have cost more; null: not known. */
  readonly largest: number | null;
}

export interface PlanPrediction {
  readonly mass: Prediction;
  readonly loss: Prediction | null;
}

/** Factors of the least and of the most scaled cost term. */
interface Scales {
  readonly least: number;
  readonly most: number;
}

/** Weights are written in three digits, so terms that are scaled alike differ by this much at most. */
const WRITTEN_ALIKE = 1.02;

/**
 * Mass (and loss) after a change. A factor s on every cost is a temperature T/s (scale law L4): exact, so the bounds of L5
 * hold, for the pair costs that were read (embeddings move while they train). They are certified where what was logged proves
 * that the solver finds the plan, before and after: a break beside live pairs cannot be seen in the mass. Where only
 * some terms are scaled those bounds do not hold (a measured run fell below the tangent): then the mass lies between those
 * of the smallest and of the largest factor, which is said without a certificate, and the estimate weighs the factors by
 * each term's logged share of the costs. null: some costs rise against T and others fall, so even that says nothing.
 */
export function predictPlan(reading: PoolReading, change: PlanChange): PlanPrediction | null {
  const all = [...change.scales.values()];
  if (all.some((scale) => !(scale >= 0)) || all.length === 0) return null;
  const scales = { least: Math.min(...all), most: Math.max(...all) };
  const isUniform = scales.most > 0 && scales.most <= WRITTEN_ALIKE * scales.least;
  return isUniform ? predictUniform(reading, change, scales) : predictMixed(reading, change, scales);
}

/**
 * `ot_loss` is in units of cost: it scales with them. Every pair's cost lies between least and most times what it was, and
 * M exp(-M/T) of it between `least` M exp(-`most` M/T) and `most` M exp(-`least` M/T).
 */
function predictUniform(reading: PoolReading, change: PlanChange, { least, most }: Scales): PlanPrediction {
  const [low, high] = [change.temperature / most, change.temperature / least];
  const scale = Math.sqrt(least * most);
  const certified = isCertified(reading, change, most);
  const bounded = (plan: Interval) => (certified ? asSolved(plan) : plan);
  return {
    mass: {
      metric: PI_SUM,
      value: estimateMass(reading, change.temperature / scale),
      ...bounded({ low: boundMass(reading, low).low, high: boundMass(reading, high).high }),
      certified,
    },
    loss: {
      metric: OT_LOSS,
      value: scale * estimateLoss(reading, change.temperature / scale),
      ...bounded({ low: least * boundLoss(reading, low).low, high: most * boundLoss(reading, high).high }),
      certified,
    },
  };
}

function isCertified({ brokenShare, largest }: PoolReading, { solver }: PlanChange, most: number): boolean {
  if (brokenShare > 0 || largest === null) return false;
  return certainlySolves(solver.before, largest) && certainlySolves(solver.after, most * largest);
}

function predictMixed(
  reading: PoolReading,
  { temperature, scales }: PlanChange,
  { least, most }: Scales,
): PlanPrediction | null {
  const rise = temperature / reading.temperature;
  if (least < rise && most > rise) return null;
  const low = boundMass(reading, temperature / most).low;
  const high = least === 0 ? 1 : boundMass(reading, temperature / least).high;
  const scale = effectiveScale(reading.costs, scales) ?? Math.sqrt(most * Math.max(least, most / 100));
  const estimate = scale === 0 ? 1 : estimateMass(reading, temperature / scale);
  const value = Math.min(high, Math.max(low, estimate));
  return { mass: { metric: PI_SUM, value, low, high, certified: false }, loss: null };
}

/** Mean factor, weighed by the share of each term in the logged costs; null where a changed term has no logged cost. */
function effectiveScale(costs: CostLevels, scales: ReadonlyMap<string, number>): number | null {
  const all = totalCost(costs);
  if (!(all > 0) || [...scales].some(([name, scale]) => scale !== 1 && !costs.has(name))) return null;
  return [...costs].reduce((sum, [name, cost]) => sum + (cost / all) * (scales.get(name) ?? 1), 0);
}

/**
 * Mass after the cure of a break. All pairs cost at least the cheapest one and 1/N of them no more than it, so an unbroken plan
 * lies between exp(-M_min s/T')/N and exp(-M_min s/T'). Not certified: nothing that was logged proves the next run unbroken.
 */
export function predictCured(
  state: Extract<PlanState, { kind: "broken" }>,
  { temperature, scale }: { readonly temperature: number; readonly scale: number },
): Prediction | null {
  if (state.cheapest.length === 0) return null;
  const pairs = state.pairs ?? 1;
  const low = median(state.cheapest.map((cost) => Math.exp((-cost.high * scale) / temperature) / pairs));
  const high = median(state.cheapest.map((cost) => Math.exp((-cost.low * scale) / temperature)));
  return { metric: PI_SUM, value: Math.sqrt(low * high), low, high, certified: false };
}
