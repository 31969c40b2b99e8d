import * as z from "zod";
import { rising } from "./rising.ts";

const share = z.number().min(0).max(1);
const count = z.int().positive();

/**
 * Every number that a finding depends on. Defaults: the plan's criteria, and where the plan is silent what the real rounds
 * taught (trainer facts 15, search facts 3 and 7). Units: steps are trainer steps, shares are 0..1.
 */
export const Thresholds = z.strictObject({
  window: z
    .strictObject({
      steps: count.default(500).describe("a window of single-batch readings is this many steps"),
      points: count.default(10).describe("and no fewer readings"),
    })
    .prefault({}),
  l1: z
    .strictObject({
      fall: share.default(0.4).describe("wanted fall of `train/l1_loss` from its first value"),
      fall_within: count.default(2000).describe("steps that it may take for that"),
      judged_from: count
        .default(1000)
        .describe("steps of a finished run from which a missing fall means something before that"),
      plateau_fall: share.default(0.02).describe("a smaller fall is a plateau"),
      plateau_excludes: share
        .default(0.1)
        .describe("a fall of so much must lie outside the 95 % interval of the trend: noise is no plateau"),
      plateau_steps: count
        .default(500)
        .describe("steps that both falls are meant for, and over which a plateau is looked for first"),
      plateau_rule_steps: count
        .default(2000)
        .describe(
          "steps over which it is looked for where those are too noisy, and over which the rule set `plan` asks for it",
        ),
      plateau_p: share.default(0.1).describe("no significant trend: Mann-Kendall p above this"),
    })
    .superRefine(rising(["plateau_fall", "plateau_excludes"]))
    .superRefine(rising(["plateau_steps", "plateau_rule_steps"]))
    .prefault({}),
  mass: z
    .strictObject({
      dead: z.number().positive().default(1e-6).describe("pi_sum below: no pair carries mass"),
      low: z.number().positive().default(1e-3).describe("below: too low"),
      good_from: share.default(0.05).describe("lower end of the good band; its geometric middle is aimed at"),
      good_to: share.default(0.3).describe("upper end of the good band"),
      high: share.default(0.6).describe("above: too high, whatever the cost does"),
      saturated: share.default(0.95).describe("above: every pair passes"),
      pool: count.default(30).describe("readings that a level is pooled from"),
      least: count.default(10).describe("fewer readings give no verdict of more than low confidence"),
      off_diagonal: share
        .default(0.1)
        .describe("share of pi_sum that may lie off the diagonal without heuristic"),
    })
    .superRefine(rising(["dead", "low", "good_from", "good_to", "high", "saturated"]))
    .superRefine(rising(["least", "pool"]))
    .prefault({}),
  cost: z
    .strictObject({
      fall: share.default(0.1).describe("wanted fall of the learned OT costs"),
      from: count.default(1000).describe("steps before a missing fall means something"),
      to: count.default(3000).describe("last step that is looked at"),
      label_share: share
        .default(0.8)
        .describe("a label term above this share of all costs steers the plan alone"),
    })
    .superRefine(rising(["from", "to"]))
    .prefault({}),
  gradient: z
    .strictObject({
      limit: z.number().positive().default(100).describe("grad_norm above is unstable"),
      warm_up: z.int().nonnegative().default(500).describe("steps in which large gradients are normal"),
      sustained: count.default(3).describe("readings in a row that are no spike"),
      rise: z.number().min(1).default(5).describe("or so many times the run's own level after the warm-up"),
    })
    .prefault({}),
  jitter: z
    .number()
    .positive()
    .default(0.3)
    .describe("median jump of `train/l1_loss` between readings over its level"),
  evaluation: z
    .strictObject({
      smooth: count.default(3).describe("evaluations of the running mean whose least value ranks a run"),
      diverged: z.number().min(1).default(1.25).describe("last over best above this is a divergence"),
    })
    .prefault({}),
  shortest: z
    .int()
    .nonnegative()
    .default(200)
    .describe("steps below which a run says nothing about its configuration"),
  // Trainer facts 1.6.
  noise: z
    .strictObject({
      equal_seed: z
        .number()
        .positive()
        .default(0.003)
        .describe("smallest difference of eval L1 that counts at equal seed"),
      between_seeds: z
        .number()
        .positive()
        .default(0.02)
        .describe("standard deviation of eval L1 between seeds; means differ beyond two standard errors"),
    })
    .prefault({}),
});
export type Thresholds = z.infer<typeof Thresholds>;

export const DEFAULT_THRESHOLDS: Thresholds = Thresholds.parse({});
