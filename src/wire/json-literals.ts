/**
 * JSON read with its literals and offsets: `12.0` and `12` are told apart, duplicate keys stay visible, and Python's bare
 * NaN, Infinity and -Infinity are numbers. Comments and trailing commas are refused, as Python refuses them.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { AutoloopError } from "../errors.ts";
import type { Json } from "../json.ts";

/** A place in the text that was parsed, in UTF-16 units. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

export interface JsonMember extends Span {
  readonly key: string;
  readonly value: JsonTree;
}

/** `members` keeps duplicate keys in order; whoever reads a value takes the last one, as Python and JavaScript do. */
export type JsonTree = Span &
  (
    | { readonly kind: "null" }
    | { readonly kind: "boolean"; readonly value: boolean }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "number"; readonly value: number; readonly literal: string }
    | { readonly kind: "array"; readonly items: readonly JsonTree[] }
    | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  );

export type ObjectTree = Extract<JsonTree, { kind: "object" }>;

/** Deeper than any file that is meant; guards the recursive readers against hostile nesting. */
const maxDepth = 400;

/**
 * @throws AutoloopError `input.json` with line and column.
 */
export function parseJsonTree(text: string): JsonTree {
  const errors: ParseError[] = [];
  const root = parseTree(maskForeignTokens(text), errors, {
    disallowComments: true,
    allowTrailingComma: false,
  });
  const [first] = errors;
  if (first !== undefined)
    throw notJson({
      text,
      offset: first.offset,
      why: reasons[printParseErrorCode(first.error)] ?? "this is not valid",
    });
  if (root === undefined) throw notJson({ text, offset: 0, why: "there is no value" });
  return toTree(root, text);
}

/** The plain value; keys become own properties, `__proto__` included. */
export function jsonOf(tree: JsonTree): Json {
  switch (tree.kind) {
    case "null":
      return null;
    case "array":
      return tree.items.map(jsonOf);
    case "object":
      return Object.fromEntries(tree.members.map((member) => [member.key, jsonOf(member.value)]));
    default:
      return tree.value;
  }
}

/** A tree of a value that has no text: offsets are 0, integral numbers count as integers. */
export function treeOf(value: Json): JsonTree {
  const span = { offset: 0, length: 0 };
  if (value === null) return { ...span, kind: "null" };
  if (typeof value === "boolean") return { ...span, kind: "boolean", value };
  if (typeof value === "string") return { ...span, kind: "string", value };
  if (typeof value === "number") return { ...span, kind: "number", value, literal: String(value) };
  if (isArray(value)) return { ...span, kind: "array", items: value.map(treeOf) };
  const members = Object.entries(value).map(([key, member]) => ({ ...span, key, value: treeOf(member) }));
  return { ...span, kind: "object", members };
}

/** The member that counts when a key stands more than once: the last. */
export function memberOf(tree: JsonTree, key: string): JsonMember | undefined {
  return tree.kind === "object" ? tree.members.findLast((member) => member.key === key) : undefined;
}

/** Python's json writes a float with a point or an exponent, and reads only the others as int. */
export function isFloatLiteral(literal: string): boolean {
  return !/^-?\d+$/.test(literal);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

// Strings are matched first so that nothing inside them is touched; brackets only to count depth.
const tokens = /"(?:[^"\\\n]|\\.)*"|(?<![\w.+-])(?:-?Infinity|NaN)(?![\w.+])|[[\]{}]/g;

/** Same length, valid JSON: every offset of the parse holds for the original text too. */
function maskForeignTokens(text: string): string {
  let depth = 0;
  const masked = text.replace(tokens, (token, offset: number) => {
    if (token === "NaN" || token.endsWith("Infinity")) {
      return token.startsWith("-") ? "-".padEnd(token.length, "1") : "".padEnd(token.length, "1");
    }
    if (token === "[" || token === "{") {
      depth += 1;
      if (depth > maxDepth) throw notJson({ text, offset, why: `nested deeper than ${maxDepth} levels` });
    }
    if (token === "]" || token === "}") depth -= 1;
    return token;
  });
  return masked.startsWith("\ufeff") ? ` ${masked.slice(1)}` : masked;
}

function toTree(node: Node, text: string): JsonTree {
  const span = { offset: node.offset, length: node.length };
  switch (node.type) {
    case "null":
      return { ...span, kind: "null" };
    case "boolean":
      return { ...span, kind: "boolean", value: node.value === true };
    case "string":
      return { ...span, kind: "string", value: String(node.value) };
    case "number": {
      const literal = text.slice(node.offset, node.offset + node.length);
      return { ...span, kind: "number", value: Number(literal), literal };
    }
    case "array":
      return { ...span, kind: "array", items: (node.children ?? []).map((child) => toTree(child, text)) };
    default:
      return {
        ...span,
        kind: "object",
        members: (node.children ?? []).flatMap((property) => toMember(property, text)),
      };
  }
}

function toMember(property: Node, text: string): JsonMember[] {
  const [key, value] = property.children ?? [];
  if (key === undefined || value === undefined) return [];
  return [
    { offset: property.offset, length: property.length, key: String(key.value), value: toTree(value, text) },
  ];
}

function notJson({ text, offset, why }: { text: string; offset: number; why: string }): AutoloopError {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  const column = (before.at(-1) ?? "").length + 1;
  return new AutoloopError("input.json", {
    what: `Not JSON at line ${before.length}, column ${column}: ${why}.`,
    next: "Correct the text there.",
  });
}

const reasons: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is no JSON value",
  PropertyNameExpected: "a key in double quotes is expected (a trailing comma is not allowed)",
  ValueExpected: "a value is expected",
  ColonExpected: "a colon is missing",
  CommaExpected: "a comma is missing",
  CloseBraceExpected: "a closing brace is missing",
  CloseBracketExpected: "a closing bracket is missing",
  EndOfFileExpected: "something follows after the end of the value",
  InvalidCommentToken: "comments are not allowed",
  UnexpectedEndOfComment: "comments are not allowed",
  UnexpectedEndOfString: "a string is not closed on its line",
  UnexpectedEndOfNumber: "a number breaks off",
  InvalidUnicode: "a \\u escape needs four hexadecimal digits",
  InvalidEscapeCharacter: "an escape that JSON does not know",
  InvalidCharacter: "a control character inside a string",
};
