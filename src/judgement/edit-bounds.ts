/** Limits of edited numbers, by path; `[*]` stands for any entry of a list. */
import { AutoloopError } from "../errors.ts";
import type { Json } from "../json.ts";
import { type PathStep, parsePath } from "./config-path.ts";

export interface Bound {
  readonly min: number;
  readonly max: number;
}

export type Bounds = Readonly<Record<string, Bound>>;

/** The bound of the first pattern that fits; null: unlimited. */
function boundOf(bounds: Bounds, path: string): Bound | null {
  const steps = parsePath(path);
  const found = Object.entries(bounds).find(([pattern]) => fits(parsePath(pattern), steps));
  return found?.[1] ?? null;
}

/** @throws AutoloopError `config.out-of-bounds`; nothing is clamped. */
export function requireWithin({ bounds, path, value }: { bounds: Bounds; path: string; value: Json }): void {
  const bound = boundOf(bounds, path);
  if (bound === null || typeof value !== "number" || (value >= bound.min && value <= bound.max)) return;
  throw new AutoloopError("config.out-of-bounds", {
    what: `\`${path}\` would become ${value}, outside ${bound.min} to ${bound.max}.`,
    next: "Choose a value inside, or change the bound in the settings.",
  });
}

function fits(pattern: readonly PathStep[], steps: readonly PathStep[]): boolean {
  return (
    pattern.length === steps.length &&
    pattern.every((wanted, index) => {
      const step = steps[index];
      if (step?.kind !== wanted.kind) return false;
      if (wanted.kind === "name")
        return step.kind === "name" && (wanted.name === "*" || wanted.name === step.name);
      return step.kind === "key" && wanted.key === step.key;
    })
  );
}
