import * as z from "zod";

/** Where a knob may be (bounds) and how far one round may move it (largest factor, either way). */
function region(min: number, max: number, factor: number) {
  return z
    .strictObject({
      min: z.number().default(min),
      max: z.number().default(max),
      factor: z.number().min(1).default(factor),
    })
    .prefault({});
}

/** Trust regions of the calibrated rules (search facts 3 and 7, trainer facts 13 and 15). */
export const Trust = z.strictObject({
  reg: region(1e-3, 5, 6),
  tau: region(0.01, 20, 6),
  weight_label: region(1e-5, 1, 6),
  weight_embed: region(1e-4, 5, 6),
  lambda_ot: region(0.01, 1, 3),
  learning_rate: region(5e-6, 3e-5, 2),
  batch_size: region(4, 32, 2),
  window_size: region(0, 40, 2),
  /** A solver break is not a step in a landscape: its cure may move further. */
  break_factor: z.number().min(1).default(100),
  /** lambda_ot * pi_sum may rise by this factor in one round. */
  effective_weight: z.number().min(1).default(30),
});
export type Trust = z.infer<typeof Trust>;
export type Region = Trust["reg"];

export const DEFAULT_TRUST: Trust = Trust.parse({});

/**
 * `to`, brought back to the largest step and the bounds. A value that already is out of bounds may come closer but never
 * go further away. null: nothing is left of the move (less than 2 %).
 */
export function trusted(region: Region, move: { readonly from: number; readonly to: number }): number | null {
  const { from } = move;
  const stepped = Math.min(Math.max(move.to, from / region.factor), from * region.factor);
  const bounded =
    stepped > from
      ? Math.min(stepped, Math.max(from, region.max))
      : Math.max(stepped, Math.min(from, region.min));
  return Math.abs(bounded - from) <= 0.02 * Math.abs(from) ? null : bounded;
}
