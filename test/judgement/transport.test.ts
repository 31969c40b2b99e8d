import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  boundLoss,
  boundMass,
  costLaw,
  estimateLoss,
  estimateMass,
  isBroken,
  type PlanReading,
  temperatureBounds,
  temperatureFor,
} from "../../src/judgement/transport.ts";

/** What the trainer would log for these pair costs: the closed form itself. */
function read(costs: readonly number[], temperature: number): PlanReading {
  const plans = costs.map((cost) => Math.exp(-cost / temperature));
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    temperature,
    mass: average(plans),
    loss: average(plans.map((plan, index) => (costs[index] ?? 0) * plan)),
  };
}

/** Pair costs of a batch in which at least one pair is alive. */
const batch = fc
  .array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 1, maxLength: 12 })
  .chain((others) => fc.double({ min: 0.01, max: 8, noNaN: true }).map((live) => [live, ...others]));
const heat = fc.double({ min: 0.2, max: 20, noNaN: true });
const near = 1e-9;

/** A historic run: four pairs, two of them dead. Reg 0.5, both taus 1, label weight 0.001. */
const seen: PlanReading = { temperature: 2.5, mass: 0.1192, loss: 0.239 };

describe("boundMass", () => {
  it("contains what the next run logged when tau was doubled", () => {
    const { low, high } = boundMass(seen, 4.5);
    expect(low).toBeCloseTo(0.17025, 5);
    expect(high).toBeCloseTo(0.30678, 5);
    expect(0.1786).toBeGreaterThan(low);
    expect(0.1786).toBeLessThan(high);
  });

  it("is exact where nothing changes", () => {
    fc.assert(
      fc.property(batch, heat, (costs, t) => {
        const reading = read(costs, t);
        expect(boundMass(reading, t)).toEqual({ low: reading.mass, high: reading.mass });
      }),
    );
  });

  it("contains the truth for any costs and any move", () => {
    fc.assert(
      fc.property(batch, heat, heat, (costs, from, to) => {
        const { low, high } = boundMass(read(costs, from), to);
        const truth = read(costs, to).mass;
        expect(truth).toBeGreaterThanOrEqual(low * (1 - near));
        expect(truth).toBeLessThanOrEqual(high * (1 + near));
      }),
      { numRuns: 2000 },
    );
  });

  it("holds for the mean of many batches, as pools are means", () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 2, maxLength: 8 }), heat, heat, (batches, from, to) => {
        const pool = (t: number): PlanReading => {
          const readings = batches.map((costs) => read(costs, t));
          const mean = (of: (reading: PlanReading) => number) =>
            readings.reduce((sum, reading) => sum + of(reading), 0) / readings.length;
          return { temperature: t, mass: mean((r) => r.mass), loss: mean((r) => r.loss) };
        };
        const { low, high } = boundMass(pool(from), to);
        expect(pool(to).mass).toBeGreaterThanOrEqual(low * (1 - near));
        expect(pool(to).mass).toBeLessThanOrEqual(high * (1 + near));
      }),
    );
  });
});

describe("boundLoss", () => {
  it("contains the truth for any costs and any move", () => {
    fc.assert(
      fc.property(batch, heat, heat, (costs, from, to) => {
        const { low, high } = boundLoss(read(costs, from), to);
        const truth = read(costs, to).loss;
        expect(truth).toBeGreaterThanOrEqual(low * (1 - near));
        expect(truth).toBeLessThanOrEqual(high * (1 + near) + 1e-300);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("costLaw", () => {
  it("finds the Gamma law of a reading", () => {
    const law = costLaw(seen);
    expect(law.kind).toBe("gamma");
    if (law.kind !== "gamma") return;
    expect(Math.exp(law.logX)).toBeCloseTo(10.1899536, 5);
    expect(law.k).toBeCloseTo(0.8807197, 6);
  });

  it("knows a batch of equal costs, for which the power law is exact", () => {
    const reading = read([1.3, 1.3, 1.3], 2);
    expect(costLaw(reading)).toEqual({ kind: "equal" });
    expect(estimateMass(reading, 5)).toBeCloseTo(Math.exp(-1.3 / 5), 12);
  });

  it("says that no temperature helps where the live pairs cost nothing", () => {
    const gated = { temperature: 2, mass: 0.25, loss: 1e-9 };
    expect(costLaw(gated)).toEqual({ kind: "gated" });
    expect(temperatureFor(gated, 0.5)).toBeNull();
    expect(estimateMass(gated, 100)).toBeCloseTo(0.25, 8);
  });
});

describe("estimateMass", () => {
  it.each([
    [4.5, 0.18823],
    [3.5, 0.15543],
    [2.4, 0.11535],
    [2.44, 0.1169],
    [2.55, 0.12111],
    [2.5 / 0.7, 0.15788],
    [2.6 / 0.5, 0.20949],
  ])("gives the tabled value at T %f", (temperature, expected) => {
    expect(estimateMass(seen, temperature)).toBeCloseTo(expected, 4);
  });

  it("rises with temperature and stays inside its bounds", () => {
    fc.assert(
      fc.property(batch, heat, heat, heat, (costs, t, a, b) => {
        const reading = read(costs, t);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(estimateMass(reading, low)).toBeLessThanOrEqual(estimateMass(reading, high) * (1 + near));
        const bounds = boundMass(reading, a);
        expect(estimateMass(reading, a)).toBeGreaterThanOrEqual(bounds.low);
        expect(estimateMass(reading, a)).toBeLessThanOrEqual(bounds.high);
      }),
    );
  });

  it("takes the mass of other runs, of another family of costs, within 10 %", () => {
    // A tiny trainer on CPU, mean of 24 readings.
    const tiny = { temperature: 2.5, mass: 0.532766, loss: 0.731368 };
    expect(estimateMass(tiny, 1) / 0.2481).toBeCloseTo(1.0645, 3);
    expect(estimateMass(tiny, 2.1) / 0.4801).toBeCloseTo(1.002, 3);
    expect(boundMass(tiny, 1).low).toBeCloseTo(0.2338, 4);
  });
});

describe("estimateLoss", () => {
  it("is the reading itself where nothing changes", () => {
    expect(estimateLoss(seen, 2.5)).toBeCloseTo(0.239, 12);
  });

  it("stays within its bounds", () => {
    fc.assert(
      fc.property(batch, heat, heat, (costs, t, to) => {
        const reading = read(costs, t);
        const { low, high } = boundLoss(reading, to);
        const loss = estimateLoss(reading, to);
        expect(loss).toBeGreaterThanOrEqual(low);
        expect(loss).toBeLessThanOrEqual(high);
      }),
    );
  });
});

describe("temperatureFor", () => {
  it.each([
    [0.1225, 2.58673],
    [0.15, 3.34327],
    [0.2, 4.88233],
  ])("needs the tabled temperature for a mass of %f", (mass, expected) => {
    expect(temperatureFor(seen, mass)).toBeCloseTo(expected, 3);
  });

  it.each([
    [0.1225, 2.53252, 2.58812],
    [0.15, 2.80287, 3.5042],
    [0.2, 3.30387, 7.0476],
  ])("knows what is necessary and what is sufficient for %f", (mass, necessary, sufficient) => {
    const bounds = temperatureBounds(seen, mass);
    expect(bounds.low).toBeCloseTo(necessary, 4);
    expect(bounds.high).toBeCloseTo(sufficient, 3);
  });

  it("is undone by estimateMass", () => {
    fc.assert(
      fc.property(batch, heat, fc.double({ min: 0.001, max: 0.98, noNaN: true }), (costs, t, mass) => {
        const reading = read(costs, t);
        const wanted = temperatureFor(reading, mass);
        // Beyond that, all that is left of the law is its last digits.
        fc.pre(wanted !== null && Number.isFinite(wanted) && wanted > 1e-3 * t);
        expect(Math.log(estimateMass(reading, wanted ?? 1))).toBeCloseTo(Math.log(mass), 6);
      }),
    );
  });

  it("needs at least 4 times the temperature from 1e-4 to 0.1, whatever the costs", () => {
    const { low } = temperatureBounds({ temperature: 1.15, mass: 1e-4, loss: 2e-4 }, 0.1);
    expect(low / 1.15).toBeCloseTo(4, 12);
  });
});

describe("isBroken", () => {
  const law = { reg: 0.3, temperature: 2.3 };

  it("is proven for a historic reading and for an exact zero", () => {
    expect(isBroken(2.6e-85, law)).toBe(true);
    expect(isBroken(0, law)).toBe(true);
    expect(isBroken(8.1e-309, law)).toBe(true);
  });

  it("is never claimed of a plan whose dearest pair is below the limit", () => {
    fc.assert(
      fc.property(batch, fc.double({ min: 0.02, max: 2, noNaN: true }), heat, (costs, reg, tau) => {
        fc.pre(Math.max(...costs) / reg < 709.78);
        const temperature = reg + tau;
        expect(isBroken(read(costs, temperature).mass, { reg, temperature })).toBe(false);
      }),
    );
  });
});
