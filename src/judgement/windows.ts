import { metricOf, type Reading } from "./metrics.ts";
import type { Run } from "./run.ts";
import { finite, lastPoints, lastWindow, type Series, thin } from "./series.ts";
import { type Trend, trend } from "./statistics.ts";
import { type WindowStatistics, windowStatistics } from "./summary.ts";
import type { Thresholds } from "./thresholds.ts";

/** The points that a metric's level is read from; null where its last value is enough. */
export function readingOf(series: Series, reading: Reading, thresholds: Thresholds): Series | null {
  switch (reading) {
    case "pool":
      return lastPoints(series, thresholds.mass.pool);
    case "window":
      return lastWindow(series, thresholds.window);
    case "running-mean":
      return lastPoints(series, thresholds.evaluation.smooth);
    case "last":
      return null;
  }
}

/** Level and noise of a metric over its own window, and where it goes. */
export interface WindowReading extends Omit<WindowStatistics, "slope"> {
  /** Per trainer step, with its interval; null below 4 points. */
  readonly trend: Trend | null;
}

/** Every metric of a run over its own window, in the catalogue's order. Empty for a summary. */
export function windowsOf({ data }: Run, thresholds: Thresholds): ReadonlyMap<string, WindowReading> {
  if (data.kind === "summary") return new Map();
  return new Map(
    [...data.series].flatMap(([key, series]) => {
      const metric = metricOf(key);
      const window = metric && readingOf(series, metric.reading, thresholds);
      const read = window && readWindow(window);
      return read ? [[key, read] as const] : [];
    }),
  );
}

/** Pairs of points grow with their square: more than this are averaged first. */
const MOST_POINTS = 60;

function readWindow(window: Series): WindowReading | null {
  const statistics = windowStatistics(window);
  if (statistics === null) return null;
  const { slope: _, ...level } = statistics;
  const { steps, values } = thin(finite(window), MOST_POINTS);
  return { ...level, trend: steps.length < 4 ? null : trend(steps, values) };
}
