import * as z from "zod";

const share = z.number().min(0).max(1);
const count = z.int().positive();

/**
 * Every number that a finding depends on. Defaults: the plan's criteria, and where the plan is silent what the real rounds
 * taught (trainer facts 15, search facts 3 and 7). Units: steps are trainer steps, shares are 0..1.
 */
export const Thresholds = z.strictObject({
  /** What a window of single-batch readings is: this many trainer steps, and no fewer points. */
  window: z.strictObject({ steps: count.default(500), points: count.default(10) }).prefault({}),
  l1: z
    .strictObject({
      /** Wanted fall of `train/l1_loss` from its first value ... */
      fall: share.default(0.4),
      /** ... within this many steps. */
      fall_within: count.default(2000),
      /** A fall below this over `plateau_steps` is a plateau; the plan's rule asks the same over `plateau_rule_steps`. */
      plateau_fall: share.default(0.02),
      plateau_steps: count.default(500),
      plateau_rule_steps: count.default(2000),
      /** A plateau has no significant trend: Mann-Kendall p above this. */
      plateau_p: share.default(0.1),
    })
    .prefault({}),
  mass: z
    .strictObject({
      dead: z.number().positive().default(1e-6),
      low: z.number().positive().default(1e-3),
      good_from: share.default(0.05),
      good_to: share.default(0.3),
      high: share.default(0.6),
      saturated: share.default(0.95),
      /** Points that a level of the mass is pooled from: the last `pool`, and no verdict of high confidence below `least`. */
      pool: count.default(30),
      least: count.default(10),
      /** pi_diag may fall short of pi_sum by this share before it is called off-diagonal (only without heuristic). */
      off_diagonal: share.default(0.1),
    })
    .prefault({}),
  cost: z
    .strictObject({
      fall: share.default(0.1),
      from: count.default(1000),
      to: count.default(3000),
      /** A label term above this share of all costs steers the plan alone. */
      label_share: share.default(0.8),
    })
    .prefault({}),
  gradient: z
    .strictObject({
      limit: z.number().positive().default(100),
      warm_up: z.int().nonnegative().default(500),
      /** So many log points in a row are "for long". */
      sustained: count.default(3),
      /** A rise by this factor over the run's own level after the warm-up. */
      rise: z.number().min(1).default(5),
    })
    .prefault({}),
  /** Noise of `train/l1_loss` (median size of first differences over its median) above which the curve is called jittery. */
  jitter: z.number().positive().default(0.3),
  evaluation: z
    .strictObject({
      /** Points of the running mean whose minimum ranks a run. */
      smooth: count.default(3),
      /** Last over best above this is a divergence, not a drift. */
      diverged: z.number().min(1).default(1.25),
    })
    .prefault({}),
  /** Below this many steps a run says nothing about its configuration. */
  shortest: z.int().nonnegative().default(200),
  /** Smallest differences of eval L1 that count (trainer facts 1.6). */
  noise: z
    .strictObject({
      equal_seed: z.number().positive().default(0.003),
      between_seeds: z.number().positive().default(0.02),
    })
    .prefault({}),
});
export type Thresholds = z.infer<typeof Thresholds>;

export const DEFAULT_THRESHOLDS: Thresholds = Thresholds.parse({});
