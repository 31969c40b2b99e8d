import type { JsonObject } from "../json.ts";
import type { Run, RunState } from "../judgement/run.ts";
import type { Text } from "../judgement/texts.ts";

/** Which runs are wanted: these, or those that fit everything given. */
export type RunSelection =
  | { readonly kind: "ids"; readonly runIds: readonly string[] }
  | ({ readonly kind: "filter" } & RunFilter);

export interface RunFilter {
  /** `all`: the run has every one of these tags; `any`: at least one. */
  readonly tags?: { readonly all?: readonly string[]; readonly any?: readonly string[] } | undefined;
  readonly group?: string | undefined;
  readonly states?: readonly RunState[] | undefined;
  /** RFC 3339 times of creation; `from` is included, `to` is not. */
  readonly created?: { readonly from?: string; readonly to?: string } | undefined;
  /** A raw W&B filter (a MongoDB expression), in addition to the rest. */
  readonly filter?: JsonObject | undefined;
  /** The newest so many. */
  readonly limit?: number | undefined;
}

export interface RunsRead {
  /** Oldest first. */
  readonly runs: readonly Run[];
  /** Every loss: what could not be read, or was read differently from how it was logged. */
  readonly warnings: readonly Text[];
  /** Where they came from, as said to people. Foreign text. */
  readonly source: string;
}

/** Where runs are read from. */
export interface RunSource {
  /** @throws AutoloopError `runs.*` when nothing can be read. No fitting run is a result, not an error. */
  read(selection: RunSelection): Promise<RunsRead>;
}
