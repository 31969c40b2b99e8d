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

/** What a set of edits does to the plan: a new temperature and a factor per cost term. */
export interface PlanChange {
  readonly temperature: number;
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
  return same ? "unchanged" : { temperature, scales };
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

/** A reading with the levels of its cost terms. Where a share of its batches broke, only the others were read: no certificate. */
export type PoolReading = PlanReading & { readonly costs: CostLevels; readonly brokenShare: number };

export interface PlanPrediction {
  readonly mass: Prediction;
  readonly loss: Prediction | null;
}

/**
 * Mass (and loss) after a change. A factor s on every cost is a temperature T/s (scale law L4): exact, so the bounds of L5
 * hold. Where only some terms are scaled the tangent of L5 is no bound any more (a measured run fell below it), but the
 * mass still lies between those of the smallest and of the largest factor; the estimate then weighs the factors by
 * each term's logged share of the costs. Certified for the pair costs that were read: embeddings move while they train.
 */
export function predictPlan(reading: PoolReading, change: PlanChange): PlanPrediction | null {
  const scales = [...change.scales.values()];
  const certified = (metric: string, value: number, { low, high }: Interval): Prediction => ({
    metric,
    value,
    low,
    high,
    certified: reading.brokenShare === 0,
  });
  if (scales.some((scale) => !(scale >= 0)) || scales.length === 0) return null;
  const least = Math.min(...scales);
  const most = Math.max(...scales);
  if (most > 0 && most - least <= 1e-9 * most) {
    const temperature = change.temperature / most;
    return {
      mass: certified(PI_SUM, estimateMass(reading, temperature), boundMass(reading, temperature)),
      // ot_loss is in units of cost: it scales with them.
      loss: certified(
        OT_LOSS,
        most * estimateLoss(reading, temperature),
        times(boundLoss(reading, temperature), most),
      ),
    };
  }
  const low = boundMass(reading, change.temperature / most).low;
  const high = least === 0 ? 1 : boundMass(reading, change.temperature / least).high;
  const scale = effectiveScale(reading.costs, change.scales) ?? Math.sqrt(most * Math.max(least, most / 100));
  const estimate = scale === 0 ? 1 : estimateMass(reading, change.temperature / scale);
  return { mass: certified(PI_SUM, Math.min(high, Math.max(low, estimate)), { low, high }), loss: null };
}

/** Mean factor, weighed by the share of each term in the logged costs; null where a changed term has no logged cost. */
function effectiveScale(costs: CostLevels, scales: ReadonlyMap<string, number>): number | null {
  const all = totalCost(costs);
  if (!(all > 0) || [...scales].some(([name, scale]) => scale !== 1 && !costs.has(name))) return null;
  return [...costs].reduce((sum, [name, cost]) => sum + (cost / all) * (scales.get(name) ?? 1), 0);
}

function times({ low, high }: Interval, factor: number): Interval {
  return { low: low * factor, high: high * factor };
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
