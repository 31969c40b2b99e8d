/** Small hand-made runs: curves from functions of the step, deterministic noise, a configuration by its knobs. */
import type { JsonObject } from "../../src/json.ts";
import { diagnose } from "../../src/judgement/diagnosis.ts";
import type { Finding } from "../../src/judgement/findings.ts";
import type { Run } from "../../src/judgement/run.ts";
import type { Series } from "../../src/judgement/series.ts";
import { subjectOf } from "../../src/judgement/subject.ts";
import type { MetricSummary } from "../../src/judgement/summary.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";

export interface ExampleKnobs {
  readonly reg?: number;
  readonly tau?: number;
  readonly label?: number;
  readonly lambda?: number;
  readonly window?: number;
  readonly heuristic?: boolean;
  readonly rate?: number;
  readonly seed?: number;
  readonly batch?: number;
  readonly noWindow?: boolean;
}

export function exampleConfig(knobs: ExampleKnobs = {}): JsonObject {
  const { reg = 0.5, tau = 1, label = 0.001, lambda = 0.1, window = 8, heuristic = true } = knobs;
  const { rate = 1e-5, seed = 42, batch = 8, noWindow = false } = knobs;
  return {
    dataset: { repo_id: "lab/target" },
    policy: { type: "act", push_to_hub: false, optimizer_lr: rate, optimizer_lr_backbone: rate },
    batch_size: batch,
    num_workers: 4,
    steps: 2000,
    eval_freq: 200,
    seed,
    ot: {
      enable: true,
      src_repo_id: "lab/source",
      pair_info_path: "pairs.json",
      bc_src_weight: 0.9,
      lambda_ot: lambda,
      obs_keys: ["observation.state"],
      window_size: window,
      no_window: noWindow,
      loss_config: {
        reg,
        tau_src: tau,
        tau_tgt: tau,
        heuristic,
        features: [
          {
            src_key: "observation.state",
            tgt_key: "observation.state",
            use_learned_embed: true,
            weight_embed: 0.2,
            weight_label: 0,
            term_name: "state",
          },
          ...(label > 0
            ? [
                {
                  src_key: "action",
                  tgt_key: "action",
                  use_learned_embed: false,
                  weight_embed: 0,
                  weight_label: label,
                  term_name: "action_lbl",
                },
              ]
            : []),
        ],
      },
    },
  };
}

/** Noise between -1 and 1 that looks drawn, the same at every call. */
export function wobble(step: number): number {
  const scattered = Math.sin(step * 12.9898) * 43758.5453;
  return 2 * (scattered - Math.floor(scattered)) - 1;
}

export function sample(of: (step: number) => number, { every = 50, until = 2000 } = {}): Series {
  const steps = Array.from({ length: Math.floor(until / every) }, (_, index) => (index + 1) * every);
  return { steps, values: steps.map(of) };
}

type Curves = Readonly<Record<string, Series | ((step: number) => number)>>;

/** A healthy trial, unless a curve is exchanged; `null` takes a curve away. */
export function exampleRun({
  curves = {},
  config = exampleConfig(),
  id = "example",
  state = "finished",
  until = 2000,
  every = 50,
}: {
  readonly curves?: Readonly<Record<string, Series | ((step: number) => number) | null>>;
  readonly config?: JsonObject | null;
  readonly id?: string;
  readonly state?: Run["state"];
  readonly until?: number;
  readonly every?: number;
} = {}): Run {
  const healthy: Curves = {
    "train/loss": (step) => 0.2 + 14 * Math.exp(-step / 300),
    "train/l1_loss": (step) => (0.12 + 0.4 * Math.exp(-step / 900)) * (1 + 0.03 * wobble(step)),
    "train/grad_norm": (step) => 33 + 220 * Math.exp(-step / 150),
    "train/lr": () => 1e-5,
    "train/ot_loss": (step) => 0.24 * (1 + 0.1 * wobble(step)),
    "train/ot_pi_sum": (step) => 0.12 * (1 + 0.2 * wobble(step)),
    "train/ot_pi_diag": (step) => 0.12 * (1 + 0.2 * wobble(step)),
    "train/ot_cost/state": (step) => (1 + Math.exp(-step / 700)) * (1 + 0.05 * wobble(step)),
    "train/ot_cost/action_lbl": (step) => 7.5 * (1 + 0.05 * wobble(step)),
    "eval/offline_eval/avg_l1": sample((step) => 0.18 + 0.5 * Math.exp(-step / 500), { every: 200, until }),
  };
  const series = new Map<string, Series>();
  for (const [key, curve] of Object.entries({ ...healthy, ...curves })) {
    if (curve === null) continue;
    series.set(key, typeof curve === "function" ? sample(curve, { every, until }) : curve);
  }
  return {
    id,
    label: id,
    name: null,
    url: null,
    state,
    rows: until / every,
    steps: until,
    config,
    data: { kind: "curves", series },
  };
}

export function summaryRun(metrics: Readonly<Record<string, Partial<MetricSummary>>>, label = "run_a"): Run {
  const empty = { first: null, last: null, best: null, best_step: null, delta: null, pct: null };
  return {
    id: label,
    label,
    name: null,
    url: null,
    state: "unknown",
    rows: 41,
    steps: null,
    config: null,
    data: {
      kind: "summary",
      summary: new Map(Object.entries(metrics).map(([key, value]) => [key, { ...empty, ...value }])),
    },
  };
}

export function findingsOf(run: Run): readonly Finding[] {
  return diagnose(subjectOf(run, DEFAULT_THRESHOLDS));
}

export function codesOf(run: Run): readonly string[] {
  return findingsOf(run).map((finding) => finding.code);
}

export function findingOf(run: Run, code: string): Finding {
  const found = findingsOf(run).find((finding) => finding.code === code);
  if (found === undefined) throw new Error(`no ${code} among ${codesOf(run).join(", ")}`);
  return found;
}
