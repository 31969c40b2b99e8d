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
  const parts: string[] = [];
  collect(value, parts);
  return parts.join("");
}

/** Joined once at the end: an answer has megabytes, and every join on the way up would copy them again. */
function collect(value: unknown, parts: string[]): void {
  if (typeof value !== "object" || value === null) parts.push(JSON.stringify(value) ?? "null");
  else if (isWritten(value)) parts.push(value[TEXT]);
  else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      parts.push(index === 0 ? "[" : ",");
      collect(item, parts);
    });
    parts.push(value.length === 0 ? "[]" : "]");
  } else collectMembers(value, parts);
}

function collectMembers(value: object, parts: string[]): void {
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  members.forEach(([key, item], index) => {
    parts.push(`${index === 0 ? "{" : ","}${JSON.stringify(key)}:`);
    collect(item, parts);
  });
  parts.push(members.length === 0 ? "{}" : "}");
}

function isWritten(value: object): value is Written {
  return TEXT in value;
}
