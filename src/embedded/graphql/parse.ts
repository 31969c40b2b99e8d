import { readTokens, type TokenReader } from "./lex.ts";

/** Parses GraphQL documents: operations, fragments, variables, arguments, aliases and directives. No subscriptions. */

export type TypeRef =
  | { readonly kind: "named"; readonly name: string; readonly required: boolean }
  | { readonly kind: "list"; readonly of: TypeRef; readonly required: boolean };

export type ValueNode =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "list"; readonly items: readonly ValueNode[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, ValueNode> };

export type Arguments = ReadonlyMap<string, ValueNode>;

export interface Directive {
  readonly name: string;
  readonly args: Arguments;
}

export interface FieldNode {
  readonly kind: "field";
  readonly name: string;
  /** The key in the answer: the alias, else the name. */
  readonly key: string;
  readonly args: Arguments;
  readonly directives: readonly Directive[];
  readonly selection: readonly SelectionNode[];
}

interface SpreadNode {
  readonly kind: "spread";
  readonly name: string;
  readonly directives: readonly Directive[];
}

interface InlineNode {
  readonly kind: "inline";
  readonly on: string | null;
  readonly directives: readonly Directive[];
  readonly selection: readonly SelectionNode[];
}

export type SelectionNode = FieldNode | SpreadNode | InlineNode;

export interface VariableDefinition {
  readonly name: string;
  readonly type: TypeRef;
  readonly fallback: ValueNode | null;
}

export interface Operation {
  readonly kind: "query" | "mutation";
  readonly name: string | null;
  readonly variables: readonly VariableDefinition[];
  readonly selection: readonly SelectionNode[];
}

interface Fragment {
  readonly on: string;
  readonly selection: readonly SelectionNode[];
}

export interface Document {
  readonly operations: readonly Operation[];
  readonly fragments: ReadonlyMap<string, Fragment>;
}

/** Throws a SyntaxError whose message is worded like a real server's. */
export function parseDocument(source: string): Document {
  const tokens = readTokens(source);
  const operations: Operation[] = [];
  const fragments = new Map<string, Fragment>();
  while (!tokens.ended) {
    if (tokens.skip("fragment")) {
      const name = tokens.name();
      tokens.expect("on");
      fragments.set(name, { on: tokens.name(), selection: readSelection(tokens) });
    } else operations.push(readOperation(tokens));
  }
  if (operations.length === 0) throw new SyntaxError("Syntax Error: Unexpected <EOF>.");
  return { operations, fragments };
}

function readOperation(tokens: TokenReader): Operation {
  if (tokens.sees("{")) {
    return { kind: "query", name: null, variables: [], selection: readSelection(tokens) };
  }
  const kind = tokens.name();
  if (kind !== "query" && kind !== "mutation")
    throw new SyntaxError(`Syntax Error: Unexpected Name "${kind}".`);
  const name = tokens.sees("(") || tokens.sees("{") || tokens.sees("@") ? null : tokens.name();
  const variables = readBetween(tokens, "()", () => readVariable(tokens));
  readDirectives(tokens);
  return { kind, name, variables, selection: readSelection(tokens) };
}

function readVariable(tokens: TokenReader): VariableDefinition {
  tokens.expect("$");
  const name = tokens.name();
  tokens.expect(":");
  const type = readType(tokens);
  return { name, type, fallback: tokens.skip("=") ? readValue(tokens) : null };
}

export function readType(tokens: TokenReader): TypeRef {
  if (tokens.skip("[")) {
    const of = readType(tokens);
    tokens.expect("]");
    return { kind: "list", of, required: tokens.skip("!") };
  }
  return { kind: "named", name: tokens.name(), required: tokens.skip("!") };
}

function readSelection(tokens: TokenReader): readonly SelectionNode[] {
  const selection = readBetween(tokens, "{}", () => readSelectionItem(tokens));
  if (selection.length === 0) tokens.expect("{");
  return selection;
}

function readSelectionItem(tokens: TokenReader): SelectionNode {
  if (tokens.skip("...")) return readSpread(tokens);
  const first = tokens.name();
  const name = tokens.skip(":") ? tokens.name() : first;
  return {
    kind: "field",
    name,
    key: first,
    args: readArguments(tokens),
    directives: readDirectives(tokens),
    selection: tokens.sees("{") ? readSelection(tokens) : [],
  };
}

function readSpread(tokens: TokenReader): SpreadNode | InlineNode {
  if (!tokens.sees("on") && !tokens.sees("{") && !tokens.sees("@")) {
    return { kind: "spread", name: tokens.name(), directives: readDirectives(tokens) };
  }
  const on = tokens.skip("on") ? tokens.name() : null;
  return { kind: "inline", on, directives: readDirectives(tokens), selection: readSelection(tokens) };
}

function readDirectives(tokens: TokenReader): readonly Directive[] {
  const directives: Directive[] = [];
  while (tokens.skip("@")) directives.push({ name: tokens.name(), args: readArguments(tokens) });
  return directives;
}

function readArguments(tokens: TokenReader): Arguments {
  return new Map(readBetween(tokens, "()", () => readEntry(tokens)));
}

function readEntry(tokens: TokenReader): readonly [string, ValueNode] {
  const name = tokens.name();
  tokens.expect(":");
  return [name, readValue(tokens)];
}

function readValue(tokens: TokenReader): ValueNode {
  if (tokens.skip("$")) return { kind: "variable", name: tokens.name() };
  if (tokens.sees("[")) return { kind: "list", items: readBetween(tokens, "[]", () => readValue(tokens)) };
  if (tokens.sees("{")) {
    return { kind: "object", fields: new Map(readBetween(tokens, "{}", () => readEntry(tokens))) };
  }
  const token = tokens.next();
  if (token.kind === "string") return { kind: "literal", value: token.text };
  if (token.kind === "number") return { kind: "literal", value: Number(token.text) };
  if (token.kind !== "name") throw new SyntaxError(`Syntax Error: Unexpected "${token.text}".`);
  return { kind: "literal", value: namedLiteral(token.text) };
}

/** An enum value is passed on as its name. */
function namedLiteral(name: string): string | boolean | null {
  if (name === "null") return null;
  return name === "true" || name === "false" ? name === "true" : name;
}

/** Items between two marks; an absent opening mark means none. */
export function readBetween<Item>(tokens: TokenReader, marks: string, read: () => Item): readonly Item[] {
  const [open = "", close = ""] = marks;
  const items: Item[] = [];
  if (!tokens.skip(open)) return items;
  while (!tokens.skip(close)) items.push(read());
  return items;
}
