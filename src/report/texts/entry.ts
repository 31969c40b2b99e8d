import type { Language } from "../../judgement/texts.ts";

/** One sentence in both languages. */
export type Entry = Readonly<Record<Language, string>>;

export type Entries = Readonly<Record<string, Entry>>;
