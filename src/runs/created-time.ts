import { AutoloopError } from "../errors.ts";

/**
 * Milliseconds since 1970 of a time of creation in a selection.
 * @throws AutoloopError `arguments.time`: an unreadable time would select nothing, silently.
 */
export function createdTime(written: string): number {
  const time = Date.parse(written);
  if (!Number.isNaN(time)) return time;
  throw new AutoloopError("arguments.time", {
    what: `"${written}" is no time.`,
    next: "Write it as 2025-12-31 or 2025-12-31T08:00:00Z.",
  });
}
