import { plainLine } from "./neutral-text.ts";

/** The last lines of an attempt's output, oldest first, without terminal control. */
export interface LogTail {
  add(line: string): void;
  read(): string[];
}

const LINES = 40;
const WIDTH = 1_000;

export function logTail(): LogTail {
  const lines: string[] = [];
  return {
    add: (line) => {
      lines.push(line);
      if (lines.length > LINES) lines.shift();
    },
    // Not as they come: hardly one in a thousand is still there at the end.
    read: () => lines.map((line) => plainLine(line).slice(0, WIDTH)),
  };
}
