/** JSON text inside an answer that is not written yet: it goes there as it stands, and is never parsed and written again. */
interface Written {
  readonly [TEXT]: string;
}

const TEXT = Symbol("JSON text");

export function written(text: string): Written {
  return { [TEXT]: text };
}

/** `JSON.stringify` that knows such texts, for objects and lists down to them. */
export function writeJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (isWritten(value)) return value[TEXT];
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(key)}:${writeJson(item)}`);
  return `{${members.join(",")}}`;
}

function isWritten(value: object): value is Written {
  return TEXT in value;
}
