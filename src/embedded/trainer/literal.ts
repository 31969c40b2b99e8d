import { PythonError } from "./python-error.ts";
import { floatLiteral } from "./python-number.ts";

/**
 * A JSON value that still knows how its numbers were written: `12` is an int, `12.0` is not, and Python's `NaN` and `Infinity` are
 * accepted (trainer facts 2.1).
 */
export type Literal = null | boolean | string | NumberLiteral | readonly Literal[] | LiteralMap;
export type LiteralMap = ReadonlyMap<string, Literal>;

export interface NumberLiteral {
  readonly value: number;
  readonly isInt: boolean;
}

export function int(value: number): NumberLiteral {
  return { value, isInt: true };
}

export function float(value: number): NumberLiteral {
  return { value, isInt: false };
}

export function isMap(literal: Literal | undefined): literal is LiteralMap {
  return literal instanceof Map;
}

export function isList(literal: Literal | undefined): literal is readonly Literal[] {
  return Array.isArray(literal);
}

export function isNumber(literal: Literal | undefined): literal is NumberLiteral {
  return typeof literal === "object" && literal !== null && !isMap(literal) && !isList(literal);
}

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)|(true|false|null|NaN|-?Infinity))/y;

const WORDS: Readonly<Record<string, Literal>> = {
  true: true,
  false: false,
  null: null,
  NaN: float(Number.NaN),
  Infinity: float(Number.POSITIVE_INFINITY),
  "-Infinity": float(Number.NEGATIVE_INFINITY),
};

type Token = { readonly mark: string } | { readonly literal: Literal };

/** Parses as Python's `json.loads` does; throws its JSONDecodeError. */
export function parseLiteral(text: string): Literal {
  let at = 0;

  function next(): Token {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw expectingValue(text, at);
    at = TOKEN.lastIndex;
    const [, mark, quoted, number, fraction, exponent, word] = match;
    if (mark !== undefined) return { mark };
    if (quoted !== undefined) return { literal: unquote(quoted, { text, at }) };
    if (number !== undefined) {
      return { literal: { value: Number(number), isInt: fraction === undefined && exponent === undefined } };
    }
    return { literal: WORDS[word ?? "null"] ?? null };
  }

  function value(token: Token): Literal {
    if ("literal" in token) return token.literal;
    if (token.mark === "{") return object();
    if (token.mark === "[") return list();
    throw expectingValue(text, at - 1);
  }

  function list(): Literal {
    const items: Literal[] = [];
    let token = next();
    if (isMark(token, "]")) return items;
    for (;;) {
      items.push(value(token));
      token = next();
      if (isMark(token, "]")) return items;
      if (!isMark(token, ",")) throw expectingValue(text, at);
      token = next();
    }
  }

  function object(): Literal {
    const entries = new Map<string, Literal>();
    let token = next();
    if (isMark(token, "}")) return entries;
    for (;;) {
      if (!("literal" in token) || typeof token.literal !== "string") throw expectingValue(text, at);
      if (!isMark(next(), ":")) throw expectingValue(text, at);
      entries.set(token.literal, value(next()));
      token = next();
      if (isMark(token, "}")) return entries;
      if (!isMark(token, ",")) throw expectingValue(text, at);
      token = next();
    }
  }

  const parsed = value(next());
  if (text.slice(at).trim() !== "") throw jsonError("Extra data", { text, at });
  return parsed;
}

/** A command line value: JSON when it parses as JSON, else the text itself (`1e234567` becomes infinity). */
export function parseArgumentValue(text: string): Literal {
  try {
    return parseLiteral(text);
  } catch (error) {
    if (error instanceof PythonError) return text;
    throw error;
  }
}

/** The value as plain JavaScript: int and float become the same number. */
export function toPlain(literal: Literal): unknown {
  if (isNumber(literal)) return literal.value;
  if (isList(literal)) return literal.map(toPlain);
  if (isMap(literal)) return Object.fromEntries([...literal].map(([key, value]) => [key, toPlain(value)]));
  return literal;
}

/** JSON as Python writes it: 12.0 stays 12.0, NaN stays NaN. `indent` 0 = one line without spaces. */
export function toJson(literal: Literal, indent: number): string {
  return write(literal, { indent, depth: 0 });
}

function write(literal: Literal, { indent, depth }: { indent: number; depth: number }): string {
  if (isNumber(literal)) return literal.isInt ? String(literal.value) : floatLiteral(literal.value);
  const open = indent === 0 ? "" : `\n${" ".repeat(indent * (depth + 1))}`;
  const close = indent === 0 ? "" : `\n${" ".repeat(indent * depth)}`;
  if (isList(literal)) {
    const items = literal.map((item) => open + write(item, { indent, depth: depth + 1 }));
    return items.length === 0 ? "[]" : `[${items.join(",")}${close}]`;
  }
  if (isMap(literal)) {
    const colon = indent === 0 ? ":" : ": ";
    const items = [...literal].map(([key, value]) => {
      return `${open}${JSON.stringify(key)}${colon}${write(value, { indent, depth: depth + 1 })}`;
    });
    return items.length === 0 ? "{}" : `{${items.join(",")}${close}}`;
  }
  return JSON.stringify(literal);
}

function isMark(token: Token, mark: string): boolean {
  return "mark" in token && token.mark === mark;
}

function unquote(quoted: string, where: { text: string; at: number }): string {
  try {
    const value: unknown = JSON.parse(quoted);
    if (typeof value === "string") return value;
  } catch {
    // An escape that JSON does not know, e.g. "\x".
  }
  throw jsonError("Invalid \\escape", where);
}

function expectingValue(text: string, at: number): PythonError {
  return jsonError("Expecting value", { text, at });
}

function jsonError(problem: string, { text, at }: { text: string; at: number }): PythonError {
  const before = text.slice(0, at).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return new PythonError(
    "json.decoder.JSONDecodeError",
    `${problem}: line ${before.length} column ${column} (char ${at})`,
  );
}
