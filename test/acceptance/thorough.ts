/** Minutes of scenarios belong where time is, not where somebody waits for a result: CI runs all of them. */
export const THOROUGH = process.env["AUTOLOOP_THOROUGH"] === "1";

/** Stands behind the name of what is left out otherwise. */
export const SHORTENED = THOROUGH ? "" : " (skipped: AUTOLOOP_THOROUGH is not 1)";
