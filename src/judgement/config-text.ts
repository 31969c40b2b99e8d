/**
 * Changes of a configuration's text that touch nothing else: the layout of the neighbours is copied, line ends, key order and
 * number style elsewhere stay. Every function returns one replacement for jsonc-parser's `applyEdits`.
 */
import type { Edit as TextEdit } from "jsonc-parser";
import type { Json } from "../json.ts";
import {
  isFloatLiteral,
  type JsonTree,
  memberOf,
  type ObjectTree,
  type Span,
} from "../wire/json-literals.ts";
import { isJsonList, type JsonPath } from "./config-path.ts";

type ArrayTree = Extract<JsonTree, { kind: "array" }>;

export function treeAt(tree: JsonTree, path: JsonPath): JsonTree | undefined {
  let here: JsonTree | undefined = tree;
  for (const step of path) {
    if (here === undefined) return undefined;
    if (typeof step === "number") here = here.kind === "array" ? here.items[step] : undefined;
    else here = memberOf(here, step)?.value;
  }
  return here;
}

interface Change {
  readonly text: string;
  readonly value: Json;
}

export function replaceValue(tree: JsonTree, { text, value }: Change): TextEdit {
  const old = text.slice(tree.offset, endOf(tree));
  const content =
    typeof value === "number"
      ? numberLiteral(value, { asFloat: tree.kind === "number" && isFloatLiteral(tree.literal) })
      : print(value, { text, at: tree.offset, multiline: old.includes("\n") });
  return { offset: tree.offset, length: tree.length, content };
}

/** Adds a key at the end of a block. */
export function insertMember(
  block: ObjectTree,
  { key, text, value }: Change & { readonly key: string },
): TextEdit {
  const last = block.members.at(-1);
  const colon = last === undefined ? ": " : colonOf(last, text);
  return insertLast({
    container: block,
    siblings: block.members,
    text,
    render: (layout) => `${JSON.stringify(key)}${colon}${print(value, layout)}`,
  });
}

/** Adds an entry at the end of a list. */
export function appendItem(array: ArrayTree, { text, value }: Change): TextEdit {
  return insertLast({
    container: array,
    siblings: array.items,
    text,
    render: (layout) => print(value, layout),
  });
}

/** Takes an entry out of a list or a key out of a block, with the comma that belongs to it. */
export function removeAt(container: ArrayTree | ObjectTree, index: number): TextEdit {
  const siblings: readonly Span[] = container.kind === "array" ? container.items : container.members;
  const [before, gone, after] = [siblings[index - 1], siblings[index], siblings[index + 1]];
  if (gone === undefined) throw new RangeError(`no entry ${index}`);
  if (before !== undefined)
    return { offset: endOf(before), length: endOf(gone) - endOf(before), content: "" };
  if (after !== undefined) return { offset: gone.offset, length: after.offset - gone.offset, content: "" };
  return { offset: container.offset + 1, length: container.length - 2, content: "" };
}

/** Shortest writing of a number; `asFloat` keeps the point of a number that was written with one. */
export function numberLiteral(value: number, { asFloat = false } = {}): string {
  if (Object.is(value, -0)) return asFloat ? "0.0" : "0";
  // Python switches to exponents below 1e-4 too.
  const small = value !== 0 && Math.abs(value) < 1e-4;
  const literal = small ? value.toExponential() : String(value);
  return asFloat && /^-?\d+$/.test(literal) ? `${literal}.0` : literal;
}

interface Surroundings {
  readonly container: JsonTree;
  readonly siblings: readonly Span[];
  readonly text: string;
}

interface Insertion extends Surroundings {
  readonly render: (layout: Layout) => string;
}

function insertLast({ container, siblings, text, render }: Insertion): TextEdit {
  const last = siblings.at(-1);
  if (last === undefined) return insertOnly({ container, siblings, text, render });
  const gap = gapBefore({ container, siblings, text });
  const content = `,${gap}${render({ text, at: last.offset, multiline: gap.includes("\n") })}`;
  return { offset: endOf(last), length: 0, content };
}

function insertOnly({ container, text, render }: Insertion): TextEdit {
  const outer = indentAt(text, container.offset);
  const [open, close] = text.includes("\n")
    ? [`${lineEnd(text)}${outer}${indentUnit(text)}`, `${lineEnd(text)}${outer}`]
    : ["", ""];
  const inner = render({ text, at: container.offset, multiline: false });
  return { offset: container.offset + 1, length: container.length - 2, content: `${open}${inner}${close}` };
}

/** White space between the comma (or the opening bracket) and the last entry. */
function gapBefore({ container, siblings, text }: Surroundings): string {
  const [previous, last] = [siblings.at(-2), siblings.at(-1)];
  const start = previous === undefined ? container.offset + 1 : endOf(previous);
  const gap = text.slice(start, last?.offset).replace(/^\s*,/, "");
  return previous === undefined && !gap.includes("\n") ? " " : gap;
}

interface Layout {
  readonly text: string;
  /** Where the value will stand, for its indentation. */
  readonly at: number;
  readonly multiline: boolean;
}

function print(value: Json, { text, at, multiline }: Layout): string {
  if (!multiline || value === null || typeof value !== "object") return printInline(value);
  const indent = `${lineEnd(text)}${indentAt(text, at)}`;
  return JSON.stringify(value, null, indentUnit(text)).replaceAll("\n", indent);
}

function printInline(value: Json): string {
  if (typeof value === "number") return numberLiteral(value);
  if (isJsonList(value)) return `[${value.map(printInline).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${printInline(item)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** What stands between a key and its value, e.g. `: `. */
function colonOf(member: Span & { readonly value: Span }, text: string): string {
  const keyAndColon = text.slice(member.offset, member.value.offset);
  return keyAndColon.slice(keyAndColon.lastIndexOf('"') + 1);
}

function endOf(span: Span): number {
  return span.offset + span.length;
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function indentUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}
