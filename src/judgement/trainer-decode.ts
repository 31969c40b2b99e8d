/**
 * The trainer's reading of a file, value by value: draccus 0.10 for typed blocks, plain Python for `ot.loss_config`
 * (trainer facts 2.1). Says everything that is wrong, where the trainer stops at the first.
 */
import type { Json } from "../json.ts";
import { isFloatLiteral, type JsonTree, jsonOf, memberOf, type ObjectTree } from "../wire/json-literals.ts";
import { numberFrom } from "./config-fill.ts";
import { error, type Issue, warning } from "./config-issues.ts";
import { entryName, formatPath, type PathStep } from "./config-path.ts";
import { nearestName } from "./nearest-name.ts";
import { part } from "./texts.ts";
import type { Field, Fields, FieldType } from "./trainer-schema-field.ts";

/** Where a value stands, and whether the trainer reads that block by hand (`ot.loss_config`). */
interface Place {
  readonly steps: readonly PathStep[];
  readonly byHand: boolean;
}

type Of<Kind extends FieldType["kind"]> = Extract<FieldType, { kind: Kind }>;

export function decodeIssues(schema: Field, tree: JsonTree): readonly Issue[] {
  return [
    ...duplicateKeys(tree, []),
    ...nonFinite(tree, []),
    ...ofField(schema, tree, { steps: [], byHand: false }),
  ];
}

function ofField(field: Field, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind === "null") return field.nullable || field.type.kind === "any" ? [] : ofNull(field, place);
  const { type } = field;
  switch (type.kind) {
    case "int":
      return ofInt(tree, place);
    case "float":
      return ofFloat(tree, place);
    case "bool":
      return ofBool(tree, place);
    case "str":
    case "path":
      return ofText(type.kind, tree, place);
    case "enum":
      return tree.kind === "string" && type.values.includes(tree.value)
        ? []
        : [error(at(place), "check.none-of", { value: show(tree), known: [...type.values] })];
    case "list":
      return ofList(type, tree, place);
    case "map":
      return ofMap(type, tree, place);
    case "object":
      return ofObject(type, tree, place);
    case "choice":
      return ofChoice(type, tree, place);
    case "any":
      return [];
  }
}

function ofNull({ type, required }: Field, place: Place): readonly Issue[] {
  if (type.kind === "str" && !place.byHand && !required) {
    return [warning(at(place), "check.null-text")];
  }
  if (type.kind === "bool" && place.byHand) return [warning(at(place), "check.null-false")];
  return [error(at(place), "check.null", { kind: kindOf(type.kind) })];
}

function ofInt(tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind === "number") {
    if (!isFloatLiteral(tree.literal) || !Number.isFinite(tree.value)) return [];
    const remedy = Number.isInteger(tree.value)
      ? part("check.decimal.write", { integer: String(BigInt(tree.value)) })
      : "";
    return [error(at(place), "check.decimal", { value: tree.literal, remedy })];
  }
  return ofNumberLike("int", tree, place);
}

function ofFloat(tree: JsonTree, place: Place): readonly Issue[] {
  return tree.kind === "number" ? [] : ofNumberLike("float", tree, place);
}

function ofNumberLike(kind: "int" | "float", tree: JsonTree, place: Place): readonly Issue[] {
  const read = numberFrom(jsonOf(tree), kind);
  if (read === null) return [error(at(place), "check.not", { value: show(tree), kind: kindOf(kind) })];
  // Files say false for an int field that used to be a bool: nothing to remark.
  return tree.kind === "boolean" && !tree.value
    ? []
    : [warning(at(place), "check.read-as", { value: show(tree), read: String(read) })];
}

function ofBool(tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind === "boolean") return [];
  if (place.byHand) {
    return [warning(at(place), "check.truthy", { value: show(tree) })];
  }
  if (tree.kind === "string" && (tree.value === "true" || tree.value === "false")) return [];
  return [error(at(place), "check.not", { value: show(tree), kind: kindOf("bool") })];
}

function ofText(kind: "str" | "path", tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind === "string") return [];
  if (kind === "str" && (tree.kind === "number" || tree.kind === "boolean")) return [];
  return [error(at(place), "check.not", { value: show(tree), kind: kindOf(kind) })];
}

function ofList(type: Of<"list">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "array")
    return [error(at(place), "check.not", { value: show(tree), kind: kindOf("list") })];
  if (type.length !== null && tree.items.length !== type.length) {
    return [error(at(place), "check.list-length", { wanted: type.length, length: tree.items.length })];
  }
  return tree.items.flatMap((item, index) => ofField(type.item, item, entered(place, nameOf(item, index))));
}

function ofMap(type: Of<"map">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "object")
    return [error(at(place), "check.not", { value: show(tree), kind: kindOf("map") })];
  return tree.members.flatMap(({ key, value }) => ofField(type.item, value, entered(place, key)));
}

function ofObject(type: Of<"object">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "object")
    return [error(at(place), "check.not", { value: show(tree), kind: kindOf("object") })];
  return ofFields(type.fields, tree, { ...place, byHand: place.byHand || type.open });
}

function ofChoice(type: Of<"choice">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "object")
    return [error(at(place), "check.not", { value: show(tree), kind: kindOf("object") })];
  const typePath = at(stepped(place, "type"));
  const chosen = memberOf(tree, "type")?.value ?? null;
  const name = chosen === null ? type.fallback : String(jsonOf(chosen));
  const known = [...Object.keys(type.options), ...type.unmodelled];
  if (name === null) return [error(typePath, "check.type-missing", { known })];
  if (type.unmodelled.includes(name)) {
    return [error(typePath, "check.other-policy", { name })];
  }
  const fields = Object.hasOwn(type.options, name) ? type.options[name] : undefined;
  if (fields === undefined) return [error(typePath, "check.none-of", { value: JSON.stringify(name), known })];
  const rest = { ...tree, members: tree.members.filter((member) => member.key !== "type") };
  return ofFields(fields, rest, place);
}

function ofFields(fields: Fields, tree: ObjectTree, place: Place): readonly Issue[] {
  const missing = Object.entries(fields)
    .filter(([key, field]) => field.required && memberOf(tree, key) === undefined)
    .map(([key]) => error(at(stepped(place, key)), "check.missing", { key }));
  const present = tree.members.flatMap(({ key, value }) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return field === undefined
      ? [unknownKey({ key, fields, place: stepped(place, key) })]
      : ofField(field, value, stepped(place, key));
  });
  return [...missing, ...present];
}

function unknownKey({ key, fields, place }: { key: string; fields: Fields; place: Place }): Issue {
  const near = nearestName(key, Object.keys(fields));
  const hint = near === null ? "" : part("check.hint", { name: near });
  return place.byHand
    ? warning(at(place), "check.unread-key", { key, hint })
    : error(at(place), "check.unknown-key", { key, hint });
}

function duplicateKeys(tree: JsonTree, steps: readonly PathStep[]): readonly Issue[] {
  return eachChild(tree, steps, duplicateKeys).concat(
    tree.kind !== "object"
      ? []
      : tree.members
          .filter((member) => memberOf(tree, member.key) !== member)
          .map(({ key }) => warning(formatPath([...steps, { kind: "key", key }]), "check.duplicate-key")),
  );
}

function nonFinite(tree: JsonTree, steps: readonly PathStep[]): readonly Issue[] {
  const here = tree.kind === "number" && !Number.isFinite(tree.value);
  return here
    ? [error(formatPath(steps), "check.not-finite", { value: tree.literal })]
    : eachChild(tree, steps, nonFinite);
}

function eachChild(
  tree: JsonTree,
  steps: readonly PathStep[],
  look: (tree: JsonTree, steps: readonly PathStep[]) => readonly Issue[],
): readonly Issue[] {
  if (tree.kind === "array") {
    return tree.items.flatMap((item, index) =>
      look(item, [...steps, { kind: "name", name: nameOf(item, index) }]),
    );
  }
  if (tree.kind !== "object") return [];
  return tree.members.flatMap(({ key, value }) => look(value, [...steps, { kind: "key", key }]));
}

/** People look for an entry by name; one without a name is counted from 1. */
function nameOf(item: JsonTree, index: number): string {
  return entryName(jsonOf(item)) ?? `#${index + 1}`;
}

function stepped(place: Place, key: string): Place {
  return { ...place, steps: [...place.steps, { kind: "key", key }] };
}

function entered(place: Place, name: string): Place {
  return { ...place, steps: [...place.steps, { kind: "name", name }] };
}

function at(place: Place): string {
  return formatPath(place.steps);
}

/** A value in a sentence, cut where it is long. */
function show(tree: JsonTree): string {
  const text = tree.kind === "number" ? tree.literal : JSON.stringify(jsonOf(tree));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Its name in a sentence: the catalogue has one for each. */
function kindOf(kind: FieldType["kind"]): Json {
  return part(`check.kind.${kind}`);
}
