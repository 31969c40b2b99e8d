/**
 * JSON as Python writes and reads it: with the bare tokens `NaN`, `Infinity` and `-Infinity`, which JSON.parse refuses and
 * JSON.stringify turns into null.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
const MAY_HOLD_TOKEN = /NaN|Infinity/;
/** A private-use character in front: no SDK writes it. */
const MARK = "\uE000";

/** Parses one line; non-finite tokens become numbers. Raw control characters inside strings are let through. */
export function parseNumbers(text: string): unknown {
  const lenient = escapeControls(text);
  if (!MAY_HOLD_TOKEN.test(lenient)) return JSON.parse(lenient);
  const marked = lenient.replace(TOKEN, (match) => (match.startsWith('"') ? match : `"${MARK}${match}"`));
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? Number(value.slice(1)) : value,
  );
}

/** Writes non-finite numbers as bare tokens. */
export function writeNumbers(value: unknown): string {
  if (!holdsNonFinite(value)) return JSON.stringify(value);
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "number" && !Number.isFinite(item) ? `${MARK}${item}` : item,
  );
  return text.replaceAll(new RegExp(`"${MARK}(-?Infinity|NaN)"`, "g"), "$1");
}

/** The other encoding, used inline in answers: non-finite numbers as the strings "NaN", "Infinity", "-Infinity". */
export function spellNumbers(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(spellNumbers);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, spellNumbers(item)]));
}

function holdsNonFinite(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsNonFinite);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object in a JSON text; {} for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = text === "" ? {} : parseNumbers(text);
  return isRecord(value) ? value : {};
}

/** Summaries hold them raw. */
const CONTROL = /\p{Cc}/gu;

function escapeControls(text: string): string {
  return text.replace(CONTROL, (character) =>
    character === "\n" || character === "\r" || character === "\t"
      ? " "
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
