import { CONFIG_SCHEMA, type Field, type Group } from "./config-schema.ts";
import { float, int, isList, isMap, isNumber, type Literal, type LiteralMap } from "./literal.ts";
import { decodingError, PythonError } from "./python-error.ts";
import { floatRepr } from "./python-number.ts";
import { repr } from "./python-repr.ts";

type Path = readonly string[];

/** A raw value and where it stands. */
interface Given {
  readonly raw: Literal;
  readonly path: Path;
}

/** Decodes a raw configuration as the trainer's parser does: types checked, defaults filled in, unknown keys refused. */
export function decodeConfig(raw: Literal): LiteralMap {
  const decoded = decodeGroup(CONFIG_SCHEMA, { raw, path: [] });
  if (!isMap(decoded)) throw decodingError([], "Expected a dict");
  return decoded;
}

/** The default of a field; throws for a required one. */
function initialOf(field: Field, path: Path): Literal {
  if (field.kind !== "group") return field.initial ?? null;
  return field.optional ? null : decodeGroup(field, { raw: new Map(), path });
}

function decodeField(field: Field, { raw, path }: Given): Literal {
  if (field.optional && raw === null) return null;
  if (field.kind === "group") return decodeGroup(field, { raw, path });
  if (field.kind === "any") return raw;
  if (field.kind === "list") {
    if (!isList(raw)) throw decodingError(path, `Expected a list, got ${repr(raw)}`);
    return raw.map((item, i) => decodeScalar(field.of, { raw: item, path: [...path, String(i)] }));
  }
  if (!field.optional) return decodeScalar(field.kind, { raw, path });
  try {
    return decodeScalar(field.kind, { raw, path });
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    const inner = error.message.replace(/^`[^`]*`: /, "");
    throw decodingError(
      path,
      `Could not decode the value into any of the given types:\n    ${field.kind}: ${inner}`,
    );
  }
}

function decodeGroup(group: Group, { raw, path }: Given): Literal {
  if (!isMap(raw)) throw decodingError(path, `Expected a dict, got ${repr(raw)}`);
  const decoded = new Map<string, Literal>();
  if (group.choices) decoded.set("type", decodeChoice(group, { raw, path }));
  const missing: string[] = [];
  for (const [name, field] of Object.entries(group.fields)) {
    const value = raw.get(name);
    if (value !== undefined) decoded.set(name, decodeField(field, { raw: value, path: [...path, name] }));
    else if (field.kind !== "group" && field.initial === undefined) missing.push(name);
    else decoded.set(name, initialOf(field, [...path, name]));
  }
  const unknown = [...raw.keys()].filter((name) => !decoded.has(name) && !missing.includes(name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => `\`${name}\``).join(", ");
    throw decodingError(path, `The fields ${names} are not valid for ${group.className}`);
  }
  if (missing.length > 0) {
    const names = missing.map((name) => `\`${name}\``).join(", ");
    throw decodingError(path, `Missing required field(s) ${names} for ${group.className}`);
  }
  return decoded;
}

function decodeChoice(group: Group, { raw, path }: { raw: LiteralMap; path: Path }): string {
  const type = raw.get("type") ?? (group.className === "OptimizerConfig" ? "adam" : undefined);
  if (typeof type !== "string")
    throw decodingError(path, `Expected a dict with a 'type' key for ${group.className}`);
  if (!group.choices?.includes(type)) {
    throw decodingError(path, `Couldn't find a choice class for '${type}' in ${group.className}`);
  }
  return type;
}

function decodeScalar(kind: "int" | "float" | "bool" | "str", { raw, path }: Given): Literal {
  const decoded = DECODERS[kind](raw);
  if (decoded === undefined) {
    const article = kind === "int" ? "an" : "a";
    throw decodingError(path, `Couldn't parse '${shown(raw)}' into ${article} ${kind}`);
  }
  return decoded;
}

/** undefined = refused. Floats are no ints, whatever their value; numeric texts and booleans are (trainer facts 2.1). */
const DECODERS: Readonly<Record<"int" | "float" | "bool" | "str", (raw: Literal) => Literal | undefined>> = {
  int(raw) {
    if (typeof raw === "boolean") return int(raw ? 1 : 0);
    if (typeof raw === "string") return /^\s*[+-]?\d+\s*$/.test(raw) ? int(Number(raw)) : undefined;
    return isNumber(raw) && raw.isInt ? raw : undefined;
  },
  float(raw) {
    if (typeof raw === "boolean") return float(raw ? 1 : 0);
    if (typeof raw === "string") return numericText(raw);
    return isNumber(raw) ? float(raw.value) : undefined;
  },
  bool(raw) {
    if (raw === true || raw === "true") return true;
    return raw === false || raw === "false" ? false : undefined;
  },
  str: (raw) => (typeof raw === "string" ? raw : isNumber(raw) ? repr(raw) : undefined),
};

function numericText(text: string): Literal | undefined {
  const trimmed = text.trim().toLowerCase();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(trimmed)) return float(Number(trimmed));
  if (/^[+-]?nan$/.test(trimmed)) return float(Number.NaN);
  const infinite = /^([+-]?)inf(inity)?$/.exec(trimmed);
  return infinite
    ? float(infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
    : undefined;
}

/** `str(value)`, as an f-string shows it. */
function shown(raw: Literal): string {
  if (typeof raw === "string") return raw;
  return isNumber(raw) && !raw.isInt ? floatRepr(raw.value) : repr(raw);
}
