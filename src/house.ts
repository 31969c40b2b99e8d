import type { Forge } from "./forge/forge.ts";
import type { LedgerStore } from "./forge/ledger-store.ts";
import type { Language } from "./judgement/texts.ts";
import type { RunSource } from "./runs/source.ts";
import type { Settings } from "./settings.ts";

/** What people see while something takes its time. Goes to stderr, never into a document. */
export interface Progress {
  readonly say: (line: string) => void;
}

/** Everything that a command may use. Only this file's builders make adapters; a test hands in what it needs. */
export interface House {
  readonly settings: Settings;
  readonly language: Language;
  readonly now: () => Date;
  readonly progress: Progress;
  readonly forge: Forge;
  readonly ledger: LedgerStore;
  readonly runs: RunSource;
}
