import { type Text, text } from "../judgement/texts.ts";
import { createdTime } from "./created-time.ts";
import type { LocalRun } from "./merge-segments.ts";
import type { RunFilter, RunSelection } from "./source.ts";

/** The selected ones, oldest first, and what of the selection could not be answered from files. */
export function selectLocal(
  runs: readonly LocalRun[],
  selection: RunSelection,
): { readonly chosen: readonly LocalRun[]; readonly warnings: readonly Text[] } {
  const ordered = [...runs].sort((a, b) => a.createdAt - b.createdAt || (a.run.id < b.run.id ? -1 : 1));
  if (selection.kind === "ids") {
    const wanted = new Set(selection.runIds);
    const chosen = ordered.filter(({ run }) => wanted.has(run.id));
    return { chosen, warnings: missingRuns(selection.runIds, new Set(chosen.map(({ run }) => run.id))) };
  }
  const fitting = ordered.filter((candidate) => fits(candidate, selection));
  const chosen = selection.limit === undefined ? fitting : fitting.slice(-selection.limit);
  const warnings = selection.filter ? [text("warning.selection-ignored", { parts: ["filter"] })] : [];
  return { chosen, warnings };
}

export function missingRuns(wanted: readonly string[], found: ReadonlySet<string>): Text[] {
  const missing = wanted.filter((id) => !found.has(id));
  return missing.length > 0 ? [text("warning.runs-missing", { runs: missing })] : [];
}

function fits(candidate: LocalRun, { tags, group, states, created }: RunFilter): boolean {
  if (tags?.all && !tags.all.every((tag) => candidate.tags.includes(tag))) return false;
  if (tags?.any && !tags.any.some((tag) => candidate.tags.includes(tag))) return false;
  if (group !== undefined && candidate.group !== group) return false;
  if (states && !states.includes(candidate.run.state)) return false;
  if (created?.from !== undefined && candidate.createdAt < createdTime(created.from)) return false;
  return created?.to === undefined || candidate.createdAt < createdTime(created.to);
}
