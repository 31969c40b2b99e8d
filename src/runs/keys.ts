import { canonicalKey, METRICS, OT_COST_PREFIX } from "../judgement/metrics.ts";

const CATALOGUE: ReadonlySet<string> = new Set(METRICS.map((metric) => metric.key));

/** Which logged keys are read: the catalogue's in both spellings, every OT cost term, and the user's own. */
export function keyFilter(extra: readonly string[] = []): (key: string) => boolean {
  const own = new Set(extra);
  return (key) => {
    const canonical = canonicalKey(key);
    return CATALOGUE.has(canonical) || canonical.startsWith(OT_COST_PREFIX) || own.has(key);
  };
}
