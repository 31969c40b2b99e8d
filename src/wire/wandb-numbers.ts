import { isJsonObject } from "../json.ts";
import { decimalIn } from "./wandb-decimal.ts";
import { type Span, textOf } from "./wandb-protobuf.ts";

/** W&B writes non-finite numbers as bare tokens in files and as strings in API answers (wandb facts 4). */
const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** A logged value as a number, in any of W&B's spellings; undefined = not a number (text, null, picture, histogram). */
export function loggedNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? NON_FINITE.get(value) : undefined;
}

/** The same for a value that is still JSON text in its file. */
export function numberIn(span: Span): number | undefined {
  const decimal = decimalIn(span);
  if (decimal !== undefined || span.to - span.from > '"-Infinity"'.length) return decimal;
  return NON_FINITE.get(textOf(span).replace(/^"(.*)"$/, "$1"));
}

/** The leaves of a nested value as W&B names them: keys joined with `.`. Lists are no leaves. */
export function* flatten(key: string, value: unknown): Generator<[string, unknown]> {
  if (!isJsonObject(value)) {
    yield [key, value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* flatten(`${key}.${name}`, inner);
}
