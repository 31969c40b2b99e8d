import type { Severity } from "./findings.ts";

interface FindingEntry {
  readonly severities: readonly Severity[];
  readonly means: string;
  /** `{mass.low}` stands for a threshold, `{l1.fall:percent}` for a share among them. */
  readonly when: string;
}

/** Every finding that there is, in the order in which a run is examined. What it says of one run stands in texts/. */
export const FINDINGS = {
  "no-history": {
    severities: ["problem"],
    means: "Nothing was logged, whatever state or exit code say.",
    when: "no history row",
  },
  "not-act-ot": {
    severities: ["problem"],
    means: "Another policy, or OT switched off: not judged, never bred from.",
    when: "`policy.type` is not `act`, or `ot.enable` is not true",
  },
  "non-finite": {
    severities: ["problem", "note"],
    means:
      "Invalid. The trainer goes on after a NaN and exits with 0; no other number of the run is believed.",
    when: "any NaN or infinity among losses, grad_norm and eval; a note where only grad_norm was infinite and recovered",
  },
  crashed: {
    severities: ["problem"],
    means: "Ended by an error or a signal: shown, never bred from.",
    when: "the run's state is `failed` or `crashed`",
  },
  "too-short": {
    severities: ["warning"],
    means: "Says nothing about its configuration.",
    when: "fewer than {shortest} steps",
  },
  "ot-inactive": {
    severities: ["problem", "warning", "note"],
    means: "The OT branch never ran, which the trainer does not mention.",
    when: "no `train/ot_*` metric in the rows that hold the losses, although the configuration enables OT (fewer than {mass.least} rows: low confidence); a warning where the configuration is not known, a note where `lambda_ot` is 0 on purpose",
  },
  "ot-unread": {
    severities: ["note"],
    means: "Whether OT ran is not known.",
    when: "`train/ot_*` metrics were logged, but none of their values could be read",
  },
  "solver-break": {
    severities: ["problem", "warning"],
    means:
      "A pair costs more than 709.78 × reg, so the solver returns the bare kernel for the whole batch. More reg or smaller weights cure it, tau does not.",
    when: "readings of pi_sum are 0 or below exp(-709.78 reg/T), which proves it; a warning below 5 % of them",
  },
  "solver-warned": {
    severities: ["note"],
    means: "The solver broke on at least one batch that was not logged.",
    when: "the trainer's log has its warning of numerical errors, and no reading proves a break",
  },
  "solver-too-old": {
    severities: ["problem"],
    means:
      "The installed POT ignores the reference measure (0.9.5 or newer is needed): the laws of the plan do not hold.",
    when: "pi_diag differs from pi_sum although `heuristic` is true",
  },
  "off-diagonal": {
    severities: ["warning", "good"],
    means:
      "Pairs are matched across time. With `heuristic` true there is no off-diagonal mass, so nothing is said.",
    when: "`heuristic` is false and pi_diag falls more than {mass.off_diagonal:percent} short of pi_sum; good where it does not",
  },
  "mass-dead": {
    severities: ["problem"],
    means: "No pair carries mass: OT gives no gradient, and L1 and eval look as good as ever.",
    when: "mean pi_sum of the last {mass.pool} readings below {mass.dead}",
  },
  "mass-low": {
    severities: ["problem"],
    means: "reg and tau are too small for these costs, or the label weight too large.",
    when: "below {mass.low}",
  },
  "mass-unassigned": {
    severities: ["note", "warning"],
    means:
      "Between the bands that the plan names: alive but below the good band, or above it and below high.",
    when: "{mass.low} to {mass.good_from}, or {mass.good_to} to {mass.high} while the learned costs fall; a warning where most batches lie below {mass.dead}",
  },
  "mass-healthy": {
    severities: ["good", "warning"],
    means: "Inside the plan's good band.",
    when: "{mass.good_from} to {mass.good_to}; a warning where most batches lie below {mass.dead}",
  },
  "mass-high": {
    severities: ["warning"],
    means: "Pairs pass without being aligned, or OT pulls the imitation away.",
    when: "above {mass.good_to} with a cost that does not fall, or above {mass.high}",
  },
  "mass-saturated": {
    severities: ["warning"],
    means:
      "Every pair passes: very well aligned or a collapsed encoder. A run with `lambda_ot` 0 tells which.",
    when: "above {mass.saturated}",
  },
  "mass-rising": {
    severities: ["good"],
    means: "On its way up by itself: mass rules wait.",
    when: "a significant trend that more than doubles the level",
  },
  "mass-falling": {
    severities: ["warning"],
    means: "Pairs are being lost.",
    when: "a significant trend that more than halves the level",
  },
  "cost-falling": {
    severities: ["good", "note", "warning"],
    means: "The encoder learns to lower the costs that it can lower.",
    when: "learned terms fall by {cost.fall:percent} between steps 0 and {cost.to}; a note where the mass is dead, for then OT has no part in it; a warning from 90 % on, which looks like collapse",
  },
  "cost-flat": {
    severities: ["warning"],
    means: "The learned costs do not fall. Label terms are left out: they have no gradient.",
    when: "less than {cost.fall:percent} after {cost.from} steps",
  },
  "label-cost-scale": {
    severities: ["note", "warning"],
    means: "A label term steers the plan alone and cannot be learned down.",
    when: "labels make up more than {cost.label_share:percent} of the costs; a warning where the mean cost exceeds 200 × reg",
  },
  "l1-converging": {
    severities: ["good"],
    means: "Imitation works. A health check: nearly every run does this.",
    when: "`train/l1_loss` fell by {l1.fall:percent} within {l1.fall_within} steps",
  },
  "l1-slow": {
    severities: ["problem"],
    means: "Imitation does not get going.",
    when: "it did not fall by {l1.fall:percent}, in {l1.fall_within} steps or, from {l1.judged_from} on, in all that a finished run was given",
  },
  "l1-plateau": {
    severities: ["warning"],
    means: "L1 stands still.",
    when: "trend below {l1.plateau_fall:percent} per {l1.plateau_steps} steps, not significant (p above {l1.plateau_p}), its interval below {l1.plateau_excludes:percent}, and the loss agrees; over the last {l1.plateau_steps} steps, or {l1.plateau_rule_steps} where those are too noisy",
  },
  jitter: {
    severities: ["warning"],
    means: "L1 jumps from reading to reading.",
    when: "median jump above {jitter:percent} of the level over {window.steps} steps, at constant learning rate",
  },
  "gradients-unstable": {
    severities: ["warning"],
    means: "Gradients stay large. The first {gradient.warm_up} steps and single spikes are normal.",
    when: "{gradient.sustained} readings in a row above {gradient.limit} or {gradient.rise} × the run's own level",
  },
  diverged: {
    severities: ["problem"],
    means: "Training came apart: never bred from.",
    when: "held-out L1 ends above {evaluation.diverged} × its best, or the loss above 3 × its least level",
  },
  "eval-drifting-up": {
    severities: ["warning"],
    means: "Held-out L1 has passed its best.",
    when: "the running mean of {evaluation.smooth} ends more than {noise.equal_seed} above its least",
  },
  "eval-improving": {
    severities: ["good"],
    means: "Held-out L1 still falls.",
    when: "it ends more than {noise.equal_seed} below its first value",
  },
  "invalid-comparison": {
    severities: ["note"],
    means: "Its numbers may not be held against those of the other runs.",
    when: "seed, steps (of a summary: its rows), batch size, eval_freq, num_workers, data sets, fork or pair data differ from those of most runs",
  },
} as const satisfies Readonly<Record<string, FindingEntry>>;

export type FindingCode = keyof typeof FINDINGS;
