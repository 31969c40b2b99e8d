import { isJsonObject, type Json } from "../json.ts";
import { en } from "./texts/en.ts";
import { zh } from "./texts/zh.ts";

/** The two languages of everything that people read. */
export type Language = "en" | "zh";

/**
 * A sentence before its language is chosen: the key of a catalogue entry and the values that it mentions.
 * Judgement returns these; the report says them (`say`). A value may itself be a sentence.
 */
export interface Text {
  readonly key: string;
  readonly values: Readonly<Record<string, Json>>;
}

export function text(key: string, values: Text["values"] = {}): Text {
  return { key, values };
}

/** A sentence as a value of another sentence. */
export function part(key: string, values: Text["values"] = {}): Json {
  return { key, values };
}

/** Templates by key, in both languages. Other rooms keep the sentences of their own warnings beside them. */
export type Catalogue = Readonly<Record<Language, Readonly<Record<string, string>>>>;

const JUDGEMENT: Catalogue = { en, zh };

const PLACEHOLDER = /\{(\w+)(?::(\w+))?\}/g;

/**
 * The sentence in one language. Placeholders: `{name}`, `{name:percent}` (of a share), `{name:change}` (the change that a
 * fall is: a rise with +, a fall with -).
 * A key that the catalogue does not have (a manifest of another version) is shown as it is, with its values.
 * Strings among the values are foreign text and come out unescaped.
 */
export function say({ key, values }: Text, language: Language, more: readonly Catalogue[] = []): string {
  const template = [JUDGEMENT, ...more]
    .map((catalogue) => catalogue[language][key])
    .find((found) => found !== undefined);
  if (template === undefined) return `${key} ${JSON.stringify(values)}`;
  return template.replace(PLACEHOLDER, (_, name: string, format: string | undefined) =>
    sayValue(values[name] ?? null, { format, language, more }),
  );
}

interface Manner {
  readonly format: string | undefined;
  readonly language: Language;
  readonly more: readonly Catalogue[];
}

function sayValue(value: Json, manner: Manner): string {
  if (typeof value === "number") return sayFormatted(value, manner.format);
  if (Array.isArray(value)) return value.map((entry) => sayValue(entry, manner)).join(", ");
  if (isJsonObject(value)) {
    const { key, values } = value;
    if (typeof key === "string" && values !== undefined && isJsonObject(values))
      return say({ key, values }, manner.language, manner.more);
    return JSON.stringify(value);
  }
  return value === null ? "–" : String(value);
}

function sayFormatted(value: number, format: string | undefined): string {
  if (format === "percent") return sayPercent(value);
  // A fall below 0 is a rise: without its sign it would read as a fall.
  return format === "change"
    ? `${value < 0 ? "+" : ""}${sayPercent(value === 0 ? 0 : -value)}`
    : sayNumber(value);
}

/** Of a share. One that is too large to be a percentage is as good as undefined. */
function sayPercent(share: number): string {
  return Number.isFinite(share * 100) ? `${sayNumber(share * 100)} %` : "–";
}

/** Three significant digits, integers whole, tiny and huge numbers with an exponent. */
export function sayNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return String(value);
  if (size < 1e-3 || size >= 1e7) return value.toExponential(1).replace("e+", "e");
  if (size >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
