import { LARGEST_EXPONENT, SAFE_EXPONENT } from "./transport.ts";
import { dearestPair, type PlanState, typicalCheapest } from "./transport-reading.ts";

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
  /** The largest reg that may be written: beyond it the costs must give way. */
  readonly largestReg?: number;
}

/**
 * Smallest cure of a break (rules OT-0 and OT-0b). The dearest pair is not logged: it is taken as 3.55 times the mean logged
 * cost, and at least the proven 709.78 reg. Let a = M_max/600 be the reg that solves it and s a factor on the costs, which
 * needs only reg = s a. A run that never was alive tells its cheapest pair (one that logged nothing but exact zeros: that it is
 * above 744 reg), and the mass m* wants s M_min = (s a + tau) ln(1/(N m*)). Costs are never raised and reg never lowered.
 */
export function cureBreak(state: Exclude<PlanState, { kind: "unreadable" }>, options: CureOptions): Cure {
  const { largestReg = Number.POSITIVE_INFINITY } = options;
  const proven = LARGEST_EXPONENT * options.reg;
  const logged = dearestPair(state.costs);
  // A sum beyond the range of doubles tells no more than the proof does.
  const told = logged > proven && Number.isFinite(logged);
  const dearest = told ? logged : 2 * proven;
  const needed = dearest / SAFE_EXPONENT;
  const alive = state.kind === "broken" ? massScale(state, { ...options, needed }) : 1;
  const scale = Math.min(alive, largestReg / needed);
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
  const cheapest = typicalCheapest(state.cheapest) ?? -Math.log(Number.MIN_VALUE) * reg;
  const exponent = -Math.log((state.pairs ?? 1) * target);
  if (exponent <= 0) return 1;
  const tau = temperature - reg;
  // Without a rise of reg first: OT-0b as it stands.
  const plain = (temperature * exponent) / cheapest;
  if (plain * needed <= reg) return Math.min(1, plain);
  const rest = cheapest - exponent * needed;
  return rest <= 0 ? 1 : Math.min(1, (tau * exponent) / rest);
}
