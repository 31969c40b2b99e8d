import { groupBy } from "../collections.ts";
import { canonicalKey } from "../judgement/metrics.ts";
import type { Run } from "../judgement/run.ts";
import { type Text, text } from "../judgement/texts.ts";
import { runIdOf } from "./find-files.ts";
import { countRepeated, joinKeys, unreadKeys } from "./join-steps.ts";
import { stateFromFile } from "./run-state.ts";
import type { WandbFile } from "./wandb-file.ts";

/** A run read from local files, with what a selection may ask for. */
export interface LocalRun {
  readonly run: Run;
  readonly group: string | null;
  readonly tags: readonly string[];
  /** Milliseconds since 1970; the file's time where there is no run record. */
  readonly createdAt: number;
  readonly warnings: readonly Text[];
}

export function fileRunId(file: WandbFile): string {
  return file.run?.id || (runIdOf(file.path) ?? file.path);
}

/**
 * One run of its segments: every start of a trainer writes its own file, a resumed run several of one id. They are
 * joined by `_step` in the order of their starts; the last segment decides name, config and state.
 */
export function mergeSegments(segments: readonly WandbFile[], now: number): LocalRun {
  const ordered = [...withoutCopies(segments)].sort(
    (a, b) => startOf(a) - startOf(b) || (a.path < b.path ? -1 : 1),
  );
  const newest = <Value>(of: (file: WandbFile) => Value | null): Value | null =>
    ordered.reduce<Value | null>((found, file) => of(file) ?? found, null);
  const id = ordered.map(fileRunId)[0] ?? "";
  const header = newest((file) => file.run);
  const steps = ordered.flatMap((file) => file.steps);
  const unread = unreadKeys(
    ordered.flatMap((file) => file.unread),
    ordered.flatMap((file) => file.points),
  );
  const last = ordered.at(-1);
  const name = header?.displayName ?? null;
  const run: Run = {
    id,
    label: name ?? id,
    name,
    url: null,
    state: stateFromFile({ exitCode: last?.exitCode ?? null, silentMs: now - (last?.modifiedAt ?? now) }),
    rows: steps.length,
    steps: steps.length > 0 ? steps.reduce((most, step) => Math.max(most, step), 0) : null,
    config: newest((file) => file.config),
    data: {
      kind: "curves",
      series: joinKeys(
        ordered.flatMap((file) => file.points),
        canonicalKey,
      ),
    },
  };
  return {
    run: unread.length === 0 ? run : { ...run, unread },
    group: header?.group ?? null,
    tags: header?.tags ?? [],
    createdAt: ordered[0] ? startOf(ordered[0]) : now,
    warnings: [
      ...repeatedSteps(id, steps),
      ...ordered.flatMap((file) => fileWarnings(file, run.state !== "running")),
    ],
  };
}

/** The same start of the same run is the same file, copied to another place; the longer copy is the newer one. */
function withoutCopies(segments: readonly WandbFile[]): readonly WandbFile[] {
  const starts = groupBy(segments, (file) => file.run?.startedAt ?? file.path);
  return [...starts.values()].flatMap((copies) =>
    [...copies].sort((a, b) => b.records - a.records).slice(0, 1),
  );
}

function startOf(file: WandbFile): number {
  return file.run?.startedAt ? file.run.startedAt * 1000 : file.modifiedAt;
}

export function repeatedSteps(run: string, steps: readonly number[]): Text[] {
  const repeated = countRepeated(steps);
  return repeated > 0 ? [text("warning.repeated-steps", { run, count: repeated })] : [];
}

function fileWarnings({ path, losses }: WandbFile, over: boolean): Text[] {
  const warnings: Text[] = [];
  if (losses.damaged > 0 || losses.lostRecords > 0 || losses.badHeader) {
    const places = losses.damaged + (losses.badHeader ? 1 : 0);
    warnings.push(text("warning.damaged-file", { file: path, places, records: losses.lostRecords }));
  }
  if (losses.tail > 0 && over)
    warnings.push(text("warning.unfinished-file", { file: path, bytes: losses.tail }));
  if (losses.rowsWithoutStep > 0) {
    warnings.push(text("warning.rows-without-step", { file: path, count: losses.rowsWithoutStep }));
  }
  if (losses.notNumbers > 0)
    warnings.push(text("warning.not-numbers", { where: path, count: losses.notNumbers }));
  return warnings;
}
