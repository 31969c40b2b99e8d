/**
 * Puts the values of these ranks where sorting would put them. A quicksort (Hoare, 1961) that leaves every piece alone in
 * which nobody is interested: linear for a handful of ranks. For finite numbers; reorders `values`.
 */
export function sortAt(values: Float64Array, ranks: readonly number[]): void {
  const pieces = [0, values.length - 1];
  while (pieces.length > 0) {
    const to = pieces.pop() ?? 0;
    const from = pieces.pop() ?? 0;
    if (from >= to || !ranks.some((rank) => rank >= from && rank <= to)) continue;
    const split = partition(values, from, to);
    pieces.push(from, split, split + 1, to);
  }
}

/** Moves what is not above the pivot before what is not below it; the last index of the first part, never `to`. */
function partition(values: Float64Array, from: number, to: number): number {
  const pivot = middleOf(values[from] ?? 0, values[(from + to) >>> 1] ?? 0, values[to] ?? 0);
  let low = from;
  let high = to;
  for (;;) {
    while ((values[low] ?? 0) < pivot) low += 1;
    while ((values[high] ?? 0) > pivot) high -= 1;
    // An early stop at equal values keeps the parts alike where many are equal.
    if (low >= high) return high;
    const value = values[low] ?? 0;
    values[low] = values[high] ?? 0;
    values[high] = value;
    low += 1;
    high -= 1;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
