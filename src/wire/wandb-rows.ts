import { loggedNumber } from "./wandb-numbers.ts";

export interface RowPoints {
  readonly points: readonly { readonly key: string; readonly steps: number[]; readonly values: number[] }[];
  /** Values that are no numbers, and values in rows without a step; left out. */
  readonly notNumbers: number;
}

/** The columns of rows as the API returns them; order of rows is kept, absent keys are holes. */
export function pointsOfRows(
  rows: readonly Readonly<Record<string, unknown>>[],
  keys: Iterable<string>,
): RowPoints {
  let notNumbers = 0;
  const points = [...keys].map((key) => {
    const steps: number[] = [];
    const values: number[] = [];
    for (const row of rows) {
      if (row[key] === undefined) continue;
      const value = loggedNumber(row[key]);
      const step = loggedNumber(row["_step"]);
      if (value === undefined || !Number.isSafeInteger(step)) notNumbers++;
      else {
        steps.push(step ?? 0);
        values.push(value);
      }
    }
    return { key, steps, values };
  });
  return { points: points.filter(({ values }) => values.length > 0), notNumbers };
}
