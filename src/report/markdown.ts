import { indented, joinMarkdown, type Markdown, md, sourceOf } from "./escape.ts";

/** A list item and what is said below it. */
export interface Item {
  readonly text: Markdown;
  readonly below?: readonly Markdown[];
}

export function bullets(items: readonly Item[]): Markdown {
  const lines = items.flatMap(({ text, below = [] }) => [
    md`- ${indented(text, 2)}`,
    ...below.map((line) => md`  - ${indented(line, 4)}`),
  ]);
  return joinMarkdown(lines, "\n");
}

/** Blocks with an empty line between them; blocks without a text are left out. */
export function blocks(parts: readonly (Markdown | null)[]): Markdown {
  const said = parts.filter((part) => part !== null).filter((part) => sourceOf(part) !== "");
  return joinMarkdown(said, "\n\n");
}
