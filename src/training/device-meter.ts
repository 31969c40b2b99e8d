/** Device-hours of a launch: of what ended and of what runs. */
export interface DeviceMeter {
  /** Returns what is to be called at the end. */
  readonly start: () => () => void;
  readonly hours: () => number;
}

export function deviceMeter({ now }: { now: () => number }): DeviceMeter {
  const running = new Set<{ readonly since: number }>();
  let endedMs = 0;
  return {
    start: () => {
      const own = { since: now() };
      running.add(own);
      return () => {
        if (running.delete(own)) endedMs += now() - own.since;
      };
    },
    hours: () => [...running].reduce((sum, { since }) => sum + now() - since, endedMs) / 3_600_000,
  };
}
