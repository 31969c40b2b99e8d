/** Runs whose transport is the closed form itself, with a solver that breaks as the real one does. */
import type { JsonObject } from "../../src/json.ts";
import { otKnobs, planLaw } from "../../src/judgement/ot-knobs.ts";
import type { Run } from "../../src/judgement/run.ts";
import { exampleRun } from "./example-run.ts";

/** Paired costs at weight 1 of one batch, by term. */
export interface Batch {
  readonly label: readonly number[];
  readonly embed: readonly number[];
}

export interface SimulatedRun {
  readonly run: Run;
  /** Share of the batches on which the solver broke. */
  readonly broken: number;
}

const OVERFLOW = Math.log(Number.MAX_VALUE);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What a run of this configuration logs on these batches, one per log point. Unpaired samples cost twice the paired mean. */
export function simulate(config: JsonObject, batches: readonly Batch[]): SimulatedRun {
  const knobs = otKnobs(config);
  const law = planLaw(knobs);
  if (law === null) throw new Error("a configuration with reg and both taus is wanted");
  const weightOf = (name: string, kind: "weightLabel" | "weightEmbed") =>
    knobs.features.find((term) => term.name === name)?.[kind] ?? 0;
  const [label, embed] = [weightOf("action_lbl", "weightLabel"), weightOf("state", "weightEmbed")];
  const logged = batches.map((batch) => {
    const costs = batch.label.map((cost, pair) => label * cost + embed * (batch.embed[pair] ?? 0));
    const broke = costs.some((cost) => cost / law.reg > OVERFLOW);
    const plans = costs.map((cost) => Math.exp(-cost / (broke ? law.reg : law.temperature)));
    return {
      broke,
      mass: mean(plans),
      loss: mean(plans.map((plan, pair) => plan * (costs[pair] ?? 0))),
      label: 2 * label * mean(batch.label),
      embed: 2 * embed * mean(batch.embed),
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
      "train/ot_cost/action_lbl": label > 0 ? series((point) => point.label) : null,
    },
  });
  return { run, broken: mean(logged.map(({ broke }) => (broke ? 1 : 0))) };
}
