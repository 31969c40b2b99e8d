import type { JsonObject } from "../json.ts";
import type { EditRequest } from "./edits.ts";
import type { Finding } from "./findings.ts";
import type { PI_SUM } from "./metrics.ts";
import type { OtKnobs } from "./ot-knobs.ts";
import type { Prediction } from "./prescription.ts";
import type { Run } from "./run.ts";
import type { Text } from "./texts.ts";
import type { Thresholds } from "./thresholds.ts";
import type { PlanState } from "./transport-reading.ts";
import type { Region, Trust } from "./trust.ts";

/** ot and bc: which side of the training a rule turns, never both. */
export type RuleKind = "ot" | "bc" | "control" | "explorer";

/** What a rule may look at. `config` and `knobs` are null for a run that is known from a summary only. */
export interface RuleContext {
  readonly run: Run;
  readonly config: JsonObject | null;
  readonly knobs: OtKnobs | null;
  readonly plan: PlanState;
  readonly thresholds: Thresholds;
  readonly trust: Trust;
  readonly finding: (code: string) => Finding | null;
  /** A number of the configuration by its dotted path; null where it is absent or no number. */
  readonly number: (path: string) => number | null;
}

/** One proposal, before its edits met the configuration. */
export interface Draft {
  /** Slug for file names: `[a-z0-9.-]`. */
  readonly signal: string;
  readonly edits: readonly EditRequest[];
  /** The sentence that appears in the pull request. */
  readonly because: Text;
  /** Where the laws of transport do not give it, a rule may say what it expects. */
  readonly predicts?: Prediction | null;
}

/**
 * How far a rule goes: steps of the trust regions, the longer steps of a cure, or what its sentence says.
 */
export type RuleStep = "trust" | "cure" | "fixed";

export interface Rule {
  readonly id: string;
  readonly kind: RuleKind;
  /** What it does and why, for people who have no run before them. `{effective_weight}`: a number of the trust settings. */
  readonly does: string;
  readonly step: RuleStep;
  /** Metric that it states a number for where the laws of transport apply; null: none. */
  readonly predicts: typeof PI_SUM | null;
  /** Codes of the findings that it answers: any one of them calls it. */
  readonly answers: readonly string[];
  /** Paths that it may edit; `*` stands for the name of a feature. */
  readonly knobs: readonly string[];
  readonly guard?: (context: RuleContext) => boolean;
  readonly propose: (context: RuleContext) => readonly Draft[];
}

export function defineRule(rule: Rule): Rule {
  return rule;
}

export const REG = "ot.loss_config.reg";
export const TAU_SOURCE = "ot.loss_config.tau_src";
export const TAU_TARGET = "ot.loss_config.tau_tgt";
export const LAMBDA = "ot.lambda_ot";
export const WINDOW = "ot.window_size";
export const RATE = "policy.optimizer_lr";
export const RATE_BACKBONE = "policy.optimizer_lr_backbone";
export const BATCH = "batch_size";

const REGIONS: Readonly<Record<string, Exclude<keyof Trust, "break_factor" | "effective_weight">>> = {
  [REG]: "reg",
  [TAU_SOURCE]: "tau",
  [TAU_TARGET]: "tau",
  "ot.loss_config.features[*].weight_label": "weight_label",
  "ot.loss_config.features[*].weight_embed": "weight_embed",
  [LAMBDA]: "lambda_ot",
  [RATE]: "learning_rate",
  [RATE_BACKBONE]: "learning_rate",
  [BATCH]: "batch_size",
};

/** The trust region of a knob; null for one that has none, such as a whole feature. */
export function regionOf(trust: Trust, knob: string): Region | null {
  const name = REGIONS[knob];
  return name === undefined ? null : trust[name];
}

export function feature(name: string): string {
  // Names with brackets are written as JSON strings (see config-path.ts).
  return `ot.loss_config.features[${/[[\]"]/.test(name) ? JSON.stringify(name) : name}]`;
}

export function set(path: string, value: EditRequest["value"]): EditRequest {
  return { path, op: "set", value };
}

export function scale(path: string, factor: number): EditRequest {
  return { path, op: "scale", value: factor };
}

export function remove(path: string): EditRequest {
  return { path, op: "remove", value: null };
}

/** Three significant digits: what a person would have written into the file. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
