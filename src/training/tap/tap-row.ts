/** A row of a run's history, as the trainer's SDK sends it: each line once, whatever is sent again. */
import { isJsonObject } from "../../json.ts";
import { canonicalise } from "../../judgement/metrics.ts";
import { wandbJson } from "../../wire/wandb-json.ts";
import { flatten, loggedNumber } from "../../wire/wandb-numbers.ts";
import type { FileStream } from "./file-stream.ts";

export interface TapRow {
  readonly runId: string;
  /** Its line number in the run's history, from 0. */
  readonly line: number;
  /** The trainer's step; null when the row has none. */
  readonly step: number | null;
  /** Canonical keys in the catalogue's order; values may be NaN or infinite. What is no number is left out. */
  readonly values: ReadonlyMap<string, number>;
}

/** Line numbers that came before are left out, and lines that are no JSON. */
export function rowReader(runId: string): (body: FileStream) => TapRow[] {
  const seen = new Set<number>();
  return ({ files }) => {
    const chunk = files?.["wandb-history.jsonl"];
    if (!chunk) return [];
    return chunk.content.flatMap((text, index) => {
      const line = chunk.offset + index;
      if (seen.has(line)) return [];
      seen.add(line);
      const row = parseRow(text);
      return row ? [{ runId, line, ...row }] : [];
    });
  };
}

function parseRow(text: string): Pick<TapRow, "step" | "values"> | null {
  const json = wandbJson(text);
  if (!isJsonObject(json)) return null;
  const logged = Object.entries(json).flatMap(([key, value]) => [...flatten(key, value)]);
  const numbers = logged.flatMap(([key, value]) => {
    const number = loggedNumber(value);
    return number === undefined || key === "_step" ? [] : [[key, number] as const];
  });
  const step = loggedNumber(json["_step"]);
  return { step: Number.isSafeInteger(step) ? (step ?? null) : null, values: canonicalise(numbers) };
}
