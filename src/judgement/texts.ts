import type { Json } from "../json.ts";

/** The two languages of everything that people read. */
export type Language = "en" | "zh";

/**
 * A sentence before its language is chosen: the key of a catalogue entry and the values that it mentions.
 * Judgement returns these; the report says them (`say`).
 */
export interface Text {
  readonly key: string;
  readonly values: Readonly<Record<string, Json>>;
}

export function text(key: string, values: Text["values"] = {}): Text {
  return { key, values };
}
