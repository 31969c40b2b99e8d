/** Without the live tap a watch hears no rows: this fetches them for it, from wherever they can be read. */
import { messageOf } from "../../errors.ts";
import type { Clock } from "../ports.ts";
import type { Guard } from "../supervisor.ts";
import type { RowEvent, Watch } from "../watch.ts";

export interface RowGuardOptions {
  readonly watch: Watch;
  /** Rows behind a step, by rising step. May throw: then it is asked again next time. */
  readonly read: (after: number) => Promise<readonly Omit<RowEvent, "kind">[]>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly onNote: (note: string) => void;
}

/** Looks for new rows until the watch asks to stop or the trainer has ended. Says once when there is nothing to be seen. */
export function guardByRows({ watch, read, everyMs, clock, onNote }: RowGuardOptions): Guard {
  return async ({ ended }) => {
    let after = -1;
    let looks = 0;
    let seen = false;
    let trouble: string | null = null;
    while (!ended.aborted) {
      await clock.sleep(everyMs, ended);
      if (ended.aborted) break;
      looks += 1;
      try {
        for (const row of await read(after)) {
          seen = true;
          after = Math.max(after, row.step ?? after);
          const request = watch({ kind: "row", ...row });
          if (request) return request;
        }
        trouble = null;
      } catch (error) {
        if (trouble === null) onNote(`rows of a running trial cannot be read now: ${messageOf(error)}`);
        trouble = messageOf(error);
      }
    }
    if (looks > 0 && !seen)
      onNote(
        "the OT values of a trial were not seen while it ran; `trainer.tap: true` shows them as they come",
      );
    return null;
  };
}
