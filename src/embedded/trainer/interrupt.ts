import type { Signals } from "./host.ts";

/** Thrown where Python would raise KeyboardInterrupt. */
export class KeyboardInterrupt extends Error {}

/** A stop that was asked for, by SIGINT or by the server; looked at between steps and while waiting. */
export interface Interrupt {
  request(): void;
  /** Throws once a stop was asked for. */
  check(): void;
  /** Waits for `work`, or throws as soon as a stop is asked for. */
  guard<T>(work: Promise<T>): Promise<T>;
  /** Goes back to dying of SIGINT. */
  release(): void;
}

export function createInterrupt(signals: Signals, { ignore }: { ignore: boolean }): Interrupt {
  let requested = false;
  let wake: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    wake = resolve;
  });
  function request(): void {
    requested = true;
    wake();
  }
  function check(): void {
    if (requested) throw new KeyboardInterrupt();
  }
  const release = signals.onInterrupt(ignore ? () => {} : request);
  return {
    request,
    check,
    release,
    async guard(work) {
      await Promise.race([work, asked]);
      check();
      return work;
    },
  };
}
