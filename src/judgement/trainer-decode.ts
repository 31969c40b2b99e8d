/**
 * The trainer's reading of a file, value by value: draccus 0.10 for typed blocks, plain Python for `ot.loss_config`
 * (trainer facts 2.1). Says everything that is wrong, where the trainer stops at the first.
 */
import { isFloatLiteral, type JsonTree, jsonOf, memberOf, type ObjectTree } from "../wire/json-literals.ts";
import { numberFrom } from "./config-fill.ts";
import { error, type Issue, warning } from "./config-issues.ts";
import { entryName, formatPath, type PathStep } from "./config-path.ts";
import { nearestName } from "./nearest-name.ts";
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
        : [error(at(place), `${show(tree)} is none of ${type.values.join(", ")}.`)];
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
    return [warning(at(place), `null is read as the text "None".`)];
  }
  if (type.kind === "bool" && place.byHand) return [warning(at(place), "null is read as false.")];
  return [error(at(place), `null is not allowed here: ${wanted[type.kind]} is expected.`)];
}

function ofInt(tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind === "number") {
    if (!isFloatLiteral(tree.literal) || !Number.isFinite(tree.value)) return [];
    const remedy = Number.isInteger(tree.value) ? ` Write ${BigInt(tree.value)}.` : "";
    return [
      error(
        at(place),
        `${tree.literal} is a decimal number, and the trainer takes only an integer.${remedy}`,
      ),
    ];
  }
  return ofNumberLike("int", tree, place);
}

function ofFloat(tree: JsonTree, place: Place): readonly Issue[] {
  return tree.kind === "number" ? [] : ofNumberLike("float", tree, place);
}

function ofNumberLike(kind: "int" | "float", tree: JsonTree, place: Place): readonly Issue[] {
  const read = numberFrom(jsonOf(tree), kind);
  if (read === null) return [error(at(place), `${show(tree)} is not ${wanted[kind]}.`)];
  // Files say false for an int field that used to be a bool: nothing to remark.
  return tree.kind === "boolean" && !tree.value
    ? []
    : [warning(at(place), `${show(tree)} is read as ${read}.`)];
}

function ofBool(tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind === "boolean") return [];
  if (place.byHand) {
    return [
      warning(
        at(place),
        `${show(tree)} is not true or false; Python counts any text, even "false", as true.`,
      ),
    ];
  }
  if (tree.kind === "string" && (tree.value === "true" || tree.value === "false")) return [];
  return [error(at(place), `${show(tree)} is not true or false (lower case).`)];
}

function ofText(kind: "str" | "path", tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind === "string") return [];
  if (kind === "str" && (tree.kind === "number" || tree.kind === "boolean")) return [];
  return [error(at(place), `${show(tree)} is not a text.`)];
}

function ofList(type: Of<"list">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "array") return [error(at(place), `${show(tree)} is not a list.`)];
  if (type.length !== null && tree.items.length !== type.length) {
    return [error(at(place), `A list of ${type.length} is expected, not of ${tree.items.length}.`)];
  }
  return tree.items.flatMap((item, index) => ofField(type.item, item, entered(place, nameOf(item, index))));
}

function ofMap(type: Of<"map">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "object") return [error(at(place), `${show(tree)} is not a map.`)];
  return tree.members.flatMap(({ key, value }) => ofField(type.item, value, entered(place, key)));
}

function ofObject(type: Of<"object">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "object") return [error(at(place), `${show(tree)} is not a block ({…}).`)];
  return ofFields(type.fields, tree, { ...place, byHand: place.byHand || type.open });
}

function ofChoice(type: Of<"choice">, tree: JsonTree, place: Place): readonly Issue[] {
  if (tree.kind !== "object") return [error(at(place), `${show(tree)} is not a block ({…}).`)];
  const typePath = at(stepped(place, "type"));
  const chosen = memberOf(tree, "type")?.value ?? null;
  const name = chosen === null ? type.fallback : String(jsonOf(chosen));
  const known = [...Object.keys(type.options), ...type.unmodelled];
  if (name === null) return [error(typePath, `The key \`type\` is missing (one of ${known.join(", ")}).`)];
  if (type.unmodelled.includes(name)) {
    return [
      error(typePath, `"${name}" is no ACT policy: only ACT with OT is checked, judged and trained here.`),
    ];
  }
  const fields = Object.hasOwn(type.options, name) ? type.options[name] : undefined;
  if (fields === undefined) return [error(typePath, `"${name}" is none of ${known.join(", ")}.`)];
  const rest = { ...tree, members: tree.members.filter((member) => member.key !== "type") };
  return ofFields(fields, rest, place);
}

function ofFields(fields: Fields, tree: ObjectTree, place: Place): readonly Issue[] {
  const missing = Object.entries(fields)
    .filter(([key, field]) => field.required && memberOf(tree, key) === undefined)
    .map(([key]) =>
      error(at(stepped(place, key)), `\`${key}\` is missing, and the trainer has no default for it.`),
    );
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
  const hint = near === null ? "" : ` Did you mean \`${near}\`?`;
  return place.byHand
    ? warning(at(place), `The trainer does not read \`${key}\`: it changes nothing.${hint}`)
    : error(at(place), `The trainer knows no \`${key}\` here and refuses the file.${hint}`);
}

function duplicateKeys(tree: JsonTree, steps: readonly PathStep[]): readonly Issue[] {
  return eachChild(tree, steps, duplicateKeys).concat(
    tree.kind !== "object"
      ? []
      : tree.members
          .filter((member) => memberOf(tree, member.key) !== member)
          .map(({ key }) =>
            warning(
              formatPath([...steps, { kind: "key", key }]),
              "The key stands more than once; the last one counts.",
            ),
          ),
  );
}

function nonFinite(tree: JsonTree, steps: readonly PathStep[]): readonly Issue[] {
  const here = tree.kind === "number" && !Number.isFinite(tree.value);
  return here
    ? [
        error(
          formatPath(steps),
          `${tree.literal} is not finite; the trainer would take it and train on nothing but NaN.`,
        ),
      ]
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

const wanted: Readonly<Record<FieldType["kind"], string>> = {
  int: "an integer",
  float: "a number",
  bool: "true or false",
  str: "a text",
  path: "a path",
  enum: "one of the trainer's names",
  list: "a list",
  map: "a map",
  object: "a block",
  choice: "a block",
  any: "a value",
};
