import type { TrainerHost } from "./host.ts";

/** The trainer's log: one line per call on stderr, unbuffered (trainer facts 8). */
export interface Log {
  info(where: string, message: string): void;
  error(where: string, message: string): void;
  /** Text as it is: warnings of libraries, tracebacks, usage. */
  raw(text: string): void;
  /** Sends every line to somebody else as well: W&B captures the console once it is up. */
  follow(listener: ((line: string) => void) | null): void;
}

export function createLog({ stderr, clock }: TrainerHost): Log {
  let listener: ((line: string) => void) | null = null;
  function write(text: string): void {
    stderr(text);
    if (listener) for (const line of text.replace(/\n$/, "").split("\n")) listener(line);
  }
  /** `where` is `path:line`, of which Python's format keeps the last fifteen characters. */
  const line = (level: string) => (where: string, message: string) => {
    write(`${level} ${localTime(clock.now())} ${where.slice(-15)} ${message}\n`);
  };
  return {
    info: line("INFO"),
    error: line("ERROR"),
    raw: write,
    follow(next) {
      listener = next;
    },
  };
}

/** `2026-11-22 08:32:42`, local time. */
export function localTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${date} ${[two(time.getHours()), two(time.getMinutes()), two(time.getSeconds())].join(":")}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
