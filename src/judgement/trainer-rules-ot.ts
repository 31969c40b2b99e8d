/** What the trainer demands of `ot` when it is enabled, before and in the first step (trainer facts 2.6 and 1.2). */
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { error, type Issue, warning } from "./config-issues.ts";
import { entryName, formatPath, isJsonList, type PathStep } from "./config-path.ts";
import type { ConfigView } from "./config-view.ts";
import { isTruthy } from "./python-truth.ts";

export function otIssues(config: ConfigView): readonly Issue[] {
  if (config.value("ot.enable") !== true) return [];
  const firstStep = [...temperatureIssues(config), ...featureIssues(config)];
  return [
    ...sourceIssues(config),
    ...knobIssues(config),
    ...drawingIssues(config),
    ...(hasLoss(config) ? emptyIssues(config) : []),
    // With lambda 0 the loss is never computed, so what breaks in it does not show.
    ...(config.number("ot.lambda_ot") === 0
      ? firstStep.map((issue) => ({ ...issue, severity: "warning" as const }))
      : firstStep),
  ];
}

function hasLoss(config: ConfigView): boolean {
  return isJsonObject(config.value("ot.loss_config") ?? null);
}

function sourceIssues(config: ConfigView): readonly Issue[] {
  const missing = ["ot.src_repo_id", "ot.pair_info_path"]
    .filter((path) => (config.value(path) ?? "") === "")
    .map((path) => error(path, "check.ot-needs"));
  const weight = "ot.bc_src_weight";
  if (!config.traits.bcSrcWeight || config.value(weight) !== null) return missing;
  return [...missing, error(weight, "check.bc-weight")];
}

function knobIssues(config: ConfigView): readonly Issue[] {
  const lambda = config.number("ot.lambda_ot") ?? 1;
  const share = config.number("ot.bc_src_weight") ?? 0.5;
  const ratio = config.number("ot.batch_ratio") ?? 0.5;
  return [
    ...(lambda < 0 ? [warning("ot.lambda_ot", "check.negative-lambda")] : []),
    ...(lambda === 0 ? [warning("ot.lambda_ot", "check.lambda-0")] : []),
    ...(hasLoss(config) ? [] : [warning("ot.loss_config", "check.no-loss")]),
    ...(share < 0 || share > 1 ? [warning("ot.bc_src_weight", "check.bc-share", { value: share })] : []),
    ...(ratio <= 0 || ratio > 1 ? [warning("ot.batch_ratio", "check.batch-ratio", { value: ratio })] : []),
  ];
}

/** How source frames are drawn; none of it is checked by the trainer. */
function drawingIssues(config: ConfigView): readonly Issue[] {
  const window = config.number("ot.window_size") ?? 0;
  const top = config.number("ot.topk_src_episodes") ?? -1;
  return [
    ...(window < 0 ? [warning("ot.window_size", "check.window")] : []),
    ...(window > 0 && config.value("ot.no_window") === true
      ? [warning("ot.window_size", "check.no-window")]
      : []),
    ...((config.number("ot.sharpness") ?? 0) < 0 ? [warning("ot.sharpness", "check.sharpness")] : []),
    ...(top === 0 || top < -1 ? [warning("ot.topk_src_episodes", "check.topk")] : []),
  ];
}

function temperatureIssues(config: ConfigView): readonly Issue[] {
  if (!hasLoss(config)) return [];
  const loss = "ot.loss_config";
  const reg = config.number(`${loss}.reg`);
  const taus = [config.value(`${loss}.tau_src`), config.value(`${loss}.tau_tgt`)];
  return [
    ...(reg !== undefined && reg <= 0 ? [warning(`${loss}.reg`, "check.above-0")] : []),
    ...(taus.every((tau) => tau === null) ? [error(`${loss}.tau_src`, "check.no-tau")] : []),
    ...(["tau_src", "tau_tgt"] as const)
      .filter((key) => (config.number(`${loss}.${key}`) ?? 1) <= 0)
      .map((key) => warning(`${loss}.${key}`, "check.above-0")),
  ];
}

/** A cost term with the name it is addressed by. */
interface Term {
  readonly name: string;
  readonly feature: JsonObject;
}

function termsOf(config: ConfigView): readonly Term[] {
  const features = config.value("ot.loss_config.features");
  if (!isJsonList(features)) return [];
  return features.flatMap((feature: Json, index) =>
    isJsonObject(feature) ? [{ name: entryName(feature) ?? `#${index + 1}`, feature }] : [],
  );
}

function emptyIssues(config: ConfigView): readonly Issue[] {
  const features = config.value("ot.loss_config.features");
  return isJsonList(features) && features.length === 0
    ? [error("ot.loss_config.features", "check.no-terms")]
    : [];
}

function featureIssues(config: ConfigView): readonly Issue[] {
  const terms = termsOf(config);
  return [
    ...repeatedNames(terms),
    ...terms.flatMap((term) => [
      ...observed(config, term),
      ...dimensions(term),
      ...encoder(term),
      ...weights(term),
      ...oddities(term),
      ...underflow(config, term),
    ]),
  ];
}

function repeatedNames(terms: readonly Term[]): readonly Issue[] {
  const names = terms.map((term) => term.name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => warning(pathOf(name), "check.repeated-term"));
}

function observed(config: ConfigView, { name, feature }: Term): readonly Issue[] {
  const keys = config.value("ot.obs_keys");
  if (!isJsonList(keys)) return [];
  const covers = (key: Json | undefined) =>
    typeof key !== "string" ||
    key === "action" ||
    keys.includes(key) ||
    (keys.includes("observation.images") && key.startsWith("observation.images."));
  return (["src_key", "tgt_key"] as const)
    .filter((side) => !covers(feature[side]))
    .map((side) => error(pathOf(name, side), "check.unobserved", { name: feature[side] ?? null }));
}

function dimensions({ name, feature }: Term): readonly Issue[] {
  const slice = feature["dim_slice"] ?? null;
  const path = pathOf(name, "dim_slice");
  if (slice === null) return [];
  if (!isJsonList(slice) && !isJsonObject(slice)) return [error(path, "check.slice")];
  if (isJsonList(slice) && slice.length !== 2)
    return [error(path, "check.slice-length", { length: slice.length })];
  const [start = null, stop = null] = isJsonList(slice) ? slice : [slice["start"], slice["stop"]];
  if (![start, stop].every((end) => end === null || typeof end === "number"))
    return [error(path, "check.slice-numbers")];
  if (start === null && stop === null) return [warning(path, "check.slice-open")];
  return typeof start === "number" && typeof stop === "number" && stop <= start && stop * start >= 0
    ? [warning(path, "check.slice-empty")]
    : [];
}

const encodable = /^observation\.(state|environment_state|image.*)$/;

function encoder({ name, feature }: Term): readonly Issue[] {
  const { src_key: key } = feature;
  return isTruthy(feature["use_learned_embed"]) && typeof key === "string" && !encodable.test(key)
    ? [error(pathOf(name, "use_learned_embed"), "check.no-encoder", { name: key })]
    : [];
}

/** Keys that count for nothing, or for the contrary. */
function oddities({ name, feature }: Term): readonly Issue[] {
  const isNegative = (key: string) => typeof feature[key] === "number" && feature[key] < 0;
  return [
    ...["weight_embed", "weight_label"]
      .filter(isNegative)
      .map((key) => warning(pathOf(name, key), "check.negative-weight")),
    ...((feature["embed_name"] ?? null) === null
      ? []
      : [warning(pathOf(name, "embed_name"), "check.unused")]),
  ];
}

function weights({ name, feature }: Term): readonly Issue[] {
  const learned = isTruthy(feature["use_learned_embed"]);
  if (feature["weight_label"] !== 0 || (learned && feature["weight_embed"] !== 0)) return [];
  return learned
    ? [warning(pathOf(name), "check.both-0")]
    : [error(pathOf(name, "weight_label"), "check.dead-term")];
}

/** exp() of more overflows in double precision: the plan of that step breaks down (trainer facts 1.2). */
const largestExponent = 709.78;
/** Root-mean-square difference per action value, in raw units, below which ordinary pairs reach the limit. */
const ordinaryDifference = 3;

function underflow(config: ConfigView, { name, feature }: Term): readonly Issue[] {
  const { dim_slice: slice, weight_label: weight, src_key: key } = feature;
  const [reg, chunk] = [config.number("ot.loss_config.reg"), config.number("policy.chunk_size")];
  if (reg === undefined || reg <= 0 || chunk === undefined || typeof weight !== "number" || weight <= 0)
    return [];
  if (isTruthy(feature["use_learned_embed"]) || key !== "action" || !isJsonList(slice ?? null)) return [];
  const [start, stop] = isJsonList(slice) ? slice : [];
  if (typeof start !== "number" || typeof stop !== "number" || start < 0 || stop <= start) return [];
  const values = chunk * (stop - start);
  const difference = Math.sqrt((largestExponent * reg) / (weight * values));
  if (difference >= ordinaryDifference) return [];
  return [
    warning(pathOf(name, "weight_label"), "check.underflow", {
      limit: (largestExponent * reg).toPrecision(3),
      difference: difference.toPrecision(2),
      chunk,
      width: stop - start,
    }),
  ];
}

const featuresPath: readonly PathStep[] = ["ot", "loss_config", "features"].map((key) => ({
  kind: "key",
  key,
}));

function pathOf(name: string, key?: string): string {
  const steps: PathStep[] = [...featuresPath, { kind: "name", name }];
  return formatPath(key === undefined ? steps : [...steps, { kind: "key", key }]);
}
