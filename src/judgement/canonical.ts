/**
 * What makes two configurations the same training. Left out: the seed and the steps (compared on their own), where a run writes
 * and how it is watched, what the trainer does not read, and what it overwrites (trainer facts 3, 13 and 17).
 */
import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { fillConfig } from "./config-fill.ts";
import { isJsonList, valueAt } from "./config-path.ts";
import { withoutDust } from "./plain-number.ts";
import { type ForkProfile, trainerSchema } from "./trainer-schema.ts";

export interface CanonicalOptions {
  readonly fork: ForkProfile;
  /** What the command line sets over the file, by dotted path, e.g. `{eval_freq: 200}`. */
  readonly overrides?: Readonly<Record<string, Json>>;
}

const runLocal = [
  "seed",
  "steps",
  "output_dir",
  "job_name",
  "wandb",
  "debug",
  "save_checkpoint",
  "save_freq",
  "log_freq",
  "checkpoint_path",
  "resume",
];

/** The device is the launcher's choice, the video decoder's default depends on the machine, and nobody reads `use_amp`. */
const ofTheMachine = ["policy.device", "policy.use_amp", "dataset.video_backend"];

/** Where a model goes afterwards. */
const publishing = ["push_to_hub", "repo_id", "private", "tags", "license"].map((key) => `policy.${key}`);

/**
 * The configuration as the trainer holds it, minus what does not make another training; keys sorted. Order of lists is kept.
 * `dataset.episodes` and the feature maps stay: a checkpoint's saved file differs from the file that was launched, because
 * launching it would train on fewer episodes; what W&B recorded at the start does not differ (trainer facts 7).
 */
export function canonicalConfig(config: JsonObject, { fork, overrides = {} }: CanonicalOptions): JsonObject {
  const given = Object.entries(overrides).reduce(
    (changed, [path, value]) => withValue(changed, path.split("."), value),
    config,
  );
  const filled = fillConfig(trainerSchema(fork), given);
  const dropped = [...runLocal, ...ofTheMachine, ...publishing, ...overwrittenBlocks(filled)];
  const kept = dropped.reduce((changed, path) => without(changed, path.split(".")), filled);
  return sorted(canonicalOt(kept));
}

/** sha256 of the canonical configuration, 64 hex digits. Without seed and steps: see `canonicalConfig`. */
export function configHash(config: JsonObject, options: CanonicalOptions): string {
  return createHash("sha256")
    .update(JSON.stringify(canonicalConfig(config, options)))
    .digest("hex");
}

/** Under the policy's preset the trainer replaces both blocks by its own. */
function overwrittenBlocks(filled: JsonObject): readonly string[] {
  return filled["use_policy_training_preset"] === true ? ["optimizer", "scheduler"] : [];
}

/** Derived defaults of `ot`, and keys of its cost terms that have no effect. */
function canonicalOt(config: JsonObject): JsonObject {
  const { ot, dataset } = config;
  if (ot === undefined || !isJsonObject(ot)) return config;
  const root = dataset !== undefined && isJsonObject(dataset) ? (dataset["root"] ?? null) : null;
  const changed = {
    ...ot,
    src_root: ot["src_root"] ?? root,
    topk_src_episodes: ot["topk_src_episodes"] === -1 ? null : (ot["topk_src_episodes"] ?? null),
  };
  const features = valueAt(changed, ["loss_config", "features"]);
  if (!isJsonList(features)) return { ...config, ot: changed };
  return { ...config, ot: withValue(changed, ["loss_config", "features"], features.map(canonicalFeature)) };
}

function canonicalFeature(feature: Json): Json {
  if (!isJsonObject(feature)) return feature;
  const { embed_name: _name, term_weight: _weight, ...read } = feature;
  const source = feature["src_key"] ?? null;
  return {
    ...read,
    tgt_key: feature["tgt_key"] ?? source,
    term_name: feature["term_name"] ?? source,
  };
}

function withValue(object: JsonObject, [key, ...rest]: readonly string[], value: Json): JsonObject {
  if (key === undefined) return object;
  const child = Object.hasOwn(object, key) ? object[key] : undefined;
  const block = child !== undefined && isJsonObject(child) ? child : {};
  return { ...object, [key]: rest.length === 0 ? value : withValue(block, rest, value) };
}

function without(object: JsonObject, [key, ...rest]: readonly string[]): JsonObject {
  if (key === undefined || !Object.hasOwn(object, key)) return object;
  if (rest.length === 0) return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
  const child = object[key];
  return child !== undefined && isJsonObject(child) ? { ...object, [key]: without(child, rest) } : object;
}

function sorted(object: JsonObject): JsonObject {
  const entries = Object.entries(object).map(([key, value]): [string, Json] => [key, sortedValue(value)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sortedValue(value: Json): Json {
  if (isJsonList(value)) return value.map(sortedValue);
  if (value !== null && isJsonObject(value)) return sorted(value);
  // That 1.0 is 1 and 1e-05 is 0.00001 is settled by JavaScript having one number type.
  return typeof value === "number" ? withoutDust(value) : value;
}
