import type { Random } from "./random.ts";
import type { StoredRun } from "./run.ts";
import type { Store } from "./store.ts";

/** What the resolvers and routes share: the memory and the circumstances. */
export interface Backend {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Random;
  /** Where a run without an entity goes; also the viewer's name. */
  readonly entity: string;
  /** Nobody knows which of the two the hosted service uses in lines and summaries, so a reader must accept both. */
  readonly nonFinite: "tokens" | "strings";
  /** Base of upload and download addresses. */
  readonly url: () => string;
  /** Stores a run and wakes up whoever waits for it. */
  readonly write: (run: StoredRun) => void;
}
