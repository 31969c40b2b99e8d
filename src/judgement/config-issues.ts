import type { checkEn } from "./texts/check-en.ts";
import { type Text, text } from "./texts.ts";

/** What is said about one place of a training configuration. */
export interface Remark {
  /** Empty: the file as a whole. */
  readonly path: string;
  readonly message: Text;
}

/** error: the trainer would refuse it or must not run it; warning: it runs, but not as it reads. */
export interface Issue extends Remark {
  readonly severity: "error" | "warning";
}

type Key = keyof typeof checkEn;

export function error(path: string, key: Key, values: Text["values"] = {}): Issue {
  return { severity: "error", path, message: text(key, values) };
}

export function warning(path: string, key: Key, values: Text["values"] = {}): Issue {
  return { severity: "warning", path, message: text(key, values) };
}
