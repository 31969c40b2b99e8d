/**
 * One logged metric of one run. `steps` rises strictly; `values[i]` was logged at `steps[i]` and may be NaN or infinite:
 * a non-finite value is evidence, not a hole. Both have the same length.
 */
export interface Series {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}
