import { AutoloopError } from "../errors.ts";
import { LedgerEvent } from "./events.ts";

/** Where an event is kept on the ledger branch. */
function ledgerFile(event: LedgerEvent): string {
  return "round" in event ? `rounds/${event.round}.jsonl` : "loop.jsonl";
}

/** One JSON document a line. A line that cannot be read stops everything: guessing about the past is how trials run twice. */
export function parseLedgerFile(file: { path: string; text: string }): LedgerEvent[] {
  return file.text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : parseLine(line, { path: file.path, index })));
}

function parseLine(line: string, { path, index }: { path: string; index: number }): LedgerEvent {
  try {
    return LedgerEvent.parse(JSON.parse(line));
  } catch (cause) {
    throw new AutoloopError("ledger.unreadable", {
      what: `The ledger cannot be read at ${path}:${index + 1}.`,
      next: "Only autoloop writes the branch autoloop/ledger; reset it to the last commit that autoloop made there.",
      cause,
    });
  }
}

/**
 * The files of the ledger with `events` added at their ends. Events whose key is there already are left out, so repeating an
 * append changes nothing; `added` are the others.
 */
export function appendEvents(
  files: ReadonlyMap<string, string>,
  events: readonly LedgerEvent[],
): { files: ReadonlyMap<string, string>; added: readonly LedgerEvent[] } {
  const known = new Set(
    [...files].flatMap(([path, text]) => parseLedgerFile({ path, text }).map(({ key }) => key)),
  );
  const changed = new Map<string, string>();
  const added: LedgerEvent[] = [];
  for (const event of events) {
    if (known.has(event.key)) continue;
    known.add(event.key);
    added.push(event);
    const path = ledgerFile(event);
    changed.set(
      path,
      `${changed.get(path) ?? files.get(path) ?? ""}${JSON.stringify(LedgerEvent.parse(event))}\n`,
    );
  }
  return { files: changed, added };
}
