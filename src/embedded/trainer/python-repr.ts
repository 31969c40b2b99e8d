import { isList, isMap, isNumber, type Literal } from "./literal.ts";
import { floatRepr } from "./python-number.ts";

/** `repr` of a value, keys sorted as `pprint` sorts them. */
export function repr(value: Literal): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return quote(value);
  if (isNumber(value)) return value.isInt ? String(value.value) : floatRepr(value.value);
  if (isList(value)) return `[${value.map(repr).join(", ")}]`;
  return `{${sortedEntries(value)
    .map(([key, item]) => `${quote(key)}: ${repr(item)}`)
    .join(", ")}}`;
}

/** `pprint.pformat` at 80 columns, for the dump of the configuration. */
export function pformat(value: Literal): string {
  return layOut(value, { indent: 0, allowance: 0 });
}

/** `indent` columns are taken on the left, `allowance` are needed on the right for what closes. */
function layOut(value: Literal, { indent, allowance }: { indent: number; allowance: number }): string {
  const line = repr(value);
  if (line.length <= 80 - indent - allowance) return line;
  const glue = `,\n${" ".repeat(indent + 1)}`;
  if (isList(value)) {
    return `[${value.map((item, i) => layOut(item, { indent: indent + 1, allowance: i === value.length - 1 ? allowance + 1 : 1 })).join(glue)}]`;
  }
  if (!isMap(value)) return line;
  const entries = sortedEntries(value);
  const items = entries.map(([key, item], i) => {
    const label = quote(key);
    return `${label}: ${layOut(item, { indent: indent + label.length + 3, allowance: i === entries.length - 1 ? allowance + 1 : 1 })}`;
  });
  return `{${items.join(glue)}}`;
}

function sortedEntries(map: ReadonlyMap<string, Literal>): [string, Literal][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

function quote(text: string): string {
  return text.includes("'") && !text.includes('"')
    ? `"${text}"`
    : `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;
}
