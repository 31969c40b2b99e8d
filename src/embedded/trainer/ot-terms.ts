import type { AlignmentSettings } from "./alignment.ts";
import { CAMERAS } from "./cameras.ts";
import { type OtConfig, reader } from "./config.ts";
import type { CostTerm, LabelCost } from "./costs.ts";
import { isList, isMap, type Literal, type LiteralMap } from "./literal.ts";
import { PythonError } from "./python-error.ts";
import { ACTION_DIMS } from "./robot.ts";
import type { PlanSettings } from "./transport.ts";

/** Squared distance of raw images relative to that of the few pixels here: raw label costs of images kill every plan. */
const IMAGE_SCALE = 10_000;

/**
 * The OT term as configured, or null when it is off without a word: no `loss_config`, or lambda 0. Throws what the trainer
 * throws when it sets up the loss.
 */
export function readAlignment(
  ot: OtConfig,
  { batchSize, chunkSize }: { batchSize: number; chunkSize: number },
): AlignmentSettings | null {
  if (!ot.enable || ot.lossConfig === null || ot.lambda === 0) return null;
  const features = ot.lossConfig.get("features");
  const entries = isList(features) ? features.filter(isMap) : [];
  if (entries.length === 0) throw new PythonError("ValueError", "OTLossConfig.features is empty");
  return {
    pairs: Math.max(1, Math.trunc(batchSize * ot.batchRatio)),
    lambda: ot.lambda,
    chunkSize,
    plan: readPlan(ot.lossConfig),
    terms: entries.map((entry) => readTerm(entry, ot.obsKeys)),
  };
}

function readPlan(lossConfig: LiteralMap): PlanSettings {
  if (!isTruthy(lossConfig.get("heuristic") ?? false)) {
    throw new PythonError(
      "NotImplementedError",
      "the tiny trainer computes the diagonal plan only: set ot.loss_config.heuristic to true",
    );
  }
  const values = reader(lossConfig);
  const tauSrc = values.numberOrNull("tau_src");
  const tauTgt = values.numberOrNull("tau_tgt");
  const known = tauSrc ?? tauTgt;
  if (known === null) {
    throw new PythonError("TypeError", "float() argument must be a string or a real number, not 'NoneType'");
  }
  return { reg: values.numberOrNull("reg") ?? 0.01, tauSrc: tauSrc ?? known, tauTgt: tauTgt ?? known };
}

function readTerm(entry: LiteralMap, obsKeys: readonly string[]): CostTerm {
  const feature = reader(entry);
  const key = feature.textOrNull("src_key");
  if (key === null) throw new PythonError("KeyError", "'src_key'");
  for (const [side, used] of [
    ["src", key],
    ["tgt", feature.textOrNull("tgt_key") ?? key],
  ] as const) {
    if (used !== "action" && !obsKeys.includes(used)) {
      throw new PythonError("KeyError", `"${side}_obs missing key '${used}' required by OT feature."`);
    }
  }
  const learned = isTruthy(entry.get("use_learned_embed") ?? false);
  const weightLabel = feature.numberOrNull("weight_label") ?? 1;
  if (learned && key === "action") {
    throw new PythonError("ValueError", "No policy-native encoder available for key 'action'.");
  }
  if (!learned && weightLabel === 0) {
    throw new PythonError("ValueError", "Both embedding and label costs are disabled for an OT feature.");
  }
  const camera = Math.max(0, obsKeys.indexOf(key)) % CAMERAS;
  return {
    name: feature.textOrNull("term_name") ?? key,
    embed: learned ? { camera, weight: feature.numberOrNull("weight_embed") ?? 1 } : null,
    label:
      weightLabel === 0
        ? null
        : readLabel({ key, weight: weightLabel, camera, slice: entry.get("dim_slice") }),
  };
}

function readLabel({
  key,
  weight,
  camera,
  slice,
}: {
  key: string;
  weight: number;
  camera: number;
  slice: Literal | undefined;
}): LabelCost {
  if (key !== "action")
    return { of: "image", weight, camera, scale: key.includes("image") ? IMAGE_SCALE : 1 };
  const [from, to] = readSlice(slice ?? null);
  return { of: "action", weight, from, to };
}

/** `[a, b]` or `{start, stop}`, as a Python slice clamps it; null = everything. */
function readSlice(slice: Literal): readonly [number, number] {
  if (slice === null) return [0, ACTION_DIMS];
  const bounds = isMap(slice)
    ? [reader(slice).numberOrNull("start") ?? 0, reader(slice).numberOrNull("stop") ?? ACTION_DIMS]
    : (reader(new Map([["bounds", slice]])).numbersOrNull("bounds") ?? []);
  const [from, to] = bounds;
  if (bounds.length !== 2 || from === undefined || to === undefined) {
    throw new PythonError("ValueError", "dim_slice list must have length 2 (start, stop).");
  }
  const clamp = (value: number) =>
    Math.min(ACTION_DIMS, Math.max(0, value < 0 ? value + ACTION_DIMS : value));
  return [clamp(from), Math.max(clamp(from), clamp(to))];
}

/** Python's truthiness: the text "false" is true. */
function isTruthy(value: Literal): boolean {
  if (typeof value === "object" && value !== null && "isInt" in value) return value.value !== 0;
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return Boolean(value);
}
