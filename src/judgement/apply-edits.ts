/** Variants are made here: a parent's text and typed edits become a text that differs in nothing but the edited values. */
import { applyEdits as applyTextEdits, type Edit as TextEdit } from "jsonc-parser";
import { AutoloopError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type JsonTree, jsonOf, parseJsonTree } from "../wire/json-literals.ts";
import { entryName, isJsonList, type JsonPath, resolvePath, valueAt } from "./config-path.ts";
import { appendItem, insertMember, removeAt, replaceValue, treeAt } from "./config-text.ts";
import { type Bounds, requireWithin } from "./edit-bounds.ts";
import { accepts, editedValue } from "./edit-value.ts";
import type { Edit, EditRequest } from "./edits.ts";
import { withoutDust } from "./plain-number.ts";
import { isTruthy } from "./python-truth.ts";
import { fieldAt } from "./schema-at.ts";
import { type ForkProfile, trainerSchema } from "./trainer-schema.ts";
import type { Field } from "./trainer-schema-field.ts";

export interface EditOptions {
  /** Limits of the resulting numbers by path; `[*]` stands for any list entry. Paths without one are unlimited. */
  readonly bounds?: Bounds;
  /** Which trainer will read the file; default `train-logging`. */
  readonly fork?: ForkProfile;
}

export interface EditedConfig {
  readonly text: string;
  readonly config: JsonObject;
  /** One per request, in order, with the values before and after. */
  readonly edits: readonly Edit[];
}

/**
 * Applies the requests one after the other.
 *
 * `set` writes a value (an absent key is inserted where the trainer knows it); `scale` and `add` change the number that counts,
 * be it written or the trainer's default; `add` on a list appends an entry; `remove` takes out a list entry or an optional key.
 * @throws AutoloopError `input.json`; `config.bad-path`, `config.no-such-path`, `config.wrong-type`, `config.out-of-bounds`,
 * `config.no-op` (an edit that changes nothing), `config.required`, `config.dead-term`, `config.duplicate-name`.
 */
export function applyEdits(
  text: string,
  requests: readonly EditRequest[],
  { bounds = {}, fork = "train-logging" }: EditOptions = {},
): EditedConfig {
  const schema = trainerSchema(fork);
  const start: EditedConfig = { text, config: readConfig(text).config, edits: [] };
  return requests.reduce((current: EditedConfig, request) => {
    const { change, edit } = planEdit({ text: current.text, request, schema });
    if (isSame(edit.from, edit.to)) throw noOp(edit);
    requireWithin({ bounds, path: edit.path, value: edit.to });
    const changed = applyTextEdits(current.text, [change]);
    return { text: changed, config: readConfig(changed).config, edits: [...current.edits, edit] };
  }, start);
}

interface Planned {
  readonly change: TextEdit;
  readonly edit: Edit;
}

interface Situation {
  readonly text: string;
  readonly tree: JsonTree;
  readonly config: JsonObject;
  readonly request: EditRequest;
  readonly path: JsonPath;
  readonly field: Field;
}

function planEdit({ text, request, schema }: { text: string; request: EditRequest; schema: Field }): Planned {
  const { tree, config } = readConfig(text);
  const path = resolvePath(config, request.path);
  const field = fieldAt({ schema, config, path });
  if (field === undefined) throw unknownPath(request);
  const situation = { text, tree, config, request, path, field };
  if (request.op === "remove") return planRemoval(situation);
  return request.op === "add" && field.type.kind === "list" ? planAppend(situation) : planValue(situation);
}

function planValue({ text, tree, config, request, path, field }: Situation): Planned {
  const written = treeAt(tree, path);
  const from = written === undefined ? defaultOf(field, request) : jsonOf(written);
  const to = editedValue({ request, field, from });
  refuseDeadTerm({ config, request, path, to });
  if (isJsonList(to) && to.length === 0) throw lastEntry(request);
  const edit = { ...request, from, to };
  if (written !== undefined) return { change: replaceValue(written, { text, value: to }), edit };
  return { change: insertion({ text, tree, path, value: to, request }), edit };
}

function planAppend({ text, tree, request, path, field }: Situation): Planned {
  const array = treeAt(tree, path);
  if (array?.kind !== "array" || field.type.kind !== "list") throw unknownPath(request);
  const { value } = request;
  if (!accepts(field.type.item, value)) {
    throw new AutoloopError("config.wrong-type", {
      what: `\`${request.path}\` cannot take the entry ${JSON.stringify(value)}.`,
      next: "Give an entry with the keys and types that the trainer reads there.",
    });
  }
  const name = entryName(value);
  if (name !== null && array.items.some((item) => entryName(jsonOf(item)) === name)) {
    throw new AutoloopError("config.duplicate-name", {
      what: `\`${request.path}\` already has an entry named \`${name}\`.`,
      next: "Give the new one its own term_name.",
    });
  }
  return { change: appendItem(array, { text, value }), edit: { ...request, from: null, to: value } };
}

function planRemoval({ tree, request, path, field }: Situation): Planned {
  const container = treeAt(tree, path.slice(0, -1));
  const last = path.at(-1);
  const gone = treeAt(tree, path);
  if (gone === undefined || last === undefined) throw notThere(request);
  const edit: Edit = { path: request.path, op: "remove", value: null, from: jsonOf(gone), to: null };
  if (container?.kind === "array" && typeof last === "number") {
    if (container.items.length === 1) throw lastEntry(request);
    return { change: removeAt(container, last), edit };
  }
  if (container?.kind !== "object" || field.required) throw requiredKey(request);
  const index = container.members.findLastIndex((member) => member.key === last);
  return { change: removeAt(container, index), edit };
}

interface Insertion {
  readonly text: string;
  readonly tree: JsonTree;
  readonly path: JsonPath;
  readonly value: Json;
  readonly request: EditRequest;
}

/** Into the innermost block that exists; blocks between it and the key are made. */
function insertion({ text, tree, path, value, request }: Insertion): TextEdit {
  const depth = path.findIndex((_, index) => treeAt(tree, path.slice(0, index + 1)) === undefined);
  const block = treeAt(tree, path.slice(0, depth));
  const [key, ...inner] = path.slice(depth);
  if (block?.kind !== "object" || typeof key !== "string") throw notThere(request);
  const nested = inner.reduceRight((made: Json, step) => ({ [String(step)]: made }), value);
  return insertMember(block, { key, text, value: nested });
}

interface DeadTerm {
  readonly config: JsonObject;
  readonly request: EditRequest;
  readonly path: JsonPath;
  readonly to: Json;
}

/** A cost term that compares only labels is dead at weight 0, and the trainer stops at it (trainer facts 2.6). */
function refuseDeadTerm({ config, request, path, to }: DeadTerm): void {
  if (path.at(-1) !== "weight_label" || to !== 0) return;
  const term = valueAt(config, path.slice(0, -1));
  if (term === undefined || !isJsonObject(term) || isTruthy(term["use_learned_embed"])) return;
  throw new AutoloopError("config.dead-term", {
    what: `\`${request.path}\` cannot be 0: this term compares nothing but labels, and the trainer refuses it then.`,
    next: `Remove the whole term: remove \`${request.path.replace(/\.weight_label$/, "")}\`.`,
  });
}

function defaultOf(field: Field, request: EditRequest): Json {
  if (field.default !== undefined) return field.default;
  if (request.op === "set") return null;
  throw notThere(request);
}

function readConfig(text: string): { tree: JsonTree; config: JsonObject } {
  const tree = parseJsonTree(text);
  const config = jsonOf(tree);
  if (config !== null && isJsonObject(config)) return { tree, config };
  throw new AutoloopError("input.json", {
    what: "The configuration is not a JSON object.",
    next: "Give a file that holds {…}.",
  });
}

function isSame(a: Json, b: Json): boolean {
  if (isJsonList(a) && isJsonList(b))
    return a.length === b.length && a.every((item, i) => isSame(item, b[i] ?? null));
  if (typeof a === "number" && typeof b === "number") return withoutDust(a) === withoutDust(b);
  if (a === null || b === null || !isJsonObject(a) || !isJsonObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key] ?? null, b[key] ?? null));
}

function noOp({ path, op, from }: Edit): AutoloopError {
  return new AutoloopError("config.no-op", {
    what: `\`${op}\` leaves \`${path}\` at ${JSON.stringify(from)}.`,
    next: "Drop this edit or make it larger.",
  });
}

function unknownPath({ path }: EditRequest): AutoloopError {
  return new AutoloopError("config.no-such-path", {
    what: `The trainer reads nothing at \`${path}\`.`,
    next: "Correct the path: an unknown key would be refused or silently ignored.",
  });
}

function notThere({ path, op }: EditRequest): AutoloopError {
  return new AutoloopError("config.no-such-path", {
    what: `\`${path}\` is not in the configuration, so there is nothing to ${op}.`,
    next: "Set it to a value first.",
  });
}

function requiredKey({ path }: EditRequest): AutoloopError {
  return new AutoloopError("config.required", {
    what: `\`${path}\` cannot be removed: the trainer has no default for it.`,
    next: "Set it to another value.",
  });
}

function lastEntry({ path }: EditRequest): AutoloopError {
  return new AutoloopError("config.required", {
    what: `\`${path}\`: the list would be empty, and the trainer needs an entry in it.`,
    next: "Add another entry first, or set `ot.lambda_ot` to 0 for a run without optimal transport.",
  });
}
