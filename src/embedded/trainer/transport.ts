/**
 * The unbalanced plan under a diagonal reference measure (`heuristic: true`), computed as the solver ends up computing it.
 *
 * With c = diag(1/N) the problem `<pi,M> + reg KL(pi|c) + tau_s KL(pi 1|a) + tau_t KL(pi^T 1|b)` decouples per pair; each is
 * stationary where `M + (reg + tau_s + tau_t) ln(N pi) = 0`, so `pi_ii = exp(-M_ii / T) / N` with T = reg + tau_s + tau_t.
 * The iteration divides 1/N by exp(-M/reg)/N first: past ln(DBL_MAX) that overflows, the solver gives up at iteration 0 and hands
 * back its kernel for the whole batch (trainer facts 1.1, 1.2; search facts 5).
 */
export interface PlanSettings {
  readonly reg: number;
  readonly tauSrc: number;
  readonly tauTgt: number;
}

/** A reading of the last solved plan; the object is reused from step to step. */
export interface PlanReading {
  /** Transported mass, `train/ot_pi_sum`. */
  mass: number;
  /** Diagonal mass, `train/ot_pi_diag`; differs from `mass` only for the uniform plan. */
  diagonal: number;
  /** sum of pi_ii M_ii, `train/ot_loss`, in units of cost. */
  loss: number;
  kind: "regular" | "broken" | "uniform";
}

/** The largest M/reg at which the solver's first division stays finite: ln(DBL_MAX). */
export const BREAK_AT = 709.78;

/** Fills `plan` with pi_ii for the paired costs M_ii and reads it; a NaN cost gives the uniform N x N coupling. */
export function solveDiagonalPlan(
  costs: Float64Array,
  {
    settings: { reg, tauSrc, tauTgt },
    solution: { plan, reading },
  }: { settings: PlanSettings; solution: { plan: Float64Array; reading: PlanReading } },
): void {
  const pairs = costs.length;
  let largest = Number.NEGATIVE_INFINITY;
  let undefinedCost = false;
  for (let i = 0; i < pairs; i++) {
    const cost = costs[i] ?? 0;
    if (Number.isNaN(cost)) undefinedCost = true;
    else if (cost > largest) largest = cost;
  }
  if (undefinedCost) {
    plan.fill(1 / (pairs * pairs));
    reading.mass = 1;
    reading.diagonal = 1 / pairs;
    reading.loss = Number.NaN;
    reading.kind = "uniform";
    return;
  }
  const broken = largest / reg > BREAK_AT;
  const temperature = broken ? reg : reg + tauSrc + tauTgt;
  let mass = 0;
  let loss = 0;
  for (let i = 0; i < pairs; i++) {
    const cost = costs[i] ?? 0;
    const share = Math.exp(-cost / temperature) / pairs;
    plan[i] = share;
    mass += share;
    loss += share * cost;
  }
  reading.mass = mass;
  reading.diagonal = mass;
  reading.loss = loss;
  reading.kind = broken ? "broken" : "regular";
}
