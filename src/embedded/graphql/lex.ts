/** GraphQL's lexical grammar, as far as queries and schema texts use it, and a reader that walks over the tokens. */

type TokenKind = "name" | "number" | "string" | "mark" | "end";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

export interface TokenReader {
  /** Whether the next token is this name or mark. A string that happens to spell it is neither. */
  sees(text: string): boolean;
  /** Takes the next token if it is `text`. */
  skip(text: string): boolean;
  /** Takes `text` or throws a SyntaxError. */
  expect(text: string): void;
  /** Takes a name or throws a SyntaxError. */
  name(): string;
  next(): Token;
  readonly ended: boolean;
}

const PATTERN =
  /(?<ignored>[\s,\uFEFF]+|#[^\n\r]*)|(?<string>"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*")|(?<name>[A-Za-z_]\w*)|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<mark>\.\.\.|[!$&()[\]{}:=@|])/y;

const END: Token = { kind: "end", text: "<EOF>" };

function tokenize(source: string): readonly Token[] {
  const pattern = new RegExp(PATTERN);
  const tokens: Token[] = [];
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(source)?.groups;
    if (!groups) throw new SyntaxError(`Syntax Error: Unexpected character "${source[at]}" at offset ${at}.`);
    if (groups["string"] !== undefined) tokens.push({ kind: "string", text: unquote(groups["string"]) });
    else if (groups["name"] !== undefined) tokens.push({ kind: "name", text: groups["name"] });
    else if (groups["number"] !== undefined) tokens.push({ kind: "number", text: groups["number"] });
    else if (groups["mark"] !== undefined) tokens.push({ kind: "mark", text: groups["mark"] });
  }
  return tokens;
}

function unquote(literal: string): string {
  return literal.startsWith('"""') ? literal.slice(3, -3).trim() : String(JSON.parse(literal));
}

export function readTokens(source: string): TokenReader {
  const tokens = tokenize(source);
  let at = 0;
  const peek = (): Token => tokens[at] ?? END;
  const next = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };
  const sees = (text: string): boolean => peek().text === text && ["name", "mark"].includes(peek().kind);
  const skip = (text: string): boolean => {
    if (!sees(text)) return false;
    at += 1;
    return true;
  };
  const expect = (text: string): void => {
    if (!skip(text)) throw new SyntaxError(`Syntax Error: Expected "${text}", found "${peek().text}".`);
  };
  const name = (): string => {
    const token = next();
    if (token.kind !== "name") throw new SyntaxError(`Syntax Error: Expected Name, found "${token.text}".`);
    return token.text;
  };
  return {
    sees,
    skip,
    expect,
    name,
    next,
    get ended() {
      return at >= tokens.length;
    },
  };
}
