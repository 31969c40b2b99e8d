import * as z from "zod";
import { rising } from "./rising.ts";

/** Where a knob may be (bounds) and how far one round may move it (largest factor, either way). */
function region(min: number, max: number, factor: number) {
  return z
    .strictObject({
      min: z.number().nonnegative().default(min),
      max: z.number().positive().default(max),
      factor: z.number().min(1).default(factor),
    })
    .superRefine(rising(["min", "max"]));
}

/** Trust regions of the calibrated rules (search facts 3 and 7, trainer facts 13 and 15). */
export const Trust = z.strictObject({
  reg: region(1e-3, 5, 6)
    .prefault({})
    .describe("`ot.loss_config.reg`: bounds, and largest factor of one round"),
  tau: region(0.01, 20, 6).prefault({}).describe("`tau_src`, `tau_tgt`"),
  weight_label: region(1e-5, 1, 6).prefault({}).describe("label weights"),
  weight_embed: region(1e-4, 5, 6).prefault({}).describe("weights of learned terms"),
  lambda_ot: region(0.01, 1, 3).prefault({}).describe("`ot.lambda_ot`; 0 only in a control"),
  learning_rate: region(5e-6, 3e-5, 2).prefault({}).describe("`policy.optimizer_lr` and its backbone"),
  batch_size: region(4, 32, 2).prefault({}).describe("`batch_size`"),
  // A solver break is not a step in a landscape.
  break_factor: z
    .number()
    .min(1)
    .default(100)
    .describe("largest factor of reg and weights in the cure of a solver break"),
  effective_weight: z
    .number()
    .min(1)
    .default(30)
    .describe("`lambda_ot` × pi_sum rises by no more than this in one round"),
});
export type Trust = z.infer<typeof Trust>;
export type Region = Trust["reg"];

export const DEFAULT_TRUST: Trust = Trust.parse({});

/**
 * `to`, brought back to the largest step and the bounds, in as few significant digits as a person would have written. A
 * value that already is out of bounds may come closer but never go further away. null: nothing is left of the move
 * (less than 2 %). For values above 0.
 */
export function trusted(region: Region, move: { readonly from: number; readonly to: number }): number | null {
  const { from } = move;
  const low = Math.max(from / region.factor, Math.min(from, region.min));
  const high = Math.min(from * region.factor, Math.max(from, region.max));
  const bounded = Math.min(Math.max(move.to, low), high);
  const to = shortest(bounded, { low, high });
  return Math.abs(to - from) <= 0.02 * from ? null : to;
}

/** The value in three significant digits, or more where only more stay between the limits. */
function shortest(value: number, { low, high }: { readonly low: number; readonly high: number }): number {
  const written = [3, 4, 5, 6].flatMap((digits) => {
    const unit = 10 ** (Math.floor(Math.log10(value)) + 1 - digits);
    return [value, value + unit, value - unit].map((near) => Number(near.toPrecision(digits)));
  });
  return written.find((short) => short >= low && short <= high) ?? value;
}

/** The regions for a cure of the solver break, which may move further than a step of search. */
export function widened(trust: Trust): Trust {
  const wide = (region: Region): Region => ({ ...region, factor: trust.break_factor });
  return {
    ...trust,
    reg: wide(trust.reg),
    weight_label: wide(trust.weight_label),
    weight_embed: wide(trust.weight_embed),
  };
}
