/** Commands in comments on a round's pull request: what exists, and how it is written. A closed grammar. */

type Parameters =
  /** Any number of variants or trials. */
  | "names"
  /** Exactly one variant. */
  | "variant"
  /** One variant and a whole number. */
  | "variant-count"
  | "none";

interface CommandForm {
  /** As a person types it. */
  readonly usage: string;
  readonly takes: Parameters;
  /** The one flag that it may have. */
  readonly flag?: "--seed" | "--steps";
}

/** In the order in which help lists them. Texts, `/help`, pull requests and the README take them from here. */
export const COMMANDS = {
  status: { usage: "/status", takes: "none" },
  rerun: { usage: "/rerun [variant…] [--seed N]", takes: "names", flag: "--seed" },
  stop: { usage: "/stop [variant…]", takes: "names" },
  extend: { usage: "/extend VARIANT --steps N", takes: "variant", flag: "--steps" },
  seeds: { usage: "/seeds VARIANT N", takes: "variant-count" },
  skip: { usage: "/skip VARIANT", takes: "variant" },
  propose: { usage: "/propose", takes: "none" },
  pause: { usage: "/pause", takes: "none" },
  resume: { usage: "/resume", takes: "none" },
  help: { usage: "/help", takes: "none" },
} as const satisfies Readonly<Record<string, CommandForm>>;

export type CommandName = keyof typeof COMMANDS;

/** Variants are named as people do: `b`, `0002b`; where trials may be named too, also `b-s42`, `0002b-s42`. */
export type CommentCommand =
  | { readonly kind: "rerun"; readonly names: readonly string[]; readonly seed: number | null }
  | { readonly kind: "stop"; readonly names: readonly string[] }
  | { readonly kind: "extend"; readonly name: string; readonly steps: number }
  | { readonly kind: "seeds"; readonly name: string; readonly count: number }
  | { readonly kind: "skip"; readonly name: string }
  | { readonly kind: "status" | "propose" | "pause" | "resume" | "help" }
  /** It began like a command and is none of ours, or not written like one. */
  | { readonly kind: "malformed"; readonly line: string };

const LONGEST_LINE = 200;
const MOST_NAMES = 26;
const VARIANT = /^(?:\d{4})?[a-z]$/;
const TRIAL = /^(?:\d{4})?[a-z](?:-s\d{1,10})?$/;
const NUMBER = /^(?:0|[1-9]\d{0,9})$/;
/** The trainer's libraries take no larger one. */
const LARGEST_SEED = 2 ** 32 - 1;
export const MOST_SEEDS = 10;

/**
 * The command in a comment's first line, or null for ordinary talk: the line has to begin with `/` and a word. Nothing is searched
 * for inside the text, and quotes and code blocks are no commands because they begin with something else. Paths are talk.
 */
export function parseCommentCommand(body: string): CommentCommand | null {
  const line = (body.split(/[\r\n]/, 1)[0] ?? "").trimEnd();
  if (!/^\/[A-Za-z][\w-]*(?![\w/-])/.test(line)) return null;
  return (
    (line.length <= LONGEST_LINE ? parseLine(line) : null) ?? { kind: "malformed", line: line.slice(0, 40) }
  );
}

/** null: not one of ours. */
function parseLine(line: string): CommentCommand | null {
  const [word = "", ...rest] = line.slice(1).split(/[ \t]+/);
  if (!isCommand(word)) return null;
  const form: CommandForm = COMMANDS[word];
  const split = splitFlag(rest, form.flag);
  return split && build(word, split);
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

interface Split {
  readonly words: readonly string[];
  /** Of the flag; null: it is not there. */
  readonly value: number | null;
}

/** null: a flag that the command does not have, a second one, or one without a number. */
function splitFlag(rest: readonly string[], flag: CommandForm["flag"]): Split | null {
  const at = rest.findIndex((word) => word.startsWith("-"));
  if (at === -1) return { words: rest, value: null };
  const value = numberIn(rest[at + 1]);
  const words = rest.toSpliced(at, 2);
  const known = rest[at] === flag && value !== null && !words.some((word) => word.startsWith("-"));
  return known ? { words, value } : null;
}

function build(name: CommandName, { words, value }: Split): CommentCommand | null {
  const [first = "", second] = words;
  const alone = words.length === 1;
  switch (name) {
    case "rerun":
      if (!areNames(words, value === null ? TRIAL : VARIANT)) return null;
      return value === null || value <= LARGEST_SEED ? { kind: name, names: words, seed: value } : null;
    case "stop":
      return areNames(words, TRIAL) ? { kind: name, names: words } : null;
    case "extend":
      return alone && TRIAL.test(first) && value ? { kind: name, name: first, steps: value } : null;
    case "skip":
      return alone && VARIANT.test(first) ? { kind: name, name: first } : null;
    case "seeds": {
      const count = numberIn(second);
      const valid = words.length === 2 && VARIANT.test(first) && count !== null && count > 0;
      return valid && count <= MOST_SEEDS ? { kind: name, name: first, count } : null;
    }
    default:
      return words.length === 0 ? { kind: name } : null;
  }
}

function areNames(words: readonly string[], form: RegExp): boolean {
  return words.length <= MOST_NAMES && words.every((word) => form.test(word));
}

function numberIn(word: string | undefined): number | null {
  return word !== undefined && NUMBER.test(word) ? Number(word) : null;
}

/** Whether a word of a command (`b`, `0002b`, `0002b-s42`, `b-s42`) means this trial. */
export function namesTrial(
  word: string,
  trial: { readonly trial: string; readonly variant: string },
): boolean {
  return word === trial.trial || word === trial.trial.slice(4) || namesVariant(word, trial.variant);
}

export function namesVariant(word: string, variant: string): boolean {
  return word === variant || word === variant.slice(4);
}
