import { AutoloopError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { canonicalConfig } from "../judgement/canonical.ts";
import { isJsonList, type JsonPath, resolvePath, valueAt } from "../judgement/config-path.ts";
import { labelTerms, learnedTerms, otKnobs } from "../judgement/ot-knobs.ts";
import {
  BATCH,
  feature,
  LAMBDA,
  RATE,
  RATE_BACKBONE,
  REG,
  regionOf,
  TAU_SOURCE,
  TAU_TARGET,
} from "../judgement/rules.ts";
import type { Region, Trust } from "../judgement/trust.ts";
import type { FollowUp, TrainerConditions } from "./manifest.ts";

export type Bounds = FollowUp["bounds"];

/** Where the rules may move the knobs of these configurations: the trust regions around each, as one box. */
export function boundsAround(
  configs: readonly JsonObject[],
  { trust, trainer }: { trust: Trust; trainer: TrainerConditions },
): Bounds {
  const bounds = new Map<string, Bounds[string]>();
  for (const config of configs.map((each) => canonical(each, trainer))) {
    for (const [path, region] of knobsOf(config, trust)) {
      const value = numberAt(config, path);
      if (value === null || value <= 0) continue;
      const own = around(region, value);
      const known = bounds.get(path) ?? own;
      bounds.set(path, { min: Math.min(known.min, own.min), max: Math.max(known.max, own.max) });
    }
  }
  return Object.fromEntries([...bounds].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The paths of a configuration that the calibrated rules move inside of a trust region. */
function knobsOf(config: JsonObject, trust: Trust): readonly (readonly [string, Region])[] {
  const knobs = otKnobs(config);
  const weights = (terms: readonly { readonly name: string }[], key: string) =>
    terms.map(({ name }) => ({ path: `${feature(name)}.${key}`, knob: `ot.loss_config.features[*].${key}` }));
  return [
    ...[REG, TAU_SOURCE, TAU_TARGET, LAMBDA, RATE, RATE_BACKBONE, BATCH].map((path) => ({
      path,
      knob: path,
    })),
    ...weights(labelTerms(knobs), "weight_label"),
    ...weights(learnedTerms(knobs), "weight_embed"),
  ].flatMap(({ path, knob }) => {
    const region = regionOf(trust, knob);
    return region ? [[path, region] as const] : [];
  });
}

/** One step of the largest factor, inside of the region, in numbers that can be printed; the value itself is always in it. */
function around({ min, max, factor }: Region, value: number): Bounds[string] {
  return {
    min: Math.min(value, inDigits(Math.max(min, value / factor), Math.ceil)),
    max: Math.max(value, inDigits(Math.min(max, value * factor), Math.floor)),
  };
}

/** Three significant digits, as edits are written (trust.ts). */
function inDigits(value: number, rounding: (value: number) => number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  const near = Number((value / unit).toPrecision(12));
  return Number((rounding(near) * unit).toPrecision(3));
}

/** What both allow. A merge approves no more than its reviewers were shown, and no more than they left in the manifest. */
export function narrower(a: FollowUp | null, b: FollowUp | null): FollowUp | null {
  if (!a || !b) return null;
  const bounds = Object.entries(a.bounds).flatMap(([path, own]): [string, Bounds[string]][] => {
    const other = b.bounds[path];
    if (!other) return [];
    const both = { min: Math.max(own.min, other.min), max: Math.min(own.max, other.max) };
    return both.min <= both.max ? [[path, both]] : [];
  });
  return {
    rounds: Math.min(a.rounds, b.rounds),
    gpu_hours: Math.min(a.gpu_hours, b.gpu_hours),
    until: Date.parse(a.until) <= Date.parse(b.until) ? a.until : b.until,
    bounds: Object.fromEntries(bounds),
    patience: Math.min(a.patience, b.patience),
  };
}

/** What people let in, and how far a follow-up may go from it. */
export interface Approved {
  readonly configs: readonly JsonObject[];
  readonly bounds: Bounds;
  readonly trainer: TrainerConditions;
}

/** Whether a configuration is one of the approved ones but for knobs inside of the bounds. */
export function isInside(config: JsonObject, { configs, bounds, trainer }: Approved): boolean {
  const own = canonical(config, trainer);
  return configs.some((each) => differsWithin(own, canonical(each, trainer), bounds));
}

function differsWithin(own: JsonObject, other: JsonObject, bounds: Bounds): boolean {
  let masked: readonly [Json, Json] = [own, other];
  for (const [path, { min, max }] of Object.entries(bounds)) {
    const [mine, theirs] = [numberAt(own, path), numberAt(other, path)];
    if (mine === null || theirs === null || mine < min || mine > max) continue;
    masked = [withoutKnob(masked[0], pathIn(own, path)), withoutKnob(masked[1], pathIn(other, path))];
  }
  return JSON.stringify(masked[0]) === JSON.stringify(masked[1]);
}

function canonical(config: JsonObject, { fork, eval_freq }: TrainerConditions): JsonObject {
  return canonicalConfig(config, { fork, overrides: { eval_freq } });
}

function numberAt(config: JsonObject, path: string): number | null {
  const at = pathIn(config, path);
  const value = at === null ? undefined : valueAt(config, at);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** null: this configuration has no such entry. */
function pathIn(config: JsonObject, path: string): JsonPath | null {
  try {
    return resolvePath(config, path);
  } catch (thrown) {
    if (thrown instanceof AutoloopError) return null;
    throw thrown;
  }
}

function withoutKnob(value: Json, path: JsonPath | null): Json {
  const [step, ...rest] = path ?? [];
  if (step === undefined) return path === null ? value : null;
  if (isJsonList(value)) return value.map((item, at) => (at === step ? withoutKnob(item, rest) : item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? withoutKnob(item, rest) : item]),
  );
}
