import { setTimeout as wait } from "node:timers/promises";

/** Lets tests wait for what a write brings about, instead of sleeping. */
export interface Watch {
  notify(): void;
  /** Resolves once the condition holds, looked at now and at every notice; rejects after `timeoutMs`, or if it throws. */
  until(condition: () => boolean, timeoutMs: number): Promise<void>;
}

export function createWatch(): Watch {
  const lookers = new Set<() => void>();
  return {
    notify: () => {
      for (const look of lookers) look();
    },
    until: async (condition, timeoutMs) => {
      const done = new AbortController();
      let look = (): void => {};
      const held = new Promise<true>((resolve, reject) => {
        look = () => {
          try {
            if (condition()) resolve(true);
          } catch (thrown) {
            reject(thrown);
          }
        };
      });
      look();
      lookers.add(look);
      const late = wait(timeoutMs, false as const, { signal: done.signal }).catch(() => false as const);
      try {
        if (!(await Promise.race([held, late]))) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
      } finally {
        lookers.delete(look);
        done.abort();
      }
    },
  };
}
