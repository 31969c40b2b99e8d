import type {
  Arguments,
  Document,
  FieldNode,
  Operation,
  SelectionNode,
  TypeRef,
  ValueNode,
  VariableDefinition,
} from "./parse.ts";
import { innermost, type Schema, spell, type TypeDefinition } from "./schema.ts";

/**
 * What a real server refuses before it runs anything: unknown fields, arguments, fragments and variables, missing
 * required arguments, and variables of the wrong type. Without this a typo would pass unnoticed whenever the answer
 * happens to be empty.
 */

interface Scope {
  readonly schema: Schema;
  readonly document: Document;
  readonly variables: ReadonlyMap<string, VariableDefinition>;
  /** Fragments on the way down, against cycles. */
  readonly open: readonly string[];
}

/** Error messages, worded as GraphQL servers word them; empty = valid. */
export function validate(schema: Schema, document: Document, operation: Operation): readonly string[] {
  const variables = new Map(operation.variables.map((variable) => [variable.name, variable]));
  const root = operation.kind === "query" ? "Query" : "Mutation";
  return [
    ...operation.variables
      .filter(({ type }) => !schema.has(innermost(type)))
      .map(({ type }) => `Unknown type "${innermost(type)}".`),
    ...checkSelection({ schema, document, variables, open: [] }, root, operation.selection),
  ];
}

function checkSelection(
  scope: Scope,
  typeName: string,
  selection: readonly SelectionNode[],
): readonly string[] {
  const type = scope.schema.get(typeName);
  if (!type) return [`Unknown type "${typeName}".`];
  return selection.flatMap((node) => {
    if (node.kind === "field") return checkField(scope, type, node);
    if (node.kind === "inline") return checkSelection(scope, node.on ?? typeName, node.selection);
    const fragment = scope.document.fragments.get(node.name);
    if (!fragment) return [`Unknown fragment "${node.name}".`];
    if (scope.open.includes(node.name)) return [`Cannot spread fragment "${node.name}" within itself.`];
    return checkSelection({ ...scope, open: [...scope.open, node.name] }, fragment.on, fragment.selection);
  });
}

function checkField(scope: Scope, parent: TypeDefinition, node: FieldNode): readonly string[] {
  if (node.name === "__typename") return [];
  const field = parent.fields.get(node.name);
  if (!field) return [`Cannot query field "${node.name}" on type "${parent.name}".`];
  const where = `field "${node.name}" of type "${parent.name}"`;
  return [
    ...checkArguments(scope, { given: node.args, wanted: field.args, where }),
    ...checkShape(scope, node, field.type),
  ];
}

function checkShape(scope: Scope, node: FieldNode, type: TypeRef): readonly string[] {
  const isObject = scope.schema.get(innermost(type))?.kind === "type";
  if (isObject && node.selection.length > 0) return checkSelection(scope, innermost(type), node.selection);
  if (isObject) return [`Field "${node.name}" of type "${spell(type)}" must have a selection of subfields.`];
  return node.selection.length > 0
    ? [`Field "${node.name}" must not have a selection since type "${spell(type)}" has no subfields.`]
    : [];
}

interface ArgumentCheck {
  readonly given: Arguments;
  readonly wanted: ReadonlyMap<string, TypeRef>;
  readonly where: string;
}

function checkArguments(scope: Scope, { given, wanted, where }: ArgumentCheck): readonly string[] {
  const missing = [...wanted]
    .filter(([name, type]) => type.required && !given.has(name))
    .map(([name, type]) => `Argument "${name}" of type "${spell(type)}" is required on ${where}.`);
  const wrong = [...given].flatMap(([name, value]) => {
    const type = wanted.get(name);
    return type ? checkValue(scope, value, type) : [`Unknown argument "${name}" on ${where}.`];
  });
  return [...missing, ...wrong];
}

function checkValue(scope: Scope, value: ValueNode, type: TypeRef): readonly string[] {
  if (value.kind === "variable") return checkVariable(scope, value.name, type);
  if (value.kind === "list") {
    return value.items.flatMap((item) => checkValue(scope, item, type.kind === "list" ? type.of : type));
  }
  if (value.kind === "literal") {
    return value.value === null && type.required
      ? [`Expected value of type "${spell(type)}", found null.`]
      : [];
  }
  const input = scope.schema.get(innermost(type));
  if (input?.kind !== "input") return [];
  const wanted = new Map([...input.fields].map(([name, field]) => [name, field.type]));
  return checkArguments(scope, { given: value.fields, wanted, where: `input "${input.name}"` });
}

function checkVariable(scope: Scope, name: string, wanted: TypeRef): readonly string[] {
  const variable = scope.variables.get(name);
  if (!variable) return [`Variable "$${name}" is not defined.`];
  const given = variable.fallback ? { ...variable.type, required: true } : variable.type;
  if (fits(given, wanted)) return [];
  return [
    `Variable "$${name}" of type "${spell(variable.type)}" used in position expecting type "${spell(wanted)}".`,
  ];
}

function fits(given: TypeRef, wanted: TypeRef): boolean {
  if (wanted.required && !given.required) return false;
  if (given.kind === "list") return wanted.kind === "list" && fits(given.of, wanted.of);
  return wanted.kind === "named" && given.name === wanted.name;
}
