/**
 * The stem for a section's data files: `base`, or `base-2`, `base-3`, … where the day and topic have files already. Data that a
 * section of the report rests on are never overwritten.
 */
export function freeName(paths: Iterable<string>, base: string): string {
  const taken = new Set(paths);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(`${name}.json`) && !taken.has(`${name}.md`)) return name;
  }
}
