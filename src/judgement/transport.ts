/**
 * Transported mass of the diagonal unbalanced plan, and how it answers to temperature and to the scale of the costs.
 *
 * With `heuristic=true` the solver's reference measure is diag(1/N), the rows decouple, and with T = reg + tau_src + tau_tgt
 *
 *     pi_sum  = mean_i exp(-M_i / T)          ot_loss = mean_i M_i exp(-M_i / T)
 *
 * exactly (search facts 5 and 6, law L3). So pi_sum, seen as a function of s = 1/T, is the Laplace transform f(s) of the
 * law of the pair costs and ot_loss is -f'(s): ln f is convex, f(0) = 1, and -f'/f = ot_loss/pi_sum =: Cbar. Everything
 * below follows from that; nothing else is assumed, except by the Gamma fit. Averages over log points are Laplace
 * transforms too (of the mixture), so mean readings may be put in.
 */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What one run logged, pooled over points of equal temperature. */
export interface PlanReading {
  /** T = reg + tau_src + tau_tgt, in units of cost; above 0. */
  readonly temperature: number;
  /** Mean of `train/ot_pi_sum`, in (0, 1]. */
  readonly mass: number;
  /** Mean of `train/ot_loss`, in units of cost; not negative. */
  readonly loss: number;
}

/** ln(DBL_MAX): a pair with M/reg above it overflows POT's first iteration. */
export const LARGEST_EXPONENT = 709.78;
/** What a cure aims at: 15 % below the limit, for costs drift. */
export const SAFE_EXPONENT = 600;

/**
 * OT-0: was this reading produced by a broken solver? The broken plan is the unscaled kernel, mean exp(-M_i/reg), while
 * every unbroken one lies above exp(-709.78 reg/T): below it the break is proven, above it nothing is.
 */
export function isBroken(
  mass: number,
  { reg, temperature }: { readonly reg: number; readonly temperature: number },
): boolean {
  return mass === 0 || Math.log(mass) < (-LARGEST_EXPONENT * reg) / temperature;
}

/**
 * Law L5: certified bounds of the mass at another temperature, the costs unchanged. ln f is convex with slope -Cbar, so
 * its tangent is a lower bound in both directions; Jensen gives m^(T/T') as an upper bound when T rises, and when T
 * falls the mass cannot rise.
 */
export function boundMass(reading: PlanReading, temperature: number): Interval {
  const { mass } = reading;
  if (temperature === reading.temperature) return { low: mass, high: mass };
  const liveCost = reading.loss / mass;
  const tangent = mass * Math.exp(liveCost * (1 / reading.temperature - 1 / temperature));
  const power = mass ** (reading.temperature / temperature);
  return temperature > reading.temperature
    ? ordered(tangent, power)
    : ordered(Math.max(tangent, power), mass);
}

/**
 * Certified bounds of `ot_loss` at another temperature. Its integrand M exp(-M/T) and the live cost both rise with T;
 * from above, L1 (Cbar <= -T ln m) bounds it by the largest -T' m ln m on the interval of the mass.
 */
export function boundLoss(reading: PlanReading, temperature: number): Interval {
  if (temperature === reading.temperature) return { low: reading.loss, high: reading.loss };
  const mass = boundMass(reading, temperature);
  const most = temperature * entropyPeak(mass);
  if (temperature < reading.temperature) return ordered(0, Math.min(reading.loss, most));
  return ordered(Math.max(reading.loss, (reading.loss / reading.mass) * mass.low), most);
}

/** Largest -m ln m on an interval; the maximum of the function is 1/e at m = 1/e. */
function entropyPeak({ low, high }: Interval): number {
  const at = (mass: number) => (mass > 0 ? -mass * Math.log(mass) : 0);
  const peak = 1 / Math.E;
  return low <= peak && peak <= high ? peak : Math.max(at(low), at(high));
}

/** Rounding may put two equal bounds the wrong way round. */
function ordered(low: number, high: number): Interval {
  return { low: Math.min(low, high), high: Math.max(low, high) };
}

/**
 * Law L6: pair costs taken as Gamma distributed, (1 + theta s)^-k with x = theta/T, matched to mass and live cost.
 * `equal`: all pairs cost the same, m' = m^(T/T') exactly. `gated`: the live pairs cost nothing and the others are out of
 * reach, m' = m at any temperature.
 */
export type CostLaw =
  | { readonly kind: "gamma"; readonly logX: number; readonly k: number }
  | { readonly kind: "equal" }
  | { readonly kind: "gated" };

export function costLaw({ temperature, mass, loss }: PlanReading): CostLaw {
  if (mass >= 1) return { kind: "equal" };
  const ratio = (-temperature * Math.log(mass) * mass) / loss;
  if (!(ratio <= 700)) return { kind: "gated" };
  if (ratio - 1 < 1e-9) return { kind: "equal" };
  // (1+x) ln(1+x) / x rises from 1 (x -> 0) and grows like ln x: bisection on ln x.
  let low = -20;
  let high = 700;
  for (let step = 0; step < 200 && high - low > 1e-13 * Math.max(1, Math.abs(low)); step += 1) {
    const middle = (low + high) / 2;
    if (steepness(middle) < ratio) low = middle;
    else high = middle;
  }
  const logX = (low + high) / 2;
  return { kind: "gamma", logX, k: -Math.log(mass) / log1pExp(logX) };
}

/** (1+x) ln(1+x) / x at x = exp(logX). */
function steepness(logX: number): number {
  return (1 + Math.exp(-logX)) * log1pExp(logX);
}

/** ln(1 + exp(y)) without overflow. */
function log1pExp(y: number): number {
  return y > 30 ? y + Math.exp(-y) : Math.log1p(Math.exp(y));
}

/** Estimated mass at another temperature, the costs unchanged (L6), kept inside the certified bounds. */
export function estimateMass(reading: PlanReading, temperature: number): number {
  const law = costLaw(reading);
  if (law.kind === "gated") return clampTo(boundMass(reading, temperature), reading.mass);
  const ratio = reading.temperature / temperature;
  const mass =
    law.kind === "equal" ? reading.mass ** ratio : Math.exp(-law.k * log1pExp(law.logX + Math.log(ratio)));
  return clampTo(boundMass(reading, temperature), mass);
}

/** Estimated `ot_loss` at another temperature: the same fit's -f'(s). Weaker than the mass where pairs are dead. */
export function estimateLoss(reading: PlanReading, temperature: number): number {
  const law = costLaw(reading);
  if (law.kind === "gated") return clampTo(boundLoss(reading, temperature), reading.loss);
  const ratio = reading.temperature / temperature;
  const loss =
    law.kind === "equal"
      ? (reading.loss / reading.mass) * reading.mass ** ratio
      : law.k * reading.temperature * Math.exp(law.logX - (law.k + 1) * log1pExp(law.logX + Math.log(ratio)));
  return clampTo(boundLoss(reading, temperature), loss);
}

function clampTo({ low, high }: Interval, value: number): number {
  return Math.min(high, Math.max(low, value));
}

/** The temperature at which the fit expects this mass (0 < mass < 1); null where no temperature reaches it. */
export function temperatureFor(reading: PlanReading, mass: number): number | null {
  if (mass === reading.mass) return reading.temperature;
  const law = costLaw(reading);
  if (law.kind === "gated" || !(mass > 0 && mass < 1) || reading.mass >= 1) return null;
  if (law.kind === "equal") return (reading.temperature * Math.log(reading.mass)) / Math.log(mass);
  // T x / (m*^(-1/k) - 1), in logarithms against overflow.
  const excess = -Math.log(mass) / law.k;
  const logDenominator = excess > 30 ? excess : Math.log(Math.expm1(excess));
  const temperature = reading.temperature * Math.exp(law.logX - logDenominator);
  const bounds = temperatureBounds(reading, mass);
  return Math.min(Math.max(temperature, bounds.low), bounds.high);
}

/**
 * Certified temperatures for a wanted mass. Upwards: below `low` it cannot be reached, at `high` it certainly is
 * (`high` may be infinite). Downwards: above `high` the mass cannot have fallen that far; nothing bounds it from below.
 */
export function temperatureBounds({ temperature, mass, loss }: PlanReading, wanted: number): Interval {
  const liveCost = loss / mass;
  const inverse = 1 / temperature - Math.log(wanted / mass) / liveCost;
  const tangent = inverse > 0 ? 1 / inverse : Number.POSITIVE_INFINITY;
  if (wanted >= mass) return { low: (temperature * Math.log(mass)) / Math.log(wanted), high: tangent };
  return { low: 0, high: tangent };
}
