import type { Json } from "../json.ts";

/**
 * The part of GitHub's expression language that workflow files use: literals, contexts, `! == != && ||`, parentheses and
 * `always success failure cancelled startsWith endsWith contains fromJSON toJSON format`.
 */
export interface ExpressionScope {
  readonly contexts: Readonly<Record<string, Json>>;
  readonly status: { readonly failed: boolean; readonly cancelled: boolean };
}

/** A text with `${{ }}` in it; a text that is one expression keeps the value's type. */
export function interpolate(text: string, scope: ExpressionScope): Json {
  const whole = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text.trim());
  if (whole !== null) return evaluate(whole[1] ?? "", scope);
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, inner: string) => asText(evaluate(inner, scope)));
}

export function interpolateText(text: string, scope: ExpressionScope): string {
  return asText(interpolate(text, scope));
}

/** An `if`: without a status function it means "and everything before succeeded". */
export function condition(text: string | undefined, scope: ExpressionScope): boolean {
  const bare = (text ?? "").trim().replace(/^\$\{\{(.*)\}\}$/s, "$1");
  const succeeded = !scope.status.failed && !scope.status.cancelled;
  if (bare === "") return succeeded;
  const asksStatus = /\b(always|success|failure|cancelled)\s*\(/.test(bare);
  return (asksStatus || succeeded) && truthy(evaluate(bare, scope));
}

export function evaluate(text: string, scope: ExpressionScope): Json {
  const tokens = tokenize(text);
  let at = 0;

  const peek = (): string | undefined => tokens[at];
  const take = (expected?: string): string => {
    const token = tokens[at];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(`Unexpected ${token ?? "end"} in expression: ${text}`);
    }
    at += 1;
    return token;
  };
  const either = (): Json => {
    let left = both();
    while (peek() === "||") {
      take();
      const right = both();
      left = truthy(left) ? left : right;
    }
    return left;
  };
  const both = (): Json => {
    let left = equality();
    while (peek() === "&&") {
      take();
      const right = equality();
      left = truthy(left) ? right : left;
    }
    return left;
  };
  const equality = (): Json => {
    let left = unary();
    while (peek() === "==" || peek() === "!=") {
      const operator = take();
      const same = looselyEqual(left, unary());
      left = operator === "==" ? same : !same;
    }
    return left;
  };
  const unary = (): Json => {
    if (peek() !== "!") return primary();
    take();
    return !truthy(unary());
  };
  const primary = (): Json => {
    const token = take();
    if (token === "(") {
      const inner = either();
      take(")");
      return inner;
    }
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^-?\d/.test(token)) return Number(token);
    if (token === "true" || token === "false") return token === "true";
    if (token === "null") return null;
    return peek() === "(" ? call(token, args(), scope) : lookup(token, scope.contexts);
  };
  const args = (): Json[] => {
    const found: Json[] = [];
    take("(");
    while (peek() !== ")") {
      found.push(either());
      if (peek() === ",") take();
    }
    take(")");
    return found;
  };

  const value = either();
  if (at < tokens.length) throw new Error(`Unexpected ${peek()} in expression: ${text}`);
  return value;
}

function tokenize(text: string): string[] {
  const token = /\s*('(?:[^']|'')*'|\|\||&&|==|!=|[!(),]|-?\d+(?:\.\d+)?|[A-Za-z_][\w-]*(?:\.[\w-]+)*)/y;
  const found: string[] = [];
  while (token.lastIndex < text.trimEnd().length) {
    const start = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new Error(`Cannot read the expression from "${text.slice(start)}"`);
    found.push(match[1] ?? "");
  }
  return found;
}

function call(name: string, args: readonly Json[], scope: ExpressionScope): Json {
  const [first = null, second = null] = args;
  const { failed, cancelled } = scope.status;
  switch (name.toLowerCase()) {
    case "always":
      return true;
    case "success":
      return !failed && !cancelled;
    case "failure":
      return failed && !cancelled;
    case "cancelled":
      return cancelled;
    case "startswith":
      return asText(first).toLowerCase().startsWith(asText(second).toLowerCase());
    case "endswith":
      return asText(first).toLowerCase().endsWith(asText(second).toLowerCase());
    case "contains":
      return Array.isArray(first)
        ? first.some((item) => looselyEqual(item, second))
        : asText(first).toLowerCase().includes(asText(second).toLowerCase());
    case "fromjson":
      return JSON.parse(asText(first));
    case "tojson":
      return JSON.stringify(first, null, 2);
    case "format":
      return asText(first).replace(/\{(\d+)\}/g, (_, index: string) =>
        asText(args[Number(index) + 1] ?? null),
      );
    default:
      throw new Error(`There is no expression function ${name}`);
  }
}

/** What is not there is null, at any depth. */
function lookup(path: string, contexts: Readonly<Record<string, Json>>): Json {
  let value: Json = contexts;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    const members: [string, Json][] = Object.entries(value);
    value = members.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? null;
  }
  return value;
}

function truthy(value: Json): boolean {
  return value !== null && value !== false && value !== 0 && value !== "" && !Number.isNaN(value);
}

/** Strings without regard to case, different types as numbers. */
function looselyEqual(one: Json, other: Json): boolean {
  if (typeof one === "string" && typeof other === "string") return one.toLowerCase() === other.toLowerCase();
  if (typeof one === typeof other && typeof one !== "object") return one === other;
  if (typeof one === "object" && typeof other === "object") return one === other;
  return asNumber(one) === asNumber(other);
}

function asNumber(value: Json): number {
  if (value === null || value === "") return 0;
  return typeof value === "object" ? Number.NaN : Number(value);
}

function asText(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}
