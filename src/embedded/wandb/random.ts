/** Numbers in [0, 1) from a seed: never the same twice in a row, always the same in the next test. */
export type Random = () => number;

/** mulberry32, public domain, by Tommy Ettinger. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `size` of the items in their old order; all of them when there are no more than that. */
export function sampled<Item>(items: readonly Item[], size: number, random: Random): readonly Item[] {
  if (items.length <= size) return items;
  const kept: Item[] = [];
  items.forEach((item, index) => {
    const wanted = size - kept.length;
    if (random() * (items.length - index) < wanted) kept.push(item);
  });
  return kept;
}
