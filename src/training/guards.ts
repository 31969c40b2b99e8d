import { STALLED } from "./ending.ts";
import type { Clock } from "./ports.ts";
import type { Guard } from "./supervisor.ts";

/** Stops a trainer that has not written anything for `silenceMs`: `failed`, reason `stalled`. */
export function guardAgainstStall({ clock, silenceMs }: { clock: Clock; silenceMs: number }): Guard {
  return async ({ ended, lastOutput }) => {
    while (!ended.aborted) {
      const left = lastOutput() + silenceMs - clock.steady();
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

export interface EndOptions {
  readonly clock: Clock;
  /** Milliseconds until the trainer has to end; null: nothing ends it. Asked again and again: clocks and summer time may jump. */
  readonly msLeft: () => number | null;
  /** Slug of the outcome. */
  readonly reason: string;
}

const LONGEST_NAP_MS = 60_000;

/** Stops a trainer when its time is up: `interrupted`, to go on from its last checkpoint another time. */
export function guardAgainstEnd({ clock, msLeft, reason }: EndOptions): Guard {
  return async ({ ended }) => {
    while (!ended.aborted) {
      const left = msLeft();
      if (left === null) return null;
      if (left <= 0) return { outcome: "interrupted", reason, evidence: {}, urgent: false };
      await clock.sleep(Math.min(left, LONGEST_NAP_MS), ended);
    }
    return null;
  };
}
