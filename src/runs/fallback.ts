import { AutoloopError } from "../errors.ts";
import { type Text, text } from "../judgement/texts.ts";
import type { RunSelection, RunSource, RunsRead } from "./source.ts";

export type SourceName = "wandb" | "files" | "compare";

/** A source that may be asked, or why it cannot be. */
export type Candidate =
  | { readonly name: SourceName; readonly source: RunSource }
  | { readonly name: SourceName; readonly unavailable: Text };

/** The cloud is only asked with a key. */
export const NO_KEY: Candidate = { name: "wandb", unavailable: text("warning.no-wandb-key") };

/**
 * Asks the candidates in their order until one has runs. Why the earlier ones were passed over, and which one was used,
 * stands in the warnings. Where all answer and none has a run, the first answer is the result.
 */
export function firstWithRuns(candidates: readonly Candidate[]): RunSource {
  return { read: (selection) => readFirst(candidates, selection) };
}

async function readFirst(candidates: readonly Candidate[], selection: RunSelection): Promise<RunsRead> {
  const passed: Text[] = [];
  const errors: { name: SourceName; error: AutoloopError }[] = [];
  let empty: RunsRead | null = null;
  for (const candidate of candidates) {
    if ("unavailable" in candidate) {
      passed.push(candidate.unavailable);
      continue;
    }
    const result = await tryRead(candidate.source, selection);
    if (result instanceof AutoloopError) {
      errors.push({ name: candidate.name, error: result });
      passed.push(text("warning.source-skipped", { source: candidate.name, reason: result.what }));
    } else if (result.runs.length === 0) {
      empty ??= result;
      passed.push(text("warning.source-empty", { source: result.source }));
    } else {
      const used = passed.length > 0 ? [text("warning.source-used", { source: result.source })] : [];
      return { ...result, warnings: [...passed, ...used, ...result.warnings] };
    }
  }
  if (empty) return { ...empty, warnings: [...passed, ...empty.warnings] };
  throw nothingReadable(errors);
}

async function tryRead(source: RunSource, selection: RunSelection): Promise<RunsRead | AutoloopError> {
  try {
    return await source.read(selection);
  } catch (error) {
    if (error instanceof AutoloopError && error.code.startsWith("runs.")) return error;
    throw error;
  }
}

function nothingReadable(errors: readonly { name: SourceName; error: AutoloopError }[]): AutoloopError {
  const [only] = errors;
  if (only && errors.length === 1) return only.error;
  return new AutoloopError("runs.no-source", {
    what: [
      "No source of runs can be read.",
      ...errors.map(({ name, error }) => `${name}: ${error.what}`),
    ].join(" "),
    next: "Set WANDB_API_KEY, or name a folder with .wandb files (--dir) or a compare_runs file (--file).",
  });
}
