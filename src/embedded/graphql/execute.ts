import type {
  Arguments,
  Directive,
  Document,
  FieldNode,
  Operation,
  SelectionNode,
  ValueNode,
} from "./parse.ts";
import { written } from "./written.ts";

/** Runs a validated operation over a tree of resolvers and answers exactly the selected fields, under their aliases. */

type Resolved = null | string | number | boolean | Inline | InlineText | Node | readonly Resolved[];

/** A JSON value answered as it is, without a selection. */
interface Inline {
  readonly json: unknown;
}

/** The same, written already. */
interface InlineText {
  readonly jsonText: string;
}

export type FieldArguments = Readonly<Record<string, unknown>>;

export interface Node {
  readonly typename: string;
  readonly fields: Readonly<Record<string, (args: FieldArguments) => Resolved>>;
}

export interface FieldError {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

export interface Execution {
  readonly document: Document;
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly root: Node;
}

export interface Executed {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly FieldError[];
}

/** A resolver that throws answers null and an error with the path of its field; the other fields stand. */
export function execute({ document, operation, variables, root }: Execution): Executed {
  const errors: FieldError[] = [];
  const values = withFallbacks(operation, variables);

  const answerNode = (node: Node, selection: readonly SelectionNode[], path: FieldError["path"]) =>
    Object.fromEntries(
      [...collect(selection)].map(([key, field]) => [key, answerField(node, field, [...path, key])]),
    );

  const answerField = (node: Node, field: FieldNode, path: FieldError["path"]): unknown => {
    if (field.name === "__typename") return node.typename;
    try {
      const resolve = node.fields[field.name];
      if (!resolve) throw new Error(`no resolver for "${field.name}" of "${node.typename}"`);
      return complete(resolve(argumentsOf(field.args)), field.selection, path);
    } catch (thrown) {
      errors.push({ message: thrown instanceof Error ? thrown.message : String(thrown), path });
      return null;
    }
  };

  const complete = (
    value: Resolved,
    selection: readonly SelectionNode[],
    path: FieldError["path"],
  ): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) return value.map((item, index) => complete(item, selection, [...path, index]));
    if ("jsonText" in value) return written(value.jsonText);
    return "json" in value ? value.json : answerNode(value, selection, path);
  };

  const argumentsOf = (args: Arguments): FieldArguments =>
    Object.fromEntries([...args].map(([name, value]) => [name, evaluate(value, values)]));

  const collect = (selection: readonly SelectionNode[], into = new Map<string, FieldNode>()) => {
    for (const node of selection) {
      if (!isIncluded(node.directives, values)) continue;
      if (node.kind === "spread") collect(document.fragments.get(node.name)?.selection ?? [], into);
      else if (node.kind === "inline") collect(node.selection, into);
      else {
        const merged = [...(into.get(node.key)?.selection ?? []), ...node.selection];
        into.set(node.key, { ...node, selection: merged });
      }
    }
    return into;
  };

  return { data: answerNode(root, operation.selection, []), errors };
}

function isList(value: Resolved): value is readonly Resolved[] {
  return Array.isArray(value);
}

function isIncluded(directives: readonly Directive[], values: FieldArguments): boolean {
  return directives.every(({ name, args }) => {
    const condition = args.get("if");
    const holds = condition !== undefined && evaluate(condition, values) === true;
    return name === "skip" ? !holds : name !== "include" || holds;
  });
}

function withFallbacks(operation: Operation, given: FieldArguments): FieldArguments {
  const fallbacks = operation.variables.flatMap(({ name, fallback }) =>
    fallback ? [[name, evaluate(fallback, {})] as const] : [],
  );
  return { ...Object.fromEntries(fallbacks), ...given };
}

function evaluate(value: ValueNode, values: FieldArguments): unknown {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "variable":
      return values[value.name];
    case "list":
      return value.items.map((item) => evaluate(item, values));
    case "object":
      return Object.fromEntries([...value.fields].map(([name, field]) => [name, evaluate(field, values)]));
  }
}
