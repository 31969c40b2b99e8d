import * as z from "zod";
import type { JsonObject } from "../json.ts";
import { numberFrom } from "./config-fill.ts";
import { isTruthy } from "./python-truth.ts";

/** Numbers as the trainer reads them, "0.5" among them. Whatever is missing or something else is null: the caller refuses what it cannot compute. */
const number = z.unknown().transform((value) => numberFrom(value, "float"));
const flag = z.boolean().nullable().catch(null);
/** What the trainer would refuse is no weight of any kind: nothing is computed from it. */
const weight = number.transform((value) => value ?? Number.NaN);

const FeatureShape = z.object({
  src_key: z.string().catch("?"),
  term_name: z.string().nullable().catch(null).optional(),
  use_learned_embed: z.unknown().transform(isTruthy).optional(),
  // The trainer's defaults where absent: both weights 1.
  weight_embed: weight.optional(),
  weight_label: weight.optional(),
});

const ConfigShape = z.object({
  batch_size: number.optional(),
  policy: z
    .object({ type: z.string().nullable().catch(null).optional() })
    .catch({})
    .optional(),
  ot: z
    .object({
      enable: flag.optional(),
      lambda_ot: number.optional(),
      batch_ratio: number.optional(),
      bc_src_weight: z.unknown().optional(),
      window_size: number.optional(),
      no_window: flag.optional(),
      loss_config: z
        .object({
          reg: number.optional(),
          tau_src: number.optional(),
          tau_tgt: number.optional(),
          heuristic: z.unknown().optional(),
          features: z.array(FeatureShape).catch([]).optional(),
        })
        .nullable()
        .catch(null)
        .optional(),
    })
    .catch({})
    .optional(),
});

export interface OtFeature {
  /** term_name, else src_key: the name of its cost and its address in an edit. */
  readonly name: string;
  readonly learned: boolean;
  readonly weightEmbed: number;
  readonly weightLabel: number;
}

/** The knobs of the OT branch as the trainer will read them. */
export interface OtKnobs {
  readonly policy: string | null;
  readonly enabled: boolean;
  readonly lambda: number;
  readonly reg: number | null;
  readonly tauSource: number | null;
  readonly tauTarget: number | null;
  /** Python truthiness: the string "false" is true. */
  readonly heuristic: boolean;
  readonly features: readonly OtFeature[];
  /** Samples of one OT batch, max(1, floor(batch_size * batch_ratio)); null where batch_size is unknown. */
  readonly pairs: number | null;
  /** Only forks from before costs became doubles do without `ot.bc_src_weight`. */
  readonly singlePrecision: boolean;
  readonly windowSize: number;
  readonly noWindow: boolean;
}

export function otKnobs(config: JsonObject): OtKnobs {
  let knobs = KNOBS.get(config);
  if (knobs === undefined) {
    knobs = readKnobs(config);
    KNOBS.set(config, knobs);
  }
  return knobs;
}

/** Diagnosis, rules and predictions ask for the knobs of one configuration again and again. */
const KNOBS = new WeakMap<JsonObject, OtKnobs>();

function readKnobs(config: JsonObject): OtKnobs {
  const parsed = ConfigShape.safeParse(config);
  const shape = parsed.success ? parsed.data : {};
  const ot = shape.ot ?? {};
  const loss = ot.loss_config ?? null;
  const batch = shape.batch_size ?? null;
  return {
    policy: shape.policy?.type ?? null,
    enabled: ot.enable === true && loss !== null,
    lambda: ot.lambda_ot ?? 1,
    reg: loss === null ? null : loss.reg === undefined ? 0.01 : loss.reg,
    tauSource: loss?.tau_src ?? null,
    tauTarget: loss?.tau_tgt ?? null,
    heuristic: Boolean(loss?.heuristic),
    features: (loss?.features ?? []).map((feature) => ({
      name: feature.term_name ?? feature.src_key,
      learned: feature.use_learned_embed ?? false,
      weightEmbed: feature.weight_embed ?? 1,
      weightLabel: feature.weight_label ?? 1,
    })),
    pairs: batch === null ? null : Math.max(1, Math.floor(batch * (ot.batch_ratio ?? 0.5))),
    singlePrecision: ot.bc_src_weight === undefined,
    windowSize: ot.window_size ?? 0,
    noWindow: ot.no_window ?? false,
  };
}

/** T = reg + tau_src + tau_tgt, in units of cost; null where one of them is missing. */
export function temperatureOf(knobs: OtKnobs): number | null {
  const { reg, tauSource, tauTarget } = knobs;
  return reg === null || tauSource === null || tauTarget === null ? null : reg + tauSource + tauTarget;
}

/** What the closed form of the plan and the proof of a break need; null where reg is not above 0 or T is unknown. */
export interface PlanLaw {
  readonly reg: number;
  readonly temperature: number;
}

export function planLaw(knobs: OtKnobs): PlanLaw | null {
  const temperature = temperatureOf(knobs);
  const { reg } = knobs;
  const holds = reg !== null && reg > 0 && temperature !== null && temperature >= reg;
  return holds ? { reg, temperature } : null;
}

/** Terms that compare raw data: they steer the plan but have no gradient (trainer facts 1.4). */
export function labelTerms(knobs: OtKnobs): readonly OtFeature[] {
  return knobs.features.filter((feature) => !feature.learned && feature.weightLabel > 0);
}

/** Terms that the encoder can learn to lower. */
export function learnedTerms(knobs: OtKnobs): readonly OtFeature[] {
  return knobs.features.filter((feature) => feature.learned && feature.weightEmbed > 0);
}

/** Every term that costs anything (or less than nothing), as it is logged below `train/ot_cost/`. */
export function costNames(knobs: OtKnobs): readonly string[] {
  return knobs.features
    .filter(({ learned, weightEmbed, weightLabel }) => weightLabel !== 0 || (learned && weightEmbed !== 0))
    .map(({ name }) => name);
}
