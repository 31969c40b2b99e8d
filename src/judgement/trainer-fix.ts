/** Repairs of a configuration that leave no doubt about what was meant; everything else stays for a person. */
import { applyEdits as applyTextEdits, type Edit as TextEdit } from "jsonc-parser";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { isFloatLiteral, type JsonTree, jsonOf, parseJsonTree } from "../wire/json-literals.ts";
import { fillConfig } from "./config-fill.ts";
import { entryName, formatPath, isJsonList, type JsonPath, parsePath, valueAt } from "./config-path.ts";
import { insertMember, numberLiteral, removeAt, replaceValue, treeAt } from "./config-text.ts";
import { accepts } from "./edit-value.ts";
import { fieldAt } from "./schema-at.ts";
import { type ForkProfile, trainerSchema } from "./trainer-schema.ts";
import type { Field } from "./trainer-schema-field.ts";

export interface FixRequest {
  readonly text: string;
  readonly fork: ForkProfile;
  /** Values to write where the file has none (or null), by dotted path, e.g. `{"ot.bc_src_weight": 0.9}`. */
  readonly defaults?: Readonly<Record<string, Json>>;
}

export interface ConfigFix {
  readonly path: string;
  /** Values before and after; null where there was or is none. */
  readonly from: Json;
  readonly to: Json;
  /** How the file wrote `from`, where that is what was wrong: `12.0`. */
  readonly literal?: string;
  readonly reason: string;
}

export interface FixedConfig {
  readonly text: string;
  readonly fixes: readonly ConfigFix[];
}

interface Context {
  readonly text: string;
  readonly tree: JsonTree;
  readonly config: JsonObject;
  readonly schema: Field;
}

interface Repair {
  readonly fix: ConfigFix;
  readonly change: TextEdit;
}

/**
 * Corrects what is certain, by text edits that change nothing else: `12.0` where an integer is wanted, `"True"` for true, settings' defaults that
 * are missing, `push_to_hub` without a repository, a misplaced copy of a key that also stands where the trainer reads it,
 * a byte order mark. What is left is found by checking the result.
 * @throws AutoloopError `input.json`.
 */
export function fixConfig({ text, fork, defaults = {} }: FixRequest): FixedConfig {
  const schema = trainerSchema(fork);
  const start = withoutMark(text);
  const repairs: readonly ((context: Context) => Repair | null)[] = [
    wholeNumber,
    pythonTruth,
    misplacedCopy,
    hubUpload,
    ...Object.entries(defaults).map(
      ([path, value]) =>
        (context: Context) =>
          missingDefault({ context, path, value }),
    ),
  ];
  return repairs.reduce((current, repair) => exhaust({ current, repair, schema }), start);
}

interface Exhaust {
  readonly current: FixedConfig;
  readonly repair: (context: Context) => Repair | null;
  readonly schema: Field;
}

/** Every change moves the offsets of the next, so the text is read again after each. */
function exhaust({ current, repair, schema }: Exhaust): FixedConfig {
  let { text, fixes } = current;
  for (;;) {
    const tree = parseJsonTree(text);
    const config = jsonOf(tree);
    const found = config !== null && isJsonObject(config) ? repair({ text, tree, config, schema }) : null;
    if (found === null) return { text, fixes };
    text = applyTextEdits(text, [found.change]);
    fixes = [...fixes, found.fix];
  }
}

function withoutMark(text: string): FixedConfig {
  if (!text.startsWith("\ufeff")) return { text, fixes: [] };
  const fix = { path: "", from: null, to: null, reason: "The trainer's reader refuses a byte order mark." };
  return { text: text.slice(1), fixes: [fix] };
}

function wholeNumber({ tree, config, schema }: Context): Repair | null {
  for (const { path, value } of leaves(tree, [])) {
    if (value.kind !== "number" || !isFloatLiteral(value.literal) || !Number.isSafeInteger(value.value))
      continue;
    if (fieldAt({ schema, config, path })?.type.kind !== "int") continue;
    const content = numberLiteral(value.value);
    return {
      change: { offset: value.offset, length: value.length, content },
      fix: {
        path: namedPath(config, path),
        from: value.value,
        to: value.value,
        literal: value.literal,
        reason: `The trainer takes only an integer: ${value.literal} is written ${content}.`,
      },
    };
  }
  return null;
}

/** `"True"`, as Python writes it. Not in `ot.loss_config`, where any text counts as true and what was meant is a guess. */
function pythonTruth({ text, tree, config, schema }: Context): Repair | null {
  for (const { path, value } of leaves(tree, [])) {
    if (value.kind !== "string" || (value.value !== "True" && value.value !== "False")) continue;
    if (path[1] === "loss_config" || fieldAt({ schema, config, path })?.type.kind !== "bool") continue;
    const reason = "The trainer takes only true and false.";
    return written({ context: { text, tree, config, schema }, path, value: value.value === "True", reason });
  }
  return null;
}

/** E.g. `ot.heuristic` beside an equal `ot.loss_config.heuristic`: the copy only makes the trainer refuse the file. */
function misplacedCopy({ tree, config, schema }: Context): Repair | null {
  const ot = treeAt(tree, ["ot"]);
  if (ot?.kind !== "object" || fieldAt({ schema, config, path: ["ot"] }) === undefined) return null;
  const index = ot.members.findIndex(({ key, value }) => {
    const read = valueAt(config, ["ot", "loss_config", key]);
    const isUnknown = fieldAt({ schema, config, path: ["ot", key] }) === undefined;
    return isUnknown && read !== undefined && JSON.stringify(read) === JSON.stringify(jsonOf(value));
  });
  const copy = ot.members[index];
  if (copy === undefined) return null;
  return {
    change: removeAt(ot, index),
    fix: {
      path: `ot.${copy.key}`,
      from: jsonOf(copy.value),
      to: null,
      reason: `The trainer reads it at \`ot.loss_config.${copy.key}\`, where the same value stands.`,
    },
  };
}

function hubUpload({ text, tree, config, schema }: Context): Repair | null {
  const filled = fillConfig(schema, config);
  const policy = treeAt(tree, ["policy"]);
  const uploads = valueAt(filled, ["policy", "push_to_hub"]) === true;
  if (!uploads || valueAt(filled, ["policy", "repo_id"]) !== null || policy?.kind !== "object") return null;
  return written({
    context: { text, tree, config, schema },
    path: ["policy", "push_to_hub"],
    value: false,
    reason: "Uploading needs `policy.repo_id`, and the default is to upload.",
  });
}

interface MissingDefault {
  readonly context: Context;
  readonly path: string;
  readonly value: Json;
}

function missingDefault({ context, path, value }: MissingDefault): Repair | null {
  const keys = parsePath(path).map((step) => (step.kind === "key" ? step.key : step.name));
  const field = fieldAt({ schema: context.schema, config: context.config, path: keys });
  if (field === undefined || !accepts(field, value) || value === null) return null;
  if ((valueAt(context.config, keys) ?? null) !== null || !isWanted(context, keys)) return null;
  return written({ context, path: keys, value, reason: "It was missing; this is the settings' default." });
}

/** Knobs of a switched-off `ot` are not missed. */
function isWanted({ config, schema }: Context, [block]: JsonPath): boolean {
  return block !== "ot" || valueAt(fillConfig(schema, config), ["ot", "enable"]) === true;
}

interface Writing {
  readonly context: Context;
  readonly path: JsonPath;
  readonly value: Json;
  readonly reason: string;
}

function written({ context: { text, tree, config }, path, value, reason }: Writing): Repair | null {
  const fix = { path: namedPath(config, path), from: valueAt(config, path) ?? null, to: value, reason };
  const old = treeAt(tree, path);
  if (old !== undefined) return { change: replaceValue(old, { text, value }), fix };
  const block = treeAt(tree, path.slice(0, -1));
  const key = path.at(-1);
  if (block?.kind !== "object" || typeof key !== "string") return null;
  return { change: insertMember(block, { key, text, value }), fix };
}

interface Leaf {
  readonly path: JsonPath;
  readonly value: JsonTree;
}

function leaves(tree: JsonTree, path: JsonPath): readonly Leaf[] {
  if (tree.kind === "array") return tree.items.flatMap((item, index) => leaves(item, [...path, index]));
  if (tree.kind !== "object") return [{ path, value: tree }];
  return tree.members.flatMap(({ key, value }) => leaves(value, [...path, key]));
}

/** As people write it: list entries by name. */
function namedPath(config: JsonObject, path: JsonPath): string {
  return formatPath(
    path.map((step, index) => {
      if (typeof step === "string") return { kind: "key", key: step };
      const list = valueAt(config, path.slice(0, index));
      const entry = isJsonList(list) ? list[step] : undefined;
      return { kind: "name", name: entryName(entry) ?? `#${step + 1}` };
    }),
  );
}
