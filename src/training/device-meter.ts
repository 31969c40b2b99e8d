import type { Clock } from "./ports.ts";

/** Device-hours of a launch: of what ended and of what runs. */
export interface DeviceMeter {
  /** Returns what is to be called at the end. */
  readonly start: () => () => void;
  readonly hours: () => number;
}

export function deviceMeter({ steady }: Pick<Clock, "steady">): DeviceMeter {
  const running = new Set<{ readonly since: number }>();
  let endedMs = 0;
  return {
    start: () => {
      const own = { since: steady() };
      running.add(own);
      return () => {
        if (running.delete(own)) endedMs += steady() - own.since;
      };
    },
    hours: () => [...running].reduce((sum, { since }) => sum + steady() - since, endedMs) / 3_600_000,
  };
}
