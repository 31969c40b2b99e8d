import type { EditRequest } from "../../edits.ts";
import { labelTerms, type OtFeature, type OtKnobs } from "../../ot-knobs.ts";
import { feature, LAMBDA, REG, set, TAU_SOURCE, TAU_TARGET } from "../../rules.ts";
import { type CostLevels, totalCost } from "../../transport-reading.ts";
import { type Region, type Trust, trusted } from "../../trust.ts";

/** Geometric middle of the band that the plan calls good. */
export function wantedMass({
  mass,
}: {
  readonly mass: { readonly good_from: number; readonly good_to: number };
}): number {
  return Math.sqrt(mass.good_from * mass.good_to);
}

export const TEMPERATURE_KNOBS = [REG, TAU_SOURCE, TAU_TARGET] as const;
export const WEIGHT_KNOBS = [
  "ot.loss_config.features[*].weight_label",
  "ot.loss_config.features[*].weight_embed",
] as const;

/** reg and both taus by one factor: their ratio stays, so only T moves. Each is held inside its own bounds. */
export function scaleTemperature(knobs: OtKnobs, factor: number, trust: Trust): readonly EditRequest[] {
  const move = (path: string, from: number | null, region: Trust["reg"]) => {
    const to = from === null ? null : trusted(region, { from, to: from * factor });
    return to === null ? [] : [set(path, to)];
  };
  return [
    ...move(REG, knobs.reg, trust.reg),
    ...move(TAU_SOURCE, knobs.tauSource, trust.tau),
    ...move(TAU_TARGET, knobs.tauTarget, trust.tau),
  ];
}

/** T after such edits: bounds may have held one of the three back. */
export function temperatureWith(knobs: OtKnobs, edits: readonly EditRequest[]): number {
  const value = (path: string, now: number | null) => {
    const to = edits.find((edit) => edit.path === path)?.value;
    return typeof to === "number" ? to : (now ?? 0);
  };
  return value(REG, knobs.reg) + value(TAU_SOURCE, knobs.tauSource) + value(TAU_TARGET, knobs.tauTarget);
}

interface WeightMove {
  readonly from: number;
  readonly factor: number;
  readonly region: Region;
}

/** Every weight of every term by one factor: the same as T divided by it (scale law L4). */
export function scaleWeights(knobs: OtKnobs, factor: number, trust: Trust): readonly EditRequest[] {
  return knobs.features.flatMap((term) => [
    ...scaleLabel(term, factor, trust),
    ...(term.learned
      ? scaleWeight(`${feature(term.name)}.weight_embed`, {
          from: term.weightEmbed,
          factor,
          region: trust.weight_embed,
        })
      : []),
  ]);
}

/** The label terms only, each by its name. */
export function scaleLabels(knobs: OtKnobs, factor: number, trust: Trust): readonly EditRequest[] {
  return labelTerms(knobs).flatMap((term) => scaleLabel(term, factor, trust));
}

function scaleLabel({ name, weightLabel }: OtFeature, factor: number, trust: Trust): readonly EditRequest[] {
  const move = { from: weightLabel, factor, region: trust.weight_label };
  return scaleWeight(`${feature(name)}.weight_label`, move);
}

function scaleWeight(path: string, { from, factor, region }: WeightMove): readonly EditRequest[] {
  const to = from > 0 ? trusted(region, { from, to: from * factor }) : null;
  return to === null ? [] : [set(path, to)];
}

/** Share of the logged costs that label terms make up; null where no cost was logged. */
export function labelShare(knobs: OtKnobs, costs: CostLevels): number | null {
  const all = totalCost(costs);
  if (!(all > 0)) return null;
  return labelTerms(knobs).reduce((sum, term) => sum + (costs.get(term.name) ?? 0), 0) / all;
}

/**
 * OT-5: the encoder is pulled by lambda_ot * pi_sum. Where a rise of the mass would raise that pull more than 30 times in
 * one round, lambda_ot goes down with it, by one step of its trust region at most: never to nothing.
 */
export function keepPull(
  knobs: OtKnobs,
  { from, to, trust }: { readonly from: number; readonly to: number; readonly trust: Trust },
): readonly EditRequest[] {
  const rise = to / Math.max(from, Number.MIN_VALUE);
  if (!(rise > trust.effective_weight) || knobs.lambda <= 0) return [];
  const wanted = (knobs.lambda * trust.effective_weight) / rise;
  const lambda = trusted(trust.lambda_ot, { from: knobs.lambda, to: wanted });
  return lambda === null ? [] : [set(LAMBDA, lambda)];
}
