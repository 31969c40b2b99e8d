import { groupBy } from "../collections.ts";
import { hanging } from "./grid.ts";
import type { CheckedFile, CheckResult } from "./models.ts";
import { plainLine } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Voice } from "./voice.ts";

/**
 * Which files the trainer would accept, and what it would say to the others. What it says to several of them is said once,
 * under a number that stands beside each.
 */
export function renderCheck({ fork, files }: CheckResult, voice: Voice, terminal: Terminal): string {
  const launchable = files.filter((file) => file.launchable).length;
  const complaints = files.map((file) => ({ file, said: complaintsOf(file, voice) }));
  const shared = sharedComplaints(complaints.flatMap(({ said }) => said));
  const lines = [
    terminal.style("dim", voice.plain("check.fork", { fork })),
    ...complaints.flatMap(({ file, said }) => [
      verdictLine(file, { marks: said.flatMap((each) => shared.get(each)?.mark ?? []), voice, terminal }),
      ...said.filter((each) => !shared.has(each)).flatMap((each) => hanging("    ", each, terminal)),
    ]),
    ...[...shared].flatMap(([said, { mark, count }]) =>
      hanging(`${mark} `, `${said} (${voice.plain("check.same", { count })})`, terminal),
    ),
    voice.plain("check.total", { launchable, files: files.length }),
  ];
  return `${lines.join("\n")}\n`;
}

/** The sentences of one file, each once. */
function complaintsOf({ errors, warnings }: CheckedFile, voice: Voice): readonly string[] {
  const all = [
    ...errors.map((error) => ({ ...error, kind: "check.error" as const })),
    ...warnings.map((warning) => ({ ...warning, kind: "check.warning" as const })),
  ];
  const said = all.map(
    ({ kind, path, message }) =>
      `${voice.plain(kind)} ${path === "" ? voice.plain("check.whole-file") : path}: ${voice.say(message)}`,
  );
  return [...new Set(said)];
}

interface Shared {
  readonly mark: string;
  readonly count: number;
}

/** What more than one file is told, numbered in the order of appearance. */
function sharedComplaints(said: readonly string[]): ReadonlyMap<string, Shared> {
  const several = [...groupBy(said, (each) => each)].filter(([, equal]) => equal.length > 1);
  return new Map(
    several.map(([each, equal], index) => [each, { mark: `[${index + 1}]`, count: equal.length }]),
  );
}

interface Verdict {
  readonly marks: readonly string[];
  readonly voice: Voice;
  readonly terminal: Terminal;
}

function verdictLine({ path, launchable }: CheckedFile, { marks, voice, terminal }: Verdict): string {
  const verdict = launchable
    ? terminal.style("green", `✓ ${voice.plain("check.launches")}`)
    : terminal.style("red", `✗ ${voice.plain("check.refused")}`);
  return [`${verdict}  ${plainLine(path, 300)}`, ...marks].join(" ");
}
