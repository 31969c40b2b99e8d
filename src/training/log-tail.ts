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
      lines.push(plainLine(line).slice(0, WIDTH));
      if (lines.length > LINES) lines.shift();
    },
    read: () => [...lines],
  };
}
