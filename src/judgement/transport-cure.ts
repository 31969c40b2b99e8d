import { LARGEST_EXPONENT, SAFE_EXPONENT } from "./transport.ts";
import { type PlanState, totalCost, typicalCheapest } from "./transport-reading.ts";

/** What cures a solver break: a factor on the costs (1: leave them) and a reg. */
export interface Cure {
  readonly scale: number;
  readonly reg: number;
  /** Dearest pair that the cure reckons with. `bound`: nothing but the limit itself is known, so the cure halves. */
  readonly dearest: number;
  readonly from: "costs" | "bound";
}

export interface CureOptions {
  readonly reg: number;
  readonly temperature: number;
  /** Mass to aim at where the broken readings tell the cheapest pair; below 1/N. */
  readonly target: number;
}

/** The dearest pair of 600 recorded steps was 2.8 (99 %) to 3.8 times the mean of all pairs. */
const PEAK_TO_MEAN = 3.55;

/**
 * Smallest cure of a break (rules OT-0 and OT-0b). The dearest pair is not logged: it is taken as 3.55 times the mean logged
 * cost, and at least the proven 709.78 reg. Let a = M_max/600 be the reg that solves it and s a factor on the costs, which
 * needs only reg = s a. A run that never was alive tells its cheapest pair, and the mass m* wants
 * s M_min = (s a + tau) ln(1/(N m*)). Costs are never raised and reg never lowered.
 */
export function cureBreak(state: Exclude<PlanState, { kind: "unreadable" }>, options: CureOptions): Cure {
  const proven = LARGEST_EXPONENT * options.reg;
  const logged = PEAK_TO_MEAN * totalCost(state.costs);
  // A sum beyond the range of doubles tells no more than the proof does.
  const told = logged > proven && Number.isFinite(logged);
  const dearest = told ? logged : 2 * proven;
  const needed = dearest / SAFE_EXPONENT;
  const scale = state.kind === "broken" ? massScale(state, { ...options, needed }) : 1;
  return {
    scale,
    reg: Math.max(options.reg, scale * needed),
    dearest,
    from: told ? "costs" : "bound",
  };
}

function massScale(
  state: Extract<PlanState, { kind: "broken" }>,
  { reg, temperature, target, needed }: CureOptions & { readonly needed: number },
): number {
  const cheapest = typicalCheapest(state.cheapest);
  const exponent = -Math.log((state.pairs ?? 1) * target);
  if (cheapest === null || exponent <= 0) return 1;
  const tau = temperature - reg;
  // Without a rise of reg first: OT-0b as it stands.
  const plain = (temperature * exponent) / cheapest;
  if (plain * needed <= reg) return Math.min(1, plain);
  const rest = cheapest - exponent * needed;
  return rest <= 0 ? 1 : Math.min(1, (tau * exponent) / rest);
}
