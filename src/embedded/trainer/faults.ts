/**
 * Faults on demand, for tests of whoever supervises the trainer. Environment only: a configuration cannot hold them, and a
 * launcher passes them when they are in its allow-list.
 */
export interface Faults {
  /** Raises a RuntimeError at this step: traceback, exit 1. */
  readonly failAt: number | null;
  /** Runs out of GPU memory at this step: exit 1. */
  readonly outOfMemoryAt: number | null;
  /** Poisons the weights at this step: NaN from there on, exit 0. */
  readonly nanAt: number | null;
  /** Stops logging and training at this step, for good; still dies of signals. */
  readonly hangAt: number | null;
  /** Behaves as if SIGINT had been inherited as ignored. */
  readonly ignoreInterrupt: boolean;
  /** Extra milliseconds per step. */
  readonly stepMilliseconds: number;
}

/** Reads TINY_FAIL_AT, TINY_OOM_AT, TINY_NAN_AT, TINY_HANG_AT, TINY_IGNORE_SIGINT and TINY_STEP_MS. */
export function readFaults(env: Readonly<Record<string, string | undefined>>): Faults {
  const step = (name: string) => {
    const value = Number(env[name]);
    return Number.isInteger(value) && value > 0 ? value : null;
  };
  const slowdown = Number(env["TINY_STEP_MS"] ?? 0);
  return {
    failAt: step("TINY_FAIL_AT"),
    outOfMemoryAt: step("TINY_OOM_AT"),
    nanAt: step("TINY_NAN_AT"),
    hangAt: step("TINY_HANG_AT"),
    ignoreInterrupt: env["TINY_IGNORE_SIGINT"] === "1",
    stepMilliseconds: Math.max(0, slowdown) || 0,
  };
}
