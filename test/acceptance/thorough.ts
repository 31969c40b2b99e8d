import { it } from "vitest";

/** Minutes of scenarios belong where time is, not where somebody waits for a result: CI runs all of them. */
export const THOROUGH = process.env["AUTOLOOP_THOROUGH"] === "1";

/** Stands behind the name of what is left out otherwise. */
export const SHORTENED = THOROUGH ? "" : " (skipped: AUTOLOOP_THOROUGH is not 1)";

/** A scenario of that kind. */
export function further(name: string, scenario: () => Promise<void>, timeout?: number): void {
  it.skipIf(!THOROUGH)(`${name}${SHORTENED}`, scenario, timeout);
}
