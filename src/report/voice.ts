import { type Catalogue, type Language, say, type Text } from "../judgement/texts.ts";
import { roundTexts } from "../rounds/texts.ts";
import { filled, type Markdown } from "./escape.ts";
import { plainLine } from "./plain.ts";
import { catalogue, type PhraseKey } from "./texts.ts";

type Blanks<Template> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Blanks<Rest>
  : never;
type BlanksOf<Key extends PhraseKey> = Blanks<(typeof catalogue)[Key]["en"]>;
type Filling<Key extends PhraseKey, Value> = [BlanksOf<Key>] extends [never]
  ? []
  : [values: Readonly<Record<BlanksOf<Key>, Value>>];

/** Who speaks: every sentence in one language, for documents and for terminals. Blanks are typed by their names. */
export interface Voice {
  readonly language: Language;
  /** A sentence of judgement. It may hold foreign text: escape it like a value. */
  say(text: Text): string;
  /** A sentence of the report for a document: values are escaped unless they are Markdown. */
  md<Key extends PhraseKey>(key: Key, ...values: Filling<Key, Markdown | string | number>): Markdown;
  /** A sentence of the report for a terminal: values become one plain line. */
  plain<Key extends PhraseKey>(key: Key, ...values: Filling<Key, string | number>): string;
}

/** `more`: the sentences of rooms that the report does not know. */
export function voiceIn(language: Language, more: readonly Catalogue[] = []): Voice {
  const catalogues = [roundTexts, ...more];
  return {
    language,
    say: (text) => say(text, language, catalogues),
    md: (key: PhraseKey, values: Readonly<Record<string, Markdown | string | number>> = {}) =>
      filled(catalogue[key][language], values),
    plain: (key: PhraseKey, values: Readonly<Record<string, string | number>> = {}) =>
      catalogue[key][language].replace(/\{(\w+)\}/g, (_blank, name: string) =>
        plainLine(String(values[name] ?? "")),
      ),
  };
}
