/** The `compare_runs` shape. `null` = undefined in the data (never NaN). `pct` and `delta` are against `first`; pct in percent. */
export interface MetricSummary {
  readonly first: number | null;
  readonly last: number | null;
  readonly best: number | null;
  readonly best_step: number | null;
  readonly delta: number | null;
  readonly pct: number | null;
}
