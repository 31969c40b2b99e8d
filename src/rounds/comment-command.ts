/** What a comment on a round's pull request may ask for. */
export type CommentCommand =
  | { readonly kind: "rerun"; readonly variants: readonly string[] }
  | { readonly kind: "status" }
  | { readonly kind: "help" }
  /** It began like a command and is none of ours. */
  | { readonly kind: "unknown"; readonly word: string };

const LONGEST_LINE = 200;
const VARIANT = /^(?:\d{4})?[a-z](?:-s\d{1,10})?$/;

/**
 * The command in a comment's first line, or null for ordinary talk. A closed grammar: the line begins with `/`, every word must be
 * known, nothing is searched for inside the text, and quotes and code blocks are no commands because they do not begin with `/`.
 */
export function parseCommentCommand(body: string): CommentCommand | null {
  const line = (body.split(/\r?\n/, 1)[0] ?? "").trimEnd();
  if (!line.startsWith("/")) return null;
  if (line.length > LONGEST_LINE) return unknown(line);
  const [word = "", ...words] = line.slice(1).split(/\s+/);
  if (word === "status" && words.length === 0) return { kind: "status" };
  if (word === "help" && words.length === 0) return { kind: "help" };
  if (word === "rerun" && words.every((variant) => VARIANT.test(variant)))
    return { kind: "rerun", variants: words };
  return unknown(line);
}

function unknown(line: string): CommentCommand {
  return { kind: "unknown", word: line.slice(0, 40) };
}

/** Whether a word of `/rerun` (`b`, `0002b`, `0002b-s42`) means this trial. */
export function namesTrial(
  word: string,
  trial: { readonly trial: string; readonly variant: string },
): boolean {
  return (
    word === trial.trial ||
    word === trial.variant ||
    word === trial.variant.slice(4) ||
    word === trial.trial.slice(4)
  );
}
