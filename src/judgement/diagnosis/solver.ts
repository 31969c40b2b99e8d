import type { Finding } from "../findings.ts";
import { PI_DIAG, PI_SUM } from "../metrics.ts";
import { planLaw } from "../ot-knobs.ts";
import { between, type Series } from "../series.ts";
import { median } from "../statistics.ts";
import { confidenceOf, extentOf, infer, massPool, observe, type Subject } from "../subject.ts";
import { isBroken } from "../transport.ts";

/** Did the solver do what the configuration asked for? */
export function diagnoseSolver(subject: Subject): readonly Finding[] {
  return [solverBreak(subject) ?? solverWarned(subject), diagonality(subject)].filter(
    (finding) => finding !== null,
  );
}

/**
 * OT-0 (search facts 7): a reading below the floor exp(-709.78 reg/T) proves that the solver broke on that batch.
 * The trainer says so once per process, on stderr only, and ends with exit 0.
 */
function solverBreak(subject: Subject): Finding | null {
  const { knobs } = subject;
  if (knobs === null || !knobs.heuristic) return null;
  const law = planLaw(knobs);
  const pool = massPool(subject);
  if (law === null) return null;
  if (pool !== null) {
    const broken = pool.values.filter((mass) => isBroken(mass, law)).length;
    if (broken === 0) return null;
    const share = broken / pool.values.length;
    return observe("solver-break", {
      severity: share >= 0.05 ? "problem" : "warning",
      confidence: "high",
      window: extentOf(pool),
      evidence: { share, broken, reg: law.reg, temperature: law.temperature },
    });
  }
  const reading = subject.reading(PI_SUM);
  const masses = [reading?.first, reading?.last, reading?.best].filter((mass) => typeof mass === "number");
  const broken = masses.filter((mass) => isBroken(mass, law)).length;
  if (broken === 0) return null;
  return infer("solver-break", {
    severity: "problem",
    evidence: { share: broken / masses.length, broken, reg: law.reg, temperature: law.temperature },
  });
}

/** One line of the log proves one broken batch at least, which may have been between two readings (trainer facts 1.2). */
function solverWarned(subject: Subject): Finding | null {
  const pool = massPool(subject);
  if (subject.run.solverWarned !== true || pool === null) return null;
  return observe("solver-warned", { severity: "note", confidence: "high", window: extentOf(pool) });
}

/**
 * With the diagonal reference measure pi_diag is pi_sum, always: nothing to say, unless it is not, which only a solver
 * without that option does (POT below 0.9.5). Without it, off-diagonal mass is what the plan's criterion asks about.
 */
function diagonality(subject: Subject): Finding | null {
  const { knobs, thresholds } = subject;
  const pool = massPool(subject);
  const diagonal = subject.curve(PI_DIAG);
  if (pool === null || diagonal === null) return diagonalityOfSummary(subject);
  const shares = diagonalShares(pool, diagonal, knobs?.pairs ?? null);
  if (shares.length === 0) return null;
  const share = median(shares);
  const asked = knobs?.heuristic ?? null;
  if (asked !== false && share > 0.999 && share < 1.001) return null;
  const evidence = { share, off_diagonal: 1 - share };
  const window = extentOf(pool);
  if (asked === true) {
    return observe("solver-too-old", {
      severity: "problem",
      confidence: confidenceOf(shares.length, thresholds),
      window,
      evidence,
    });
  }
  const off = share < 1 - thresholds.mass.off_diagonal;
  return observe("off-diagonal", {
    severity: off ? "warning" : "good",
    confidence: confidenceOf(shares.length, thresholds),
    window,
    evidence,
    key: off ? "off-diagonal" : "off-diagonal.small",
  });
}

/** pi_diag / pi_sum per step, without the readings where both are nothing, and without the plan of NaN costs (1 and 1/N). */
function diagonalShares(pool: Series, diagonal: Series, pairs: number | null): number[] {
  const from = pool.steps[0] ?? 0;
  const near = between(diagonal, from, Number.MAX_SAFE_INTEGER);
  const at = new Map(near.steps.map((step, index) => [step, near.values[index] ?? Number.NaN]));
  return pool.steps.flatMap((step, index) => {
    const mass = pool.values[index] ?? 0;
    const share = (at.get(step) ?? Number.NaN) / mass;
    const uniform = mass === 1 && pairs !== null && pairs > 1 && Math.abs(share - 1 / pairs) < 1e-6;
    // Below the normal range of doubles a quotient says nothing.
    return mass < 1e-300 || uniform || !Number.isFinite(share) ? [] : [share];
  });
}

function diagonalityOfSummary(subject: Subject): Finding | null {
  const mass = subject.reading(PI_SUM)?.last ?? null;
  const diagonal = subject.reading(PI_DIAG)?.last ?? null;
  if (mass === null || diagonal === null || mass < 1e-300) return null;
  const share = diagonal / mass;
  if (share > 0.999 && share < 1.001) return null;
  const evidence = { share, off_diagonal: 1 - share };
  if (subject.knobs?.heuristic) return infer("solver-too-old", { severity: "problem", evidence });
  const off = share < 1 - subject.thresholds.mass.off_diagonal;
  return infer("off-diagonal", {
    severity: off ? "warning" : "good",
    evidence,
    key: off ? "off-diagonal" : "off-diagonal.small",
  });
}
