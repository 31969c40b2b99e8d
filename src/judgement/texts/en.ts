import { checkEn } from "./check-en.ts";
/** What people read, in English. Placeholders: see `say` in texts.ts. Every key is also in zh.ts. */
export const en = {
  ...checkEn,

  "window.steps": "over steps {from_step}–{to_step} ({points} readings)",
  "window.summary": "from a summary's single readings (weak evidence)",

  "finding.no-history": "Nothing was logged (state {state}): the run ended before its first log line.",
  "finding.not-act-ot": "Not an ACT+OT run (policy {policy}, OT enabled: {ot_enabled}): not judged.",
  "finding.non-finite":
    "Invalid: {metrics} not finite from step {step} on ({readings} readings, learning rate {learning_rate}). The trainer goes on and exits with 0; nothing after it counts.",
  "finding.non-finite.passing":
    "{readings} passing infinite reading(s) of {metrics}, first at step {step}; it recovered.",
  "finding.crashed": "The run ended as {state} at step {step}: nothing is derived from it.",
  "finding.too-short": "Only {step} steps: below {shortest} a run says nothing about its configuration.",
  "finding.ot-inactive":
    "OT never ran: no train/ot_* metric in {points} log rows although lambda_ot is {lambda_ot}. The OT batch of {pairs} may be larger than the paired data, or loss_config is empty; the trainer says nothing and exits with 0.",
  "finding.ot-inactive.control": "OT is off (lambda_ot 0): a control run.",
  "finding.ot-inactive.unknown":
    "No train/ot_* metric in {points} log rows: OT never ran, or was not asked for (the configuration is not known).",
  "finding.ot-unread":
    "Whether OT ran is not known: {metrics} were logged, but none of their values could be read.",
  "finding.invalid-comparison":
    "Not comparable with the other runs, different {details} (theirs in brackets).",

  "finding.solver-break":
    "The OT solver broke on {share:percent} of the batches {window}: pi_sum is below exp(-709.78 reg/T), which an unbroken plan cannot be. A pair's cost exceeds 709 × reg ({reg}). tau cannot cure this; a larger reg or smaller weights can.",
  "finding.solver-too-old":
    "pi_diag is {share:percent} of pi_sum although heuristic is true, {window}: the installed POT ignores the reference measure (0.9.5 or newer is needed).",
  "finding.off-diagonal":
    "{off_diagonal:percent} of the mass lies off the diagonal {window}: pairs are matched across time.",
  "finding.off-diagonal.small": "The plan is nearly diagonal: pi_diag is {share:percent} of pi_sum {window}.",

  "finding.solver-warned":
    "The trainer's log says that the OT solver broke on at least one batch; no reading {window} proves it. It warns once per training, so this may have been a single batch.",

  "finding.mass-sparse":
    "Transported mass {level} on average {window}, carried by {live_share:percent} of the batches alone (median {median}): in the others no pair carries mass, and OT gives no gradient.",
  "finding.mass-dead": "OT is dead: pi_sum {level} {window}. No pair carries mass, so OT gives no gradient.",
  "finding.mass-low":
    "Transported mass too low: pi_sum {level} {window}, below {low}. reg and tau are too small for these costs, or the label weight too large.",
  "finding.mass-unassigned.below":
    "Transported mass {level} {window}: alive, below the good band {good_from}–{good_to}.",
  "finding.mass-healthy": "Transported mass {level} {window}: inside the good band {good_from}–{good_to}.",
  "finding.mass-unassigned.above":
    "Transported mass {level} {window}: above the good band {good_from}–{good_to}, below {high}.",
  "finding.mass-high": "Transported mass {level} {window}: above {high}, OT may pull the imitation away.",
  "finding.mass-high.flat":
    "Transported mass {level} {window} is high and the learned costs do not fall: pairs pass without being aligned.",
  "finding.mass-saturated":
    "Transported mass {level} {window}: every pair passes. Either very well aligned or a collapsed encoder; a run with lambda_ot 0 tells which.",
  "finding.mass-rising": "Transported mass rises from {before} to {after}, {window}.",
  "finding.mass-falling": "Transported mass falls from {before} to {after}, {window}.",

  "finding.cost-falling": "Learned OT costs ({terms}) fell by {fall:percent} ({first} → {last}) {window}.",
  "finding.cost-falling.idle":
    "Learned OT costs ({terms}) fell by {fall:percent} ({first} → {last}) {window}, though not by OT: no pair carries mass.",
  "finding.cost-flat":
    "Learned OT costs ({terms}) fell by {fall:percent} only ({first} → {last}) {window}; {wanted:percent} is wanted.",
  "finding.cost-flat.rising":
    "Learned OT costs ({terms}) rose by {rise:percent} ({first} → {last}) {window}; a fall of {wanted:percent} is wanted.",
  "finding.cost-falling.collapse":
    "Learned OT costs ({terms}) fell by {fall:percent} ({first} → {last}) {window}: that much looks like collapsed encodings, not alignment.",
  "finding.label-cost-scale":
    "{share:percent} of the OT cost is the label term {terms} {window}. Labels have no gradient: this term chooses the pairs, it cannot be learned down.",
  "finding.label-cost-scale.near-break":
    "{share:percent} of the OT cost is the label term {terms} {window}, and the mean cost {all_cost} exceeds 200 × reg ({reg}): the solver is near its break, or past it.",

  "finding.l1-converging": "L1 fell by {fall:percent} ({first} → {last}) {window}.",
  "finding.l1-slow":
    "L1 changed by {fall:change} ({first} → {last}) {window}; {wanted:change} within {within} steps is wanted.",
  "finding.l1-plateau":
    "L1 stands still {window}: {fall:change} per {over} steps (95 %: {fall_high:change} to {fall_low:change}, p {p}).",
  "finding.jitter":
    "L1 jumps by {noise:percent} of its level from reading to reading {window} (limit {limit:percent}) at constant learning rate.",
  "finding.gradients-unstable": "grad_norm stays above {limit} {window}, up to {peak}.",
  "finding.diverged":
    "Diverged: held-out L1 {last}, least mean of {smooth} evaluations {best} around step {best_step}, {window}.",
  "finding.diverged.single": "Diverged: held-out L1 {last}, best {best} at step {best_step}, {window}.",
  "finding.diverged.loss": "Diverged: train/loss {last} after {best} at step {best_step}, {window}.",
  "finding.eval-improving":
    "Held-out L1 fell from {first} to {last} (least mean of {smooth} evaluations {best}, around step {best_step}), {window}.",
  "finding.eval-improving.single":
    "Held-out L1 fell from {first} to {last} (best {best} at step {best_step}), {window}.",
  "finding.eval-drifting-up":
    "Held-out L1 has passed its best: its mean of {smooth} evaluations is {rise} above its least, {best} around step {best_step}; last {last}, {window}.",
  "finding.eval-drifting-up.single":
    "Held-out L1 has passed its best {best} (step {best_step}) and is {rise} above it, last {last}, {window}.",

  "plan.summary-only": "it needs the curves, and only a summary is there",
  "plan.no-config": "the configuration of the run is not known",
  "plan.no-ot": "the OT mass and loss were not logged",
  "plan.heuristic-off":
    "heuristic is off, so the plan is not diagonal and its laws do not give the mass of another reg or tau",
  "plan.reference-ignored":
    "the installed POT ignores the reference measure, so the plan is not diagonal and its laws do not hold",
  "plan.temperature-unknown": "reg, tau_src or tau_tgt is missing, so the temperature T is not known",
  "plan.too-few-points": "too few batches with an unbroken plan were logged",

  "rule.plan-mass-low.reg":
    "Mass {level} is below {limit} and does not rise: reg ×{factor} for a smoother plan; heuristic stays.",
  "rule.plan-mass-low.tau":
    "Mass {level} is below {limit} and does not rise: both taus from {now} to {tau} for looser margins; heuristic stays.",
  "rule.plan-mass-low.window":
    "Mass {level} is below {limit} and tau is at the top of its list: source window ±{now} → ±{window}.",
  "rule.plan-mass-low.loosen":
    "Mass {level} is below {limit} and does not rise: both taus to the next higher of 0.5, 1, 2, or a larger window; heuristic stays.",
  "rule.plan-mass-high.label":
    "Mass {level} is high and the cost does not fall: weight_label of {term} from {now} to {weight}.",
  "rule.plan-mass-high.label-off":
    "Mass {level} is high, the cost does not fall and weight_label of {term} ({now}) is at its least: the term goes (a weight of 0 stops the trainer).",
  "rule.plan-mass-high.label.advice":
    "Mass {level} is high and the cost does not fall: weight_label to the next lower of 0.001, 0.0005, 0 (0 = remove the feature), if needed a little less lambda_ot.",
  "rule.plan-mass-high.lambda":
    "Mass {level} is high, the cost does not fall and no label weight is left to cut: lambda_ot ×{factor}.",
  "rule.plan-plateau.rate":
    "L1 changed by {fall:change} in the last {over} steps: learning rate ×{factor}, OT unchanged for comparison.",
  "rule.plan-plateau.batch":
    "L1 changed by {fall:change} in the last {over} steps: batch size {now} → {batch}, OT unchanged. Evals are no longer comparable with the parent's: another batch size is another eval set.",
  "rule.plan-jitter.reg": "The curve jumps ({noise:percent}): reg ×{factor} for a smoother plan.",
  "rule.plan-jitter.lambda": "The curve jumps ({noise:percent}): lambda_ot ×{factor} for a weaker OT pull.",
  "rule.plan-jitter.window":
    "The curve jumps ({noise:percent}): source window to ±{window} (jitters the source only).",

  "rule.ot-cure-break":
    "The solver breaks on {share:percent} of the batches: the dearest pair costs about {dearest}, that is {exponent} × reg, and 709 is the limit. reg {from_reg} → {reg}, weights ×{scale}: the smallest step that brings it to 600. tau is left alone, it cannot help.",
  "rule.ot-cure-break.bound":
    "The solver breaks on {share:percent} of the batches; how dear the dearest pair is was not logged, only that it exceeds 709 × reg ({from_reg}). reg → {reg}, weights ×{scale}: a halving, repeated until no reading lies below the floor.",
  "rule.ot-cure-break.advice":
    "The solver breaks ({share:percent} of the readings): raise reg or lower all weights until no pair costs more than 600 × reg; tau cannot help.",
  "rule.ot-lift":
    "Mass {mass} at T {temperature}; {target} is wanted. reg and tau ×{factor} in their ratio (necessary ×{necessary}, {sufficient}). A pair dearer than {cut_off} keeps less than 10 % of its weight.",
  "rule.ot-lift.sufficient": "sufficient ×{factor}",
  "rule.ot-lift.never-sufficient": "no T is proven to suffice",
  "rule.ot-lift.weights":
    "Mass {mass} at T {temperature}; {target} is wanted. All cost weights ÷{factor}, which equals T ×{factor}: with tau above 100 × reg the solver would not converge at a larger tau.",
  "rule.ot-lift.advice":
    "Mass {level}; {target} is wanted. T = reg + tau_src + tau_tgt must grow at least ×{necessary}, reg and taus in their ratio; if the solver broke, reg comes first. How much more it takes cannot be computed: {why}.",
  "rule.ot-lift.advice.zero":
    "Mass {level}; {target} is wanted. A mass of exactly 0 looks like a broken solver: raise reg before the taus. No step can be computed: {why}.",
  "rule.ot-lift.gated":
    "Mass {mass} at T {temperature}: the pairs that carry it cost next to nothing and the others are out of reach, so no reg or tau brings {target}. Look at the pairs instead: pair data, source window, topk.",
  "rule.ot-label-scale":
    "{share:percent} of the cost is the label term {term}, which has no gradient. weight_label {now} → {weight} brings the mass from {mass} towards {target} and leaves reg, tau and the learned terms alone.",
  "rule.ot-label-down.advice":
    "Mass {level} is high and the learned costs do not fall: halve the label weight; at {least} or less the feature goes (a weight of 0 stops the trainer).",
  "rule.ot-label-down":
    "Mass {level} is high and the learned costs do not fall: weight_label of {term} from {now} to {weight}.",
  "rule.ot-tighten":
    "Mass {mass} is high and live pairs cost as much as all pairs (ratio {kappa}): T lets everything through. reg and tau ×{factor} towards a mass of {target}.",
  "rule.ot-lambda-control":
    "Control: the mass is saturated ({level}), which is either alignment or collapse. The same run with lambda_ot 0 tells which; lambda_ot is not lowered elsewhere.",
  "rule.bc-learning-rate.up":
    "L1 creeps ({fall:change}): learning rate {from} → {to}, backbone alike, OT unchanged.",
  "rule.bc-learning-rate.down":
    "L1 stands still ({fall:change}) and the curve is restless or the rate too high: learning rate {from} → {to}, backbone alike, OT unchanged.",
  "rule.bc-learning-rate.advice":
    "L1 stands still ({fall:change}): try the learning rate ×2 or ÷2 (policy.optimizer_lr and its backbone), OT unchanged.",
  "rule.bc-batch-size":
    "L1 stands still ({fall:change}) and the learning rate is at its bound: batch size {from} → {batch}. Evals are no longer comparable with the parent's: another batch size is another eval set.",
  "rule.explorer.no-label":
    "Explorer: in this run no rule has anything to correct. {term} (weight {weight}) goes: an earlier family without a label term was the best of this trainer's, at one seed and another scale of costs, so this is a hypothesis.",
  "rule.explorer.lambda":
    "Explorer: in this run no rule has anything to correct. lambda_ot {from} → {lambda}: only a stronger OT lowered the learned costs robustly.",

  "ranking.nothing-left":
    "Nothing left to gain: {contenders} configurations lie within the noise of {noise} around {best} and no rule has anything to correct. Confirm the steadiest on more seeds or a longer run, or stop.",
  "ranking.best": "{label}: held-out L1 {eval} (best of a 3-point mean; last {last}).",
  "ranking.best-by-stability":
    "{label}: held-out L1 {eval} (last {last}). {contenders} runs lie within the noise of {noise}; its OT is the steadiest of them.",
  "ranking.and": "{ranking} {also}",
  "ranking.ot-ties":
    "OT shows no gain: {control}, which trains without it, and {rival} differ by {gain}, inside the noise of {noise}.",
  "ranking.ot-hurts":
    "OT hurts: {control}, which trains without it, is better than {rival} by {gain}, more than the noise of {noise}.",
  "proposal.replicate":
    "{label} leads by {gain} at {pairs} paired seed(s), more than the noise of {noise}: train it on more, paired with {rival}.",
  "proposal.promote":
    "{label} beats {rival} on {wins} of {pairs} paired seeds, by {gain} on average (noise {noise}): promote it, and continue it by resume if it is to train longer.",
  "proposal.tell-apart":
    "{label} and {rival} differ by {gain}, inside the noise of {noise}: more paired seeds for both, or both longer by resume, before either is promoted.",
  "proposal.confirm":
    "{label} is the steadiest of {contenders} equals: confirm it on more seeds or a longer run.",
  "record.rule": "{rule}: {hits} of {total} predictions inside the interval",
} as const satisfies Record<string, string>;
