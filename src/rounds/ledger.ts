import { AutoloopError } from "../errors.ts";
import { LedgerEvent } from "./events.ts";
import { isPlainEvent } from "./plain-event.ts";

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
    const read: unknown = JSON.parse(line);
    return isPlainEvent(read) ? read : LedgerEvent.parse(read);
  } catch (cause) {
    throw new AutoloopError("ledger.unreadable", {
      what: `The ledger cannot be read at ${path}:${index + 1}.`,
      next: "Only autoloop writes the branch autoloop/ledger; reset it to the last commit that autoloop made there.",
      cause,
    });
  }
}

/** Files by path, and what stands in them. */
export interface LedgerContent {
  readonly texts: ReadonlyMap<string, string>;
  readonly events: readonly LedgerEvent[];
}

/**
 * The files of the ledger with `events` added at their ends. Events whose key is there already are left out, so repeating an
 * append changes nothing; `added` are the others, as they will be read.
 */
export function appendEvents(
  { texts, events: there }: LedgerContent,
  events: readonly LedgerEvent[],
): { files: ReadonlyMap<string, string>; added: readonly LedgerEvent[] } {
  const known = new Set(there.map(({ key }) => key));
  const files = new Map<string, string>();
  const added: LedgerEvent[] = [];
  for (const given of events) {
    if (known.has(given.key)) continue;
    const event = LedgerEvent.parse(given);
    known.add(event.key);
    added.push(event);
    const path = ledgerFile(event);
    files.set(path, `${files.get(path) ?? texts.get(path) ?? ""}${JSON.stringify(event)}\n`);
  }
  return { files, added };
}
