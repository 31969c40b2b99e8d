import type { Section } from "./section.ts";

/** How renderAnalysisSection and renderRoundSection begin. */
const START = /^---\n\n## [^\n]*\n\n(<!-- autoloop:(?:analysis|round) [^\n]*-->)$/gm;

/** The sections of ours that a text holds, each up to the next one, with what people wrote between them. */
export function sectionsIn(text: string): readonly Section[] {
  const plain = text.replace(/\r\n/g, "\n");
  const starts = [...plain.matchAll(START)].map(({ index, 1: marker = "" }) => ({ index, marker }));
  return starts.map(({ index, marker }, at) => ({
    marker,
    text: plain.slice(index, starts[at + 1]?.index).trimEnd(),
  }));
}
