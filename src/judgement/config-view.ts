import type { Json, JsonObject } from "../json.ts";
import { valueAt } from "./config-path.ts";
import type { ForkTraits } from "./trainer-schema.ts";

/** A filled configuration as the rules ask it. Paths are keys joined by dots; lists are not entered. */
export interface ConfigView {
  readonly traits: ForkTraits;
  value(path: string): Json | undefined;
  /** undefined: absent, null or of another type (which is remarked elsewhere). */
  number(path: string): number | undefined;
  text(path: string): string | undefined;
}

export function viewOf(filled: JsonObject, traits: ForkTraits): ConfigView {
  const value = (path: string) => valueAt(filled, path.split("."));
  return {
    traits,
    value,
    number: (path) => {
      const found = value(path);
      return typeof found === "number" ? found : undefined;
    },
    text: (path) => {
      const found = value(path);
      return typeof found === "string" ? found : undefined;
    },
  };
}
