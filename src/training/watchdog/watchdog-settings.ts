import * as z from "zod";

/** What stops a training that is not worth its GPU. Each check can be turned off. */
export const WatchdogSettings = z.strictObject({
  /** A loss or gradient that is no number: `invalid`. */
  non_finite: z.boolean().default(true),
  /** Gradient norms that stay above the limit after the warm-up, or rise suddenly: `invalid`. */
  gradient: z
    .strictObject({
      enabled: z.boolean().default(true),
      limit: z.number().positive().default(100),
      warm_up: z.int().nonnegative().default(500),
      sustained: z.int().positive().default(3),
      rise: z.number().min(2).default(10),
    })
    .prefault({}),
  /** A transport plan that is dead or whose solver breaks: `stopped`. Not for configurations without OT or with `lambda_ot` 0. */
  ot: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Judged from this step on, as soon as there are enough readings and the mass does not rise. */
      at: z.int().nonnegative().default(500),
      /** The last so many readings: each is one batch of a few pairs, so one alone means nothing. */
      points: z.int().min(4).default(10),
      /** Median of pi_sum below which the plan is dead, if no reading lives. */
      dead: z.number().positive().max(1).default(1e-6),
      /** Share of readings that prove a broken solver. */
      broken_share: z.number().gt(0).max(1).default(0.5),
    })
    .prefault({}),
  /** Clearly worse than other trials under the same conditions, at the same steps: `stopped`. */
  hopeless: z
    .strictObject({
      enabled: z.boolean().default(true),
      /**
       * `margin`: worse by that share than the best trial at the same seed. `median`: its best is worse than the median of the
       * others' means so far. `asha`: not among the best 1/eta that reached that step.
       */
      by: z.enum(["margin", "median", "asha"]).default("margin"),
      margin: z.number().positive().default(0.06),
      at: z.array(z.int().positive()).default([600, 1000]),
      least: z.int().min(2).default(5),
      eta: z.number().min(2).default(3),
    })
    .prefault({}),
  /** Minutes without a line of the trainer: `failed`. */
  stall_minutes: z.number().positive().nullable().default(30),
  /** The disk of the state folder is full: `failed`. */
  disk_full: z.boolean().default(true),
  /** Somebody else computes on the trial's GPU: `interrupted` where he came with it, or where memory runs short. */
  contention: z
    .strictObject({
      enabled: z.boolean().default(true),
      least_free_mib: z.number().nonnegative().default(500),
    })
    .prefault({}),
});
