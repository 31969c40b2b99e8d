/** The curves of an attempt from all places that know a part of them. */
import type { LoggedCurve } from "../wire/trainer-curves.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { readOutcome } from "./outcome-files.ts";

export type Curves = Readonly<Record<string, LoggedCurve>>;

export interface CurveParts {
  /** Of earlier attempts, up to the checkpoint. */
  readonly prior: Curves;
  /** From this attempt's log, with few digits. */
  readonly logged: Curves;
  /** From the W&B files of its output folder: more digits and more keys. */
  readonly written: Curves;
  /** null: it began anew, and everything is its own. */
  readonly until: number | null;
}

/**
 * A training that went on leaves what came after its checkpoint behind: those points belong to weights that are gone. And a W&B file
 * that was cut short holds nothing, so the earlier outcome has to tell of the beginning.
 */
export function wholeCurves({ prior, logged, written, until }: CurveParts): Curves {
  if (until === null) return { ...logged, ...written };
  const keys = new Set([prior, logged, written].flatMap((curves) => Object.keys(curves)));
  return Object.fromEntries(
    [...keys].map((key) => [key, upTo(joined([prior[key], logged[key], written[key]]), until)]),
  );
}

/**
 * What the outcome of the attempt that is gone on with says up to the checkpoint. One that cannot be read by now costs the beginning of
 * the curves, not the outcome that is being written.
 */
export async function priorCurves(
  stateDir: string,
  { trial, resumed }: Pick<AttemptRecord, "trial" | "resumed">,
): Promise<Curves> {
  if (resumed === null) return {};
  const outcome = await readOutcome(stateDir, { trial, attempt: resumed.attempt });
  if (typeof outcome === "string") return {};
  return Object.fromEntries(
    Object.entries(outcome.curves).map(([key, { steps, values }]) => [
      key,
      upTo({ steps, values: values.map(Number) }, resumed.step),
    ]),
  );
}

/** Of several values of one step the last one holds. */
function joined(curves: readonly (LoggedCurve | undefined)[]): LoggedCurve {
  const points = new Map<number, number>();
  for (const curve of curves) {
    for (const [index, step] of curve?.steps.entries() ?? [])
      points.set(step, curve?.values[index] ?? Number.NaN);
  }
  const steps = [...points.keys()].toSorted((a, b) => a - b);
  return { steps, values: steps.map((step) => points.get(step) ?? Number.NaN) };
}

function upTo({ steps, values }: LoggedCurve, last: number): LoggedCurve {
  return {
    steps: steps.filter((step) => step <= last),
    values: values.filter((_, index) => (steps[index] ?? 0) <= last),
  };
}
