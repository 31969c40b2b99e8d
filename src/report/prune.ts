import { grid } from "./grid.ts";
import type { PrunedFolder, PruneReport } from "./models.ts";
import type { Terminal } from "./terminal.ts";
import type { Voice } from "./voice.ts";

/** Which checkpoints go and which stay, each with its reason. */
export function renderPrune(
  { stateDir, removing, folders }: PruneReport,
  voice: Voice,
  terminal: Terminal,
): string {
  if (stateDir === null) return `${voice.plain("prune.no-rounds")}\n`;
  const going = folders.filter(({ keep }) => !keep);
  const kept = folders.filter(({ keep }) => keep);
  const removed = going.filter((folder) => folder.removed);
  const size = bytesText(sum(removing ? removed : going));
  const said = removing
    ? voice.plain("prune.removed", { folders: removed.length, size })
    : voice.plain("prune.would-remove", { folders: going.length, size });
  const lines = [
    terminal.style("dim", voice.plain("prune.state", { folder: stateDir })),
    ...section(voice.plain("prune.going"), going, { voice, terminal }),
    ...section(voice.plain("prune.kept"), kept, { voice, terminal }),
    going.length === 0 ? voice.plain("prune.nothing") : said,
    ...(removed.length < going.length && removing ? [voice.plain("prune.busy")] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function section(
  title: string,
  folders: readonly PrunedFolder[],
  { voice, terminal }: { voice: Voice; terminal: Terminal },
): readonly string[] {
  if (folders.length === 0) return [];
  const rows = folders.map(({ trial, attempts, bytes, why, path }) => [
    trial,
    attempts.join(", "),
    bytesText(bytes),
    voice.plain(`retention.${why}`),
    path,
  ]);
  const table = grid(
    [
      { title: voice.plain("column.trial"), align: "left" },
      { title: voice.plain("column.attempts"), align: "left" },
      { title: voice.plain("column.size"), align: "right" },
      { title: voice.plain("column.reason"), align: "left" },
      { title: voice.plain("column.folder"), align: "left" },
    ],
    rows,
    // A path that is cut off could not be looked at.
    { width: Number.POSITIVE_INFINITY },
  );
  return [terminal.style("bold", title), ...table.map((line) => `  ${line}`), ""];
}

export function pruneDocument({ stateDir, removing, folders }: PruneReport): object {
  return {
    schema: "autoloop/prune@1",
    state_dir: stateDir,
    removing,
    freed_bytes: sum(folders.filter(({ removed }) => removed)),
    folders,
  };
}

function sum(folders: readonly PrunedFolder[]): number {
  return folders.reduce((total, { bytes }) => total + bytes, 0);
}

function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power > 0 && value < 100 ? 1 : 0)} ${units[power]}`;
}
