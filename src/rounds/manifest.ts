import * as z from "zod";
import type { Json } from "../json.ts";
import type { ForkProfile } from "../judgement/trainer-schema.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const RoundId = z.string().regex(/^\d{4}$/);
export type RoundId = z.infer<typeof RoundId>;
/** `<round><letter>`, e.g. `0002b`. */
export const VariantId = z.string().regex(/^\d{4}[a-z]$/);

const JsonValue: z.ZodType<Json> = z.json();

const ManifestEdit = z.strictObject({
  path: z.string(),
  op: z.enum(["set", "scale", "add", "remove"]),
  value: JsonValue,
  from: JsonValue,
  to: JsonValue,
});

const ManifestPrediction = z.strictObject({
  metric: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  certified: z.boolean(),
});

/** A sentence of a text catalogue, kept by key so that it can be said in either language. */
const ManifestText = z.strictObject({ key: z.string(), values: z.record(z.string(), JsonValue) });

export const ManifestVariant = z.strictObject({
  id: VariantId,
  /** Repository path of the complete configuration. */
  path: z.string(),
  family: z.string(),
  /** Canonical hash as proposed; a reviewer's edit changes the hash in the ledger, not here. */
  hash: Sha256,
  /** Of the file's bytes as proposed. */
  sha256: Sha256,
  seeds: z.array(z.int()).min(1),
  /** What it was derived from: null for a template of the seed round. `run` is a trial id or a W&B run id. */
  parent: z.strictObject({ path: z.string(), hash: Sha256, run: z.string().nullable() }).nullable(),
  /** Rule slug that is in the file name, e.g. `mass-up-t1.2`. */
  signal: z.string(),
  rule: z.string().nullable(),
  reason: ManifestText,
  edits: z.array(ManifestEdit),
  predicts: ManifestPrediction.nullable(),
  /** null: one of the round's variants; else a control, or an earlier configuration at a further seed. */
  control: z.enum(["parent", "lambda-zero", "replicate"]).nullable(),
  /** Lower trains first. */
  priority: z.int(),
});
export type ManifestVariant = z.infer<typeof ManifestVariant>;

const FORKS = [
  "main",
  "ot_r2s",
  "weighted-sampling",
  "train-logging",
] as const satisfies readonly ForkProfile[];
export const ForkName = z.enum(FORKS);

/** What every trial of a round is trained with, besides its configuration. Equal conditions make trials comparable. */
export const TrainerConditions = z.strictObject({
  fork: ForkName,
  steps: z.int().positive(),
  eval_freq: z.int().positive(),
  log_freq: z.int().positive(),
});
export type TrainerConditions = z.infer<typeof TrainerConditions>;

/** What a merge approves beforehand: further rounds without a pull request of their own, inside printed bounds. */
export const FollowUp = z.strictObject({
  /** Rounds after this one. */
  rounds: z.int().positive().max(20),
  /** Device-hours of all of them together. */
  gpu_hours: z.number().positive(),
  until: z.iso.datetime(),
  /** Per config path, the least and the greatest value that a follow-up variant may set. Other paths stay as they are. */
  bounds: z.record(z.string(), z.strictObject({ min: z.number(), max: z.number() })),
  /** It ends after so many rounds in a row without a gain beyond the noise. */
  patience: z.int().positive(),
});
export type FollowUp = z.infer<typeof FollowUp>;

/** `<reports>/data/rounds/<round>.json`: what one round's pull request proposes. */
const ManifestShape = z.strictObject({
  schema: z.literal("autoloop/manifest@1"),
  round: RoundId,
  kind: z.enum(["seed", "search"]),
  topic: z.string(),
  created: z.iso.datetime(),
  rules: z.enum(["plan", "calibrated"]),
  trainer: TrainerConditions,
  variants: z.array(ManifestVariant).min(1),
  /** What the round may cost: trials and the expected hours of device time (null = never measured here). */
  budget: z.strictObject({ trials: z.int(), device_hours: z.number().nullable() }),
  /** Smallest differences of eval L1 that count, at equal seed and between seeds. */
  noise: z.strictObject({ equal_seed: z.number(), between_seeds: z.number() }),
  follow_up: FollowUp.nullable().default(null),
});
export const Manifest = ManifestShape.refine(
  ({ round, variants }) => variants.every(({ id }) => id.startsWith(round)),
  { error: "a variant of another round" },
).refine(({ variants }) => new Set(variants.map(({ id }) => id)).size === variants.length, {
  error: "two variants of one id",
});
export type Manifest = z.infer<typeof Manifest>;
