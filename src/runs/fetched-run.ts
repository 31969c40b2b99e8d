import { isJsonObject, type JsonObject } from "../json.ts";
import { unwrapConfig, wandbJson } from "../wire/wandb-json.ts";
import type { LoggedPoints } from "./join-steps.ts";

/** A run's history as the server told it. */
export interface FetchedRun {
  readonly id: string;
  readonly config: JsonObject | null;
  readonly points: readonly LoggedPoints[];
  readonly notNumbers: number;
  /** Rows that the server counts and did not return. */
  readonly missingRows: number;
}

/** The config as the API sends it: JSON as text, values wrapped. */
export function readConfig(text: string | null): JsonObject | null {
  const config = text === null ? null : wandbJson(text);
  return isJsonObject(config) ? unwrapConfig(config) : null;
}
