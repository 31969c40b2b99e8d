import type { Language } from "../judgement/texts.ts";
import { type Markdown, md, joinMarkdown, ownWords } from "./escape.ts";
import { plainLine } from "./plain.ts";
import { catalogue } from "./texts.ts";

export type PhraseKey = keyof typeof catalogue;

type Blanks<Template> = Template extends `${string}{${infer Name}}${infer Rest}` ? Name | Blanks<Rest> : never;
type BlanksOf<Key extends PhraseKey> = Blanks<(typeof catalogue)[Key]["en"]>;
type Filling<Key extends PhraseKey, Value> = [BlanksOf<Key>] extends [never]
  ? []
  : [values: Readonly<Record<BlanksOf<Key>, Value>>];

/** The report's own sentences in one language, for documents and for terminals. */
export interface Phrases {
  /** Values are escaped unless they are Markdown. */
  md<Key extends PhraseKey>(key: Key, ...values: Filling<Key, Markdown | string | number>): Markdown;
  /** Values become one plain line. */
  plain<Key extends PhraseKey>(key: Key, ...values: Filling<Key, string | number>): string;
}

export function phrases(language: Language): Phrases {
  const parts = (key: PhraseKey) => catalogue[key][language].split(/\{(\w+)\}/);
  return {
    md: (key, ...[values]) =>
      joinMarkdown(
        parts(key).map((part, index) => (index % 2 === 0 ? ownWords(part) : md`${valueOf(values, part)}`)),
        "",
      ),
    plain: (key, ...[values]) =>
      parts(key)
        .map((part, index) => (index % 2 === 0 ? part : plainValue(valueOf(values, part))))
        .join(""),
  };
}
