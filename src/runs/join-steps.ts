import { canonicalKey } from "../judgement/metrics.ts";
import type { Series } from "../judgement/series.ts";

/** What was logged under one key, in the order of logging. Steps may repeat and go back. */
export interface LoggedPoints {
  readonly key: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/**
 * One curve. A step that was logged more than once keeps its **last** value: a resumed training goes on from the later
 * attempt's weights, so the earlier values describe a training that was thrown away. (Online, W&B itself keeps the
 * first of them, because its client drops steps that the server already has: wandb facts 8.3.)
 */
export function joinSteps({ steps, values }: Pick<LoggedPoints, "steps" | "values">): Series {
  if (isRising(steps)) return { steps, values };
  const last = new Map<number, number>();
  for (let index = 0; index < steps.length; index++) last.set(steps[index] ?? 0, values[index] ?? Number.NaN);
  const rising = [...last.keys()].sort((a, b) => a - b);
  return { steps: rising, values: rising.map((step) => last.get(step) ?? Number.NaN) };
}

/**
 * Curves by canonical key. Where a key was logged under its own name and under an older alias, its own name wins step
 * by step. `points` come in the order of logging, segment after segment.
 */
export function joinKeys(
  points: readonly LoggedPoints[],
  canonicalKey: (key: string) => string,
): ReadonlyMap<string, Series> {
  const pieces = new Map<string, { own: LoggedPoints[]; alias: LoggedPoints[] }>();
  for (const logged of points) {
    const key = canonicalKey(logged.key);
    const found = pieces.get(key) ?? { own: [], alias: [] };
    found[key === logged.key ? "own" : "alias"].push(logged);
    pieces.set(key, found);
  }
  return new Map([...pieces].map(([key, { own, alias }]) => [key, joinSteps(concat([...alias, ...own]))]));
}

/** Of logged keys, the canonical ones of which no value was read under any of their names. */
export function unreadKeys(logged: readonly string[], points: readonly LoggedPoints[]): readonly string[] {
  const read = new Set(points.map(({ key }) => canonicalKey(key)));
  return [...new Set(logged.map(canonicalKey))].filter((key) => !read.has(key)).sort();
}

/** How many rows were logged at a step that already had one. */
export function countRepeated(steps: readonly number[]): number {
  return isRising(steps) ? 0 : steps.length - new Set(steps).size;
}

function concat(pieces: readonly LoggedPoints[]): Pick<LoggedPoints, "steps" | "values"> {
  const [first] = pieces;
  if (first && pieces.length === 1) return first;
  return { steps: pieces.flatMap((piece) => piece.steps), values: pieces.flatMap((piece) => piece.values) };
}

function isRising(steps: readonly number[]): boolean {
  for (let index = 1; index < steps.length; index++) {
    if ((steps[index] ?? 0) <= (steps[index - 1] ?? 0)) return false;
  }
  return true;
}
