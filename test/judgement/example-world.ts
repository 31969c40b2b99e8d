/** Runs whose costs are squared distances of points and whose plan comes out of POT's own iteration, breaks and all. */
import type { JsonObject } from "../../src/json.ts";
import { type OtKnobs, otKnobs, planLaw } from "../../src/judgement/ot-knobs.ts";
import type { Run } from "../../src/judgement/run.ts";
import { exampleRun } from "./example-run.ts";

/** One sample on either side of a pair; a label and a learned feature, each a point on a line. */
export interface Pair {
  readonly label: readonly [number, number];
  readonly embed: readonly [number, number];
}
export type Batch = readonly Pair[];

export interface SimulatedRun {
  readonly run: Run;
  /** Share of the batches on which the solver broke. */
  readonly broken: number;
}

/** What a run of this configuration logs on these batches, one per log point. */
export function simulate(config: JsonObject, batches: readonly Batch[]): SimulatedRun {
  const knobs = otKnobs(config);
  const weights = weightsOf(knobs);
  const logged = batches.map((batch) => {
    const costs = batch.map(
      (one) => weights.label * apart("label", one, one) + weights.embed * apart("embed", one, one),
    );
    const { plan, broke } = solve(costs, knobs);
    return {
      broke,
      mass: sum(plan),
      loss: sum(plan.map((share, pair) => share * (costs[pair] ?? 0))),
      label: weights.label * meanCost("label", batch),
      embed: weights.embed * meanCost("embed", batch),
    };
  });
  const steps = batches.map((_, index) => 50 * (index + 1));
  const series = (of: (point: (typeof logged)[number]) => number) => ({ steps, values: logged.map(of) });
  const run = exampleRun({
    config,
    curves: {
      "train/ot_pi_sum": series(({ mass }) => mass),
      "train/ot_pi_diag": series(({ mass }) => mass),
      "train/ot_loss": series(({ loss }) => loss),
      "train/ot_cost/state": series((point) => point.embed),
      "train/ot_cost/action_lbl": weights.label > 0 ? series((point) => point.label) : null,
    },
  });
  return { run, broken: logged.filter(({ broke }) => broke).length / logged.length };
}

function weightsOf(knobs: OtKnobs) {
  const of = (name: string) => knobs.features.find((term) => term.name === name);
  return { label: of("action_lbl")?.weightLabel ?? 0, embed: of("state")?.weightEmbed ?? 0 };
}

function apart(kind: "label" | "embed", source: Pair, target: Pair): number {
  return (source[kind][0] - target[kind][1]) ** 2;
}

/** Over the whole matrix, as the trainer logs it. */
function meanCost(kind: "label" | "embed", batch: Batch): number {
  return (
    sum(batch.flatMap((source) => batch.map((target) => apart(kind, source, target)))) / batch.length ** 2
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * `ot.unbalanced.sinkhorn_knopp_unbalanced` of POT 0.9.5 with reg_type "kl" and the reference measure diag(1/N): 1,000 iterations
 * at most, stopped below 1e-6, the previous scalings kept where an iteration gives 0, infinities or NaN.
 */
function solve(costs: readonly number[], knobs: OtKnobs): { plan: readonly number[]; broke: boolean } {
  const { reg, tauSource, tauTarget } = knobs;
  if (planLaw(knobs) === null || reg === null || tauSource === null || tauTarget === null)
    throw new Error("a configuration with reg and both taus is wanted");
  const each = 1 / costs.length;
  const kernel = costs.map((cost) => Math.exp(-cost / reg) * each);
  let [rows, columns] = [costs.map(() => 1), costs.map(() => 1)];
  const planOf = (broke: boolean) => ({
    plan: kernel.map((share, pair) => (rows[pair] ?? 0) * share * (columns[pair] ?? 0)),
    broke,
  });
  for (let iteration = 0; iteration < 1000; iteration += 1) {
    const scaled = (by: readonly number[], tau: number) =>
      kernel.map((share, pair) => (each / (share * (by[pair] ?? 0))) ** (tau / (tau + reg)));
    const nextRows = scaled(columns, tauSource);
    const nextColumns = scaled(nextRows, tauTarget);
    const vanished = kernel.some((share, pair) => share * (nextRows[pair] ?? 0) === 0);
    if (vanished || ![...nextRows, ...nextColumns].every(Number.isFinite)) return planOf(true);
    const change = (moved(nextRows, rows) + moved(nextColumns, columns)) / 2;
    [rows, columns] = [nextRows, nextColumns];
    if (change < 1e-6) break;
  }
  return planOf(false);
}

function moved(now: readonly number[], before: readonly number[]): number {
  const difference = Math.max(...now.map((value, pair) => Math.abs(value - (before[pair] ?? 0))));
  return difference / Math.max(...now.map(Math.abs), ...before.map(Math.abs), 1);
}
