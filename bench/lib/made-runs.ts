import type { Run } from "../../src/judgement/run.ts";
import type { Series } from "../../src/judgement/series.ts";
import { type ExampleKnobs, exampleConfig } from "../../test/judgement/example-run.ts";

/** Noise between -1 and 1, its own for every run and metric. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Pushed value by value, as the readers do it: V8 keeps arrays that `map` made in another way. */
function curve(of: (step: number) => number, rows: number): Series {
  const steps: number[] = [];
  const values: number[] = [];
  for (let step = 1; step <= rows; step += 1) {
    steps.push(step);
    values.push(of(step));
  }
  return { steps, values };
}

interface Trouble {
  readonly knobs?: ExampleKnobs;
  /** Factor on a healthy curve; NaN and infinities are troubles too. */
  readonly bend?: Readonly<Record<string, (step: number) => number>>;
}

/** What a thousand runs of a lab would suffer from. */
const TROUBLES: readonly Trouble[] = [
  {},
  { bend: { "train/ot_pi_sum": () => 1e-3 }, knobs: { reg: 0.1 } },
  { bend: { "train/ot_pi_sum": () => 6, "train/ot_pi_diag": () => 6 }, knobs: { tau: 4 } },
  { bend: { "train/l1_loss": (step) => 1 + step / 700 }, knobs: { rate: 1e-4 } },
  { bend: { "train/grad_norm": (step) => 1 + step / 300 } },
  { bend: { "train/ot_cost/state": (step) => Math.exp(step / 900) }, knobs: { label: 0.1 } },
  { bend: { "eval/offline_eval/avg_l1": (step) => 1 + step / 2000 }, knobs: { lambda: 0.5 } },
  { bend: { "train/loss": (step) => (step > 1200 ? Number.NaN : 1) } },
];

interface Shape {
  readonly level: (step: number) => number;
  readonly noise: number;
}

const HEALTHY: Readonly<Record<string, Shape>> = {
  "train/loss": { level: (step) => 0.2 + 14 * Math.exp(-step / 300), noise: 0.05 },
  "train/l1_loss": { level: (step) => 0.12 + 0.4 * Math.exp(-step / 900), noise: 0.1 },
  "train/kld_loss": { level: (step) => 0.01 + 12 * Math.exp(-step / 250), noise: 0.1 },
  "train/grad_norm": { level: (step) => 33 + 220 * Math.exp(-step / 150), noise: 0.2 },
  "train/lr": { level: () => 1e-5, noise: 0 },
  "train/ot_loss": { level: () => 0.24, noise: 0.1 },
  "train/ot_pi_sum": { level: () => 0.12, noise: 0.2 },
  "train/ot_pi_diag": { level: () => 0.12, noise: 0.2 },
  "train/ot_cost/state": { level: (step) => 1 + Math.exp(-step / 700), noise: 0.05 },
  "train/ot_cost/action_lbl": { level: () => 7.5, noise: 0.05 },
  "eval/offline_eval/avg_loss": { level: (step) => 0.3 + 2 * Math.exp(-step / 500), noise: 0.02 },
  "eval/offline_eval/avg_l1": { level: (step) => 0.18 + 0.5 * Math.exp(-step / 500), noise: 0.02 },
};

export const METRICS_OF_RUN = Object.keys(HEALTHY).length;

/** Runs that logged every metric at every step, healthy and troubled ones in turn. The same at every call. */
export function madeRuns({ runs, rows }: { readonly runs: number; readonly rows: number }): readonly Run[] {
  return Array.from({ length: runs }, (_, index) => madeRun({ index, rows }));
}

function madeRun({ index, rows }: { readonly index: number; readonly rows: number }): Run {
  const { knobs = {}, bend = {} } = TROUBLES[index % TROUBLES.length] ?? {};
  const series = new Map(
    Object.entries(HEALTHY).map(([key, shape], place): [string, Series] => {
      const draw = noise(index * METRICS_OF_RUN + place);
      const factor = bend[key] ?? (() => 1);
      return [key, curve((step) => shape.level(step) * (1 + shape.noise * draw()) * factor(step), rows)];
    }),
  );
  return {
    id: `run${index}`,
    label: `run ${index}`,
    name: null,
    url: null,
    state: "finished",
    rows,
    steps: rows,
    config: exampleConfig({ seed: index % 5, ...knobs }),
    data: { kind: "curves", series },
  };
}
