import { loggedNumber } from "./wandb-numbers.ts";

type Row = Readonly<Record<string, unknown>>;

interface Column {
  readonly key: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export interface RowPoints {
  readonly points: readonly Column[];
  /** Values that are no numbers, and values in rows without a step; left out. */
  readonly notNumbers: number;
}

/** The rows that answer one question about history. */
export interface LoggedRows {
  readonly count: number;
  /** The columns of these keys, where they have any numbers. */
  pointsOf(keys: Iterable<string>): RowPoints;
}

export function loggedRows(rows: readonly Row[]): LoggedRows {
  return { count: rows.length, pointsOf: (keys) => pointsOfRows(rows, keys) };
}

/** The columns of rows as the API returns them; order of rows is kept, absent keys are holes. */
export function pointsOfRows(rows: readonly Row[], keys: Iterable<string>): RowPoints {
  const rowSteps = rows.map((row) => loggedNumber(row["_step"]));
  const allSteps = rowSteps.every(Number.isSafeInteger) ? rowSteps.filter(isNumber) : null;
  let notNumbers = 0;
  const points = [...keys].map((key): Column => {
    const logged = rows.map((row) => loggedNumber(row[key]));
    // Nearly always: every row has the key, and all such keys share the steps.
    if (allSteps && logged.every(isNumber)) return { key, steps: allSteps, values: logged };
    const steps: number[] = [];
    const values: number[] = [];
    logged.forEach((value, index) => {
      const step = rowSteps[index];
      if (rows[index]?.[key] === undefined) return;
      if (value === undefined || !Number.isSafeInteger(step)) notNumbers++;
      else {
        steps.push(step ?? 0);
        values.push(value);
      }
    });
    return { key, steps, values };
  });
  return { points: points.filter(({ values }) => values.length > 0), notNumbers };
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}
