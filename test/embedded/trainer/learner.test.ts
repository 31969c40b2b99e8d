import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/embedded/trainer/config.ts";
import { decodeConfig } from "../../../src/embedded/trainer/decode-config.ts";
import { createLearner } from "../../../src/embedded/trainer/learner.ts";
import { readLearnerSettings, splitEpisodes } from "../../../src/embedded/trainer/learner-settings.ts";
import { parseLiteral } from "../../../src/embedded/trainer/literal.ts";
import { planConfigs } from "../../../src/embedded/trainer/plan-configs.ts";
import type { Config } from "./spawned-trainer.ts";

interface Curve {
  readonly loss: number[];
  readonly mass: number[];
  readonly labelCost: number[];
  readonly gradientNorm: number[];
  readonly broken: number;
  readonly evaluations: number[];
}

interface TrainOptions {
  readonly steps: number;
  readonly evalFreq?: number;
  readonly change?: (config: Config) => void;
}

/** Trains one of the plan's configurations. */
function train(name: string, { steps, evalFreq = 200, change }: TrainOptions): Curve {
  const given: Config = structuredClone(planConfigs().find(({ file }) => file.includes(name))?.config);
  change?.(given);
  const config = readConfig(decodeConfig(parseLiteral(JSON.stringify(given))));
  if (!config) throw new Error("no policy");
  const split = splitEpisodes(config);
  const learner = createLearner(
    readLearnerSettings(config, { split, seed: config.seed ?? 0, learningRates: null }),
  );
  const curve: Omit<Curve, "broken"> = {
    loss: [],
    mass: [],
    labelCost: [],
    gradientNorm: [],
    evaluations: [],
  };
  let broken = 0;
  for (let step = 1; step <= steps; step++) {
    learner.draw();
    learner.update();
    curve.loss.push(learner.reading.loss);
    curve.gradientNorm.push(learner.reading.gradientNorm);
    if (learner.alignment) {
      curve.mass.push(learner.alignment.reading.mass);
      curve.labelCost.push(learner.alignment.meanCosts().at(-1)?.mean ?? 0);
      if (learner.alignment.reading.kind === "broken") broken++;
    }
    if (step % evalFreq === 0) curve.evaluations.push(learner.evaluate().averageL1);
  }
  return { ...curve, broken: broken / steps };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The historic cure of a dead plan: label weight .001, reg .5. */
function cure(config: Config): void {
  config.ot.loss_config.reg = 0.5;
  config.ot.loss_config.features[3].weight_label = 0.001;
}

describe("a training", () => {
  it("repeats bit by bit at one seed and differs at another", () => {
    const once = train("light", { steps: 60 });
    expect(train("light", { steps: 60 })).toEqual(once);
    const other = train("light", { steps: 60, change: (config) => (config.seed = 43) });
    expect(other.loss[0]).not.toBe(once.loss[0]);
  });

  it("learns: the held-out error falls below .3 and gradients from hundreds to tens within 1,000 steps", () => {
    const { evaluations, gradientNorm } = train("light", { steps: 1000 });
    expect(evaluations[0]).toBeGreaterThan(0.33);
    expect(evaluations.at(-1)).toBeLessThan(0.3);
    expect(mean(gradientNorm.slice(0, 50))).toBeGreaterThan(150);
    expect(mean(gradientNorm.slice(-50))).toBeLessThan(50);
  });

  it("stands still at a learning rate of 1e-7", () => {
    const { evaluations } = train("light", {
      steps: 400,
      change: ({ policy }) => {
        policy.optimizer_lr = 1e-7;
        policy.optimizer_lr_backbone = 1e-7;
      },
    });
    expect(evaluations[1]).toBeGreaterThan(0.97 * (evaluations[0] ?? 0));
  });

  it("turns into NaN within ten steps at a learning rate of 1: mass exactly 1, finite label costs", () => {
    const { loss, mass, labelCost } = train("light", {
      steps: 10,
      change: ({ policy }) => {
        policy.optimizer_lr = 1;
        policy.optimizer_lr_backbone = 1;
      },
    });
    expect(loss.at(-1)).toBeNaN();
    expect(mass.at(-1)).toBe(1);
    expect(labelCost.at(-1)).toBeGreaterThan(0);
  });

  it("draws other pairs after an evaluation, and from the first step with another number of workers", () => {
    const { mass } = train("light", { steps: 12, evalFreq: 5 });
    const rare = train("light", { steps: 12 });
    expect(rare.mass.slice(0, 5)).toEqual(mass.slice(0, 5));
    expect(rare.mass[5]).not.toBe(mass[5]);
    const alone = train("light", { steps: 1, change: (config) => (config.num_workers = 0) });
    expect(alone.mass[0]).not.toBe(mass[0]);
  });

  it("has no OT term at lambda 0 and none with more pairs than there are", () => {
    expect(train("light", { steps: 2, change: ({ ot }) => (ot.lambda_ot = 0) }).mass).toEqual([]);
    expect(train("light", { steps: 2, change: ({ ot }) => (ot.batch_ratio = 1000) }).mass).toEqual([]);
  });
});

describe("the transported mass", () => {
  const steps = 150;

  it("is dead for the plan's balanced and strict configurations, because most steps break", () => {
    for (const name of ["balanced", "strict", "topk"]) {
      const { mass, broken } = train(name, { steps });
      expect(broken).toBeGreaterThan(0.6);
      expect(median(mass)).toBeLessThan(1e-8);
    }
    expect(median(train("balanced", { steps }).mass)).toBeLessThan(1e-20);
  });

  it("is alive, and low, for the light and the tight one", () => {
    for (const name of ["light", "tight"]) {
      const { mass, broken } = train(name, { steps });
      expect(broken).toBeLessThan(0.15);
      expect(mean(mass)).toBeGreaterThan(1e-3);
      expect(mean(mass)).toBeLessThan(0.1);
    }
  });

  it("comes alive by the historic cure, grows with T and shrinks with the label weight", () => {
    const cured = train("balanced", { steps, change: cure });
    expect(cured.broken).toBe(0);
    expect(mean(cured.mass)).toBeGreaterThan(0.08);
    expect(mean(cured.mass)).toBeLessThan(0.35);
    const hotter = train("balanced", {
      steps,
      change(config) {
        cure(config);
        config.ot.loss_config.tau_src = 2;
        config.ot.loss_config.tau_tgt = 2;
      },
    });
    expect(mean(hotter.mass)).toBeGreaterThan(1.2 * mean(cured.mass));
    const heavier = train("balanced", {
      steps,
      change(config) {
        cure(config);
        config.ot.loss_config.features[3].weight_label = 0.003;
      },
    });
    expect(mean(heavier.mass)).toBeLessThan(0.8 * mean(cured.mass));
    expect(heavier.labelCost[0]).toBeCloseTo(3 * (cured.labelCost[0] ?? 0), 9);
  });

  it("is close to 1 without the label term", () => {
    const { mass } = train("balanced", {
      steps,
      change(config) {
        config.ot.loss_config.reg = 0.5;
        config.ot.loss_config.features.pop();
      },
    });
    expect(median(mass)).toBeGreaterThan(0.95);
  });

  it("says nothing about quality when the encoder collapses: mass high, held-out error high", () => {
    const collapse = train("balanced", {
      steps: 600,
      change(config) {
        config.ot.loss_config.features.pop();
        config.ot.lambda_ot = 3;
        for (const feature of config.ot.loss_config.features) feature.weight_embed = 1;
      },
    });
    const control = train("balanced", { steps: 600, change: ({ ot }) => (ot.lambda_ot = 0) });
    expect(median(collapse.mass)).toBeGreaterThan(0.9);
    expect(collapse.evaluations.at(-1)).toBeGreaterThan(1.2 * (control.evaluations.at(-1) ?? 0));
  });
});
