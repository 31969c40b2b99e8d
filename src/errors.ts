/**
 * What a person has to know when something cannot go on: what happened, what to do next, and the cause.
 * Expected outcomes are results, not errors; whatever is thrown here ends in one sentence on a terminal or in a comment.
 */
export interface Explanation {
  /** One sentence: what happened, with the file, path or number it happened at. */
  readonly what: string;
  /** One sentence: what the reader can do about it. */
  readonly next: string;
  readonly cause?: unknown;
}

/** `settings.*` and `arguments.*` end with exit code 2, everything else with 1. */
export type ErrorCode =
  `${"arguments" | "settings" | "input" | "config" | "runs" | "forge" | "training" | "report" | "ledger"}.${string}`;

export class AutoloopError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly next: string;

  constructor(code: ErrorCode, { what, next, cause }: Explanation) {
    super(`${what} ${next}`, cause === undefined ? undefined : { cause });
    this.name = "AutoloopError";
    this.code = code;
    this.what = what;
    this.next = next;
  }

  /** 2: the caller must change arguments or settings; 1: it failed. */
  get exitCode(): 1 | 2 {
    return this.code.startsWith("settings.") || this.code.startsWith("arguments.") ? 2 : 1;
  }
}

/** The message of anything that was thrown, for the `cause` part of a sentence. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
