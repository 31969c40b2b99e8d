/** Words of the tables of findings and rules that somebody who trains policies need not know. English, as the README is. */
export const WORDS: Readonly<Record<string, string>> = {
  pair: "A target sample and the source sample beside it in the OT batch (`batch_size` × `batch_ratio` of them). Its cost M sums all terms, weights included.",
  "mass, `pi_sum`":
    "Share of the pairs' weight that the plan transports, 0 to 1. A pair is *live* where it carries mass, *dear* where it costs much.",
  T: "Temperature, reg + tau_src + tau_tgt. With `heuristic` true the mass is the mean of exp(-M/T) over the pairs: a pair that costs more than 2.3 T counts for less than a tenth.",
  "reg and T":
    "T alone moves the mass. reg by itself only keeps the solver whole: where a pair costs more than 709.78 × reg, the batch is *broken* and its plan worthless.",
  "label term":
    "A feature with `use_learned_embed` false: raw data, so it chooses which pairs count and has no gradient. A *learned term* compares encodings, which training can bring together.",
  reading:
    "One logged value. Most are of a single batch, so levels are taken over a *window* of readings; the confidence of a finding follows from their number.",
  band: "Range of the mass. *Good* is the plan's, and its geometric middle is what is aimed at.",
  kappa:
    "Mean cost of all pairs of the batch over that of the live ones. Above 3 the plan chooses well (*aligned*), near 1 it lets everything pass.",
  "certified, certain":
    "The bounds of a prediction are proven, for the pair costs that were logged and batches that do not break. Otherwise its range is *estimated*: some terms change and others do not, or the solver was broken.",
  "trust region":
    "Bounds of a knob and the largest factor by which one round may move it (`trust`), so that no step leaves what experience covers. The *cure* of a broken solver may take longer steps.",
  control:
    "A variant that is no improvement but a measure: the parent at the round's conditions, or `lambda_ot` 0.",
  noise:
    "Difference of held-out L1 that luck makes: between runs of one seed, and of several. Nothing inside it wins.",
};
