/**
 * Paths into a training configuration: `ot.loss_config.features[action_lbl].weight_label`. Keys are separated by dots, entries
 * of lists stand in brackets by name (term_name, else src_key; a plain string is its own name), never by index. Brackets also
 * take keys of objects. A name may contain dots and balanced brackets; any other name is written as a JSON string: `["a].b"]`.
 */
import { AutoloopError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { nearestName } from "./nearest-name.ts";
import { isTruthy } from "./python-truth.ts";

export type PathStep =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "name"; readonly name: string };

/** Keys and list indices, as JSON tools take them. */
export type JsonPath = readonly (string | number)[];

/** @throws AutoloopError `config.bad-path`. */
export function parsePath(path: string): readonly PathStep[] {
  const steps: PathStep[] = [];
  let at = 0;
  while (at < path.length) {
    if (path[at] === "[") {
      const { name, end } = readBracket(path, at);
      steps.push({ kind: "name", name });
      at = end;
    } else {
      if (at > 0 && path[at] !== ".")
        throw badPath({ path, why: "a dot or a bracket is expected after a bracket" });
      const start = at > 0 ? at + 1 : 0;
      const key = /^[^.[\]]+/.exec(path.slice(start))?.[0];
      if (key === undefined) throw badPath({ path, why: "a key is missing" });
      steps.push({ kind: "key", key });
      at = start + key.length;
      if (path[at] === "]") throw badPath({ path, why: "a bracket closes that was not opened" });
    }
  }
  if (steps.length === 0) throw badPath({ path, why: "it is empty" });
  return steps;
}

export function formatPath(steps: readonly PathStep[]): string {
  return steps
    .map((step, index) => {
      if (step.kind === "name") return formatName(step.name);
      if (!/^[^.[\]]+$/.test(step.key)) return `[${JSON.stringify(step.key)}]`;
      return index === 0 ? step.key : `.${step.key}`;
    })
    .join("");
}

/** How a list entry is addressed: its term_name, else its src_key; a string by itself; null: it has no name. */
export function entryName(entry: Json | undefined): string | null {
  if (typeof entry === "string") return entry;
  if (entry === undefined || !isJsonObject(entry)) return null;
  const { term_name: term, src_key: source } = entry;
  if (typeof term === "string" && term !== "") return term;
  return typeof source === "string" ? source : null;
}

/**
 * The JSON path of `path` in `config`. List entries must exist and be the only one of their name; keys of objects need not
 * exist, so that a value can be put there (see `valueAt`).
 * @throws AutoloopError `config.bad-path`, `config.no-such-path`.
 */
export function resolvePath(config: JsonObject, path: string): JsonPath {
  const resolved: (string | number)[] = [];
  let here: Json | undefined = config;
  for (const step of parsePath(path)) {
    const next: string | number = isJsonList(here)
      ? indexOfEntry({ list: here, step, path })
      : keyOf({ value: here, step, path });
    resolved.push(next);
    here = childOf(here, next);
  }
  return resolved;
}

export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value at a JSON path; undefined where there is none. */
export function valueAt(config: Json, path: JsonPath): Json | undefined {
  let here: Json | undefined = config;
  for (const step of path) here = childOf(here, step);
  return here;
}

/** Names of the cost terms that compare raw labels: the features with `use_learned_embed` false. */
export function labelFeatures(config: JsonObject): readonly string[] {
  const features = valueAt(config, ["ot", "loss_config", "features"]);
  if (!isJsonList(features)) return [];
  return features
    .filter((feature: Json) => isJsonObject(feature) && !isTruthy(feature["use_learned_embed"]))
    .map(entryName)
    .filter((name) => name !== null);
}

/** The value one step down; undefined where there is none. */
export function childOf(value: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === "number") return isJsonList(value) ? value[step] : undefined;
  return value !== undefined && isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

interface StepContext {
  readonly step: PathStep;
  readonly path: string;
}

function indexOfEntry({ list, step, path }: StepContext & { readonly list: readonly Json[] }): number {
  const names = list.map(entryName);
  if (step.kind === "key") {
    throw noSuchPath({
      path,
      why: `a list stands before \`.${step.key}\``,
      next: `Name the entry in brackets: ${names.join(", ")}.`,
    });
  }
  const index = names.indexOf(step.name);
  if (index < 0) {
    const near = nearestName(
      step.name,
      names.filter((name) => name !== null),
    );
    const hint = near === null ? "" : ` Did you mean \`${near}\`?`;
    throw noSuchPath({
      path,
      why: `no entry is named \`${step.name}\``,
      next: `The list has: ${names.join(", ") || "nothing"}.${hint}`,
    });
  }
  if (names.lastIndexOf(step.name) !== index) {
    throw noSuchPath({
      path,
      why: `two entries are named \`${step.name}\``,
      next: "Give each its own term_name.",
    });
  }
  return index;
}

function keyOf({ value, step, path }: StepContext & { readonly value: Json | undefined }): string {
  if (value !== undefined && !isJsonObject(value)) {
    throw noSuchPath({
      path,
      why: `${JSON.stringify(value)} has no parts`,
      next: "Shorten the path to that value.",
    });
  }
  if (step.kind === "key") return step.key;
  if (value !== undefined && Object.hasOwn(value, step.name)) return step.name;
  throw noSuchPath({
    path,
    why: `\`${step.name}\` is not there`,
    next: "Only entries that exist can be named in brackets.",
  });
}

function readBracket(path: string, open: number): { name: string; end: number } {
  const quoted = /^\[("(?:[^"\\]|\\.)*")\]/.exec(path.slice(open));
  if (quoted?.[1] !== undefined) return { name: unquote(path, quoted[1]), end: open + quoted[0].length };
  let depth = 0;
  for (let at = open; at < path.length; at += 1) {
    if (path[at] === "[") depth += 1;
    if (path[at] === "]") depth -= 1;
    if (depth > 0) continue;
    const name = path.slice(open + 1, at);
    if (name === "") throw badPath({ path, why: "a name in brackets is empty" });
    return { name, end: at + 1 };
  }
  throw badPath({ path, why: "a bracket is not closed" });
}

function unquote(path: string, literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch (cause) {
    throw badPath({ path, why: `${literal} is not a JSON string`, cause });
  }
}

function formatName(name: string): string {
  return name === "" || name.startsWith('"') || !isBalanced(name) ? `[${JSON.stringify(name)}]` : `[${name}]`;
}

function isBalanced(name: string): boolean {
  let depth = 0;
  for (const letter of name) {
    if (letter === "[") depth += 1;
    if (letter === "]") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function badPath({ path, why, cause }: { path: string; why: string; cause?: unknown }): AutoloopError {
  return new AutoloopError("config.bad-path", {
    what: `\`${path}\` is not a path: ${why}.`,
    next: "Write it like `ot.loss_config.features[action_lbl].weight_label`.",
    cause,
  });
}

function noSuchPath({ path, why, next }: { path: string; why: string; next: string }): AutoloopError {
  return new AutoloopError("config.no-such-path", {
    what: `\`${path}\` is not in the configuration: ${why}.`,
    next,
  });
}
