import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BREAK_AT, type PlanReading, solveDiagonalPlan } from "../../../src/embedded/trainer/transport.ts";

function solve(costs: readonly number[], settings = { reg: 0.5, tauSrc: 1, tauTgt: 1 }) {
  const plan = new Float64Array(costs.length);
  const reading: PlanReading = { mass: 0, diagonal: 0, loss: 0, kind: "regular" };
  solveDiagonalPlan(Float64Array.from(costs), { settings, solution: { plan, reading } });
  return { plan, ...reading };
}

const knobs = fc.record({
  reg: fc.double({ min: 0.05, max: 3, noNaN: true }),
  tauSrc: fc.double({ min: 0.01, max: 20, noNaN: true }),
  tauTgt: fc.double({ min: 0.01, max: 20, noNaN: true }),
});
const cost = fc.double({ min: 0, max: 30, noNaN: true });
const costList = fc.array(cost, { minLength: 1, maxLength: 8 });

describe("solveDiagonalPlan", () => {
  it("minimises transport, entropy and both marginal penalties, which nothing but the closed form does", () => {
    fc.assert(
      fc.property(
        costList,
        knobs,
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        (costs, settings, change) => {
          const { plan } = solve(costs, settings);
          const best = objective(plan, costs, settings);
          for (let i = 0; i < plan.length; i++) {
            const other = Float64Array.from(plan);
            other[i] = (other[i] ?? 0) * change;
            expect(objective(other, costs, settings)).toBeGreaterThanOrEqual(best - 1e-12 * Math.abs(best));
          }
        },
      ),
    );
  });

  it("moves a quarter of the mass per perfectly matched pair of four, whatever the dead ones cost", () => {
    expect(solve([0, 0, 300, 340]).mass).toBeCloseTo(0.5, 12);
  });

  it("reads what a known run logged: two live pairs of four at T = 2.5", () => {
    const { mass, loss, diagonal } = solve([1.88, 13.05, 340, 350]);
    expect(mass).toBeCloseTo(0.1192, 4);
    expect(loss).toBeCloseTo(0.2392, 3);
    expect(diagonal).toBe(mass);
  });

  it("hands back the kernel of the whole batch when one pair overflows, and only then", () => {
    const settings = { reg: 0.1, tauSrc: 1, tauTgt: 1 };
    const below = solve([0.4, 0.1 * (BREAK_AT - 0.1)], settings);
    const above = solve([0.4, 0.1 * (BREAK_AT + 0.1)], settings);
    expect(below.kind).toBe("regular");
    expect(below.mass).toBeCloseTo(Math.exp(-0.4 / 2.1) / 2, 12);
    expect(above.kind).toBe("broken");
    expect(above.mass).toBeCloseTo(Math.exp(-0.4 / 0.1) / 2, 12);
  });

  it("no longer listens to tau once broken", () => {
    const costs = [0.4, 100];
    const cold = solve(costs, { reg: 0.1, tauSrc: 1, tauTgt: 1 });
    expect(solve(costs, { reg: 0.1, tauSrc: 50, tauTgt: 50 }).mass).toBe(cold.mass);
  });

  it("falls back to the uniform coupling on a NaN: mass exactly 1, diagonal exactly 1/N, loss NaN", () => {
    expect(solve([1, Number.NaN, 3, 4])).toMatchObject({
      kind: "uniform",
      mass: 1,
      diagonal: 0.25,
      loss: Number.NaN,
    });
  });
});

/** The problem itself (search facts 5), restricted to the diagonal: a = b = c = 1/N there. */
function objective(
  plan: Float64Array,
  costs: readonly number[],
  { reg, tauSrc, tauTgt }: { reg: number; tauSrc: number; tauTgt: number },
): number {
  const reference = 1 / plan.length;
  return plan.reduce((sum, mass, i) => {
    const divergence = mass === 0 ? reference : mass * Math.log(mass / reference) - mass + reference;
    return sum + mass * (costs[i] ?? 0) + (reg + tauSrc + tauTgt) * divergence;
  }, 0);
}
