import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { entryName } from "../judgement/config-path.ts";
import { formatValue } from "./values.ts";

export interface Difference {
  readonly path: string;
  /** undefined: the path is not there. */
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

/** Every leaf in which two configurations differ, in the order of the first, then what only the second has. */
export function differences(from: JsonObject, to: JsonObject): readonly Difference[] {
  const before = new Map(leaves(from, ""));
  const after = new Map(leaves(to, ""));
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .map((path) => ({ path, from: before.get(path), to: after.get(path) }))
    .filter((entry) => formatValue(entry.from) !== formatValue(entry.to));
}

/** The lines of a `diff` block. */
export function diffLines(entries: readonly Difference[]): string[] {
  return entries.flatMap(({ path, from, to }) => [
    ...(from === undefined ? [] : [`- ${path}: ${formatValue(from)}`]),
    ...(to === undefined ? [] : [`+ ${path}: ${formatValue(to)}`]),
  ]);
}

type Leaf = readonly [path: string, value: Json];

function leaves(value: Json, path: string): readonly Leaf[] {
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, inner]) =>
      leaves(inner, path === "" ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isJsonObject)) {
    const names = entryNames(value);
    return value.flatMap((entry, index) => leaves(entry, `${path}[${names[index]}]`));
  }
  return [[path, value]];
}

/** Entries of a list are addressed by name, where every name is there once; by position where not. */
function entryNames(entries: readonly JsonObject[]): readonly string[] {
  const usable = entries.map((entry) => entryName(entry)).filter((name) => name !== null);
  return new Set(usable).size === entries.length ? usable : entries.map((_entry, index) => String(index));
}
