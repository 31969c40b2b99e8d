import { STALLED } from "./ending.ts";
import type { Clock } from "./ports.ts";
import type { Guard } from "./supervisor.ts";

/** Stops a trainer that has not written anything for `silenceMs`: `failed`, reason `stalled`. */
export function guardAgainstStall({ clock, silenceMs }: { clock: Clock; silenceMs: number }): Guard {
  return async ({ ended, lastOutput }) => {
    while (!ended.aborted) {
      const left = lastOutput() + silenceMs - clock.now();
      if (left <= 0) {
        return {
          outcome: "failed",
          reason: STALLED,
          evidence: { silent_seconds: silenceMs / 1000 },
          urgent: false,
        };
      }
      await clock.sleep(left, ended);
    }
    return null;
  };
}
