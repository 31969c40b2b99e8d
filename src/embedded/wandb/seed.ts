import { parseRow } from "./history.ts";
import { writeNumbers } from "./number-json.ts";
import { newRun, type RunAddress, type StoredRun } from "./run.ts";

type Row = Readonly<Record<string, unknown>>;

/** A run put into the store without an SDK. */
export interface RunSeed
  extends Partial<Omit<StoredRun, "config" | "summary" | "history" | "name" | "project">> {
  readonly name: string;
  readonly project: string;
  /** Plain values; wrapped as W&B wraps them. */
  readonly config?: Row;
  /** Default: the last value of every logged key. */
  readonly summary?: Row;
  /** Rows in the order of logging. `_step` defaults to the row's number; numbers may be NaN or infinite. */
  readonly history?: readonly Row[];
}

/** A finished run unless the seed says otherwise. */
export function seededRun(
  seed: RunSeed,
  defaults: { readonly entity: string; readonly now: number },
): StoredRun {
  const { config = {}, history = [], summary, ...rest } = seed;
  const address: RunAddress = { entity: defaults.entity, ...rest };
  const rows = history.map((row, index) => ({ _step: index, ...row }));
  return {
    ...newRun(address, defaults.now),
    state: "finished",
    exitCode: 0,
    ...rest,
    config: writeNumbers(wrapped(config)),
    summary: writeNumbers(summary ?? Object.assign({}, ...rows)),
    history: rows.map(writeNumbers),
  };
}

function wrapped(config: Row): Row {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, { desc: null, value }] as const),
  );
}

/** What a run logged, row by row, flattened, numbers as numbers. */
export function rowsOf(run: StoredRun): readonly Row[] {
  return run.history.flatMap((line, number) => (line === null ? [] : [parseRow(line, number)]));
}
