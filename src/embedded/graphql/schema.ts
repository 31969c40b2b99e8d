import { readTokens, type TokenReader } from "./lex.ts";
import { readBetween, readType, type TypeRef } from "./parse.ts";

/** The types that a server offers, read from GraphQL's schema language (the subset: scalar, enum, type, input). */

interface FieldType {
  readonly type: TypeRef;
  readonly args: ReadonlyMap<string, TypeRef>;
}

export interface TypeDefinition {
  readonly kind: "scalar" | "enum" | "type" | "input";
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
}

export type Schema = ReadonlyMap<string, TypeDefinition>;

const BUILT_IN = ["String", "Int", "Float", "Boolean", "ID"];

export function parseSchema(source: string): Schema {
  const tokens = readTokens(source);
  const schema = new Map<string, TypeDefinition>(
    BUILT_IN.map((name) => [name, { kind: "scalar", name, fields: new Map() }]),
  );
  while (!tokens.ended) {
    const definition = readDefinition(tokens);
    schema.set(definition.name, definition);
  }
  return schema;
}

function readDefinition(tokens: TokenReader): TypeDefinition {
  const kind = tokens.name();
  const name = tokens.name();
  switch (kind) {
    case "scalar":
      return { kind, name, fields: new Map() };
    case "enum":
      readBetween(tokens, "{}", () => tokens.name());
      return { kind, name, fields: new Map() };
    case "type":
    case "input":
      return { kind, name, fields: new Map(readBetween(tokens, "{}", () => readField(tokens))) };
    default:
      throw new SyntaxError(`Syntax Error: Unexpected Name "${kind}".`);
  }
}

function readField(tokens: TokenReader): readonly [string, FieldType] {
  const name = tokens.name();
  const args = new Map(readBetween(tokens, "()", () => readArgument(tokens)));
  tokens.expect(":");
  return [name, { type: readType(tokens), args }];
}

function readArgument(tokens: TokenReader): readonly [string, TypeRef] {
  const name = tokens.name();
  tokens.expect(":");
  return [name, readType(tokens)];
}

/** The type inside lists and required marks. */
export function innermost(type: TypeRef): string {
  return type.kind === "named" ? type.name : innermost(type.of);
}

/** As it is written in a document, e.g. `[String!]!`. */
export function spell(type: TypeRef): string {
  return `${type.kind === "named" ? type.name : `[${spell(type.of)}]`}${type.required ? "!" : ""}`;
}
