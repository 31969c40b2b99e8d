import type { Json } from "../json.ts";
import { otKnobs } from "./ot-knobs.ts";
import { difference, labelOf, type RankedVariant } from "./ranked-variant.ts";
import type { Run } from "./run.ts";
import { part } from "./texts.ts";
import type { Thresholds } from "./thresholds.ts";

/** The same training, but OT weighs nothing: what OT has to be held against. */
export function isWithoutOt({ config }: Pick<Run, "config">): boolean {
  return config !== null && otKnobs(config).lambda === 0;
}

export function isWithOt({ config }: Pick<Run, "config">): boolean {
  if (config === null) return false;
  const { enabled, lambda } = otKnobs(config);
  return enabled && lambda !== 0;
}

/** A sentence where the best without OT is no worse than the best with it; null: OT shows a gain, or one of the two was never trained. */
export function noGainFromOt(
  {
    best,
    variants,
  }: {
    readonly best: RankedVariant | null;
    /** The lowest held-out L1 first. */
    readonly variants: readonly RankedVariant[];
  },
  thresholds: Thresholds,
): Json {
  const control = variants.find(({ runs }) => runs.some(({ run }) => isWithoutOt(run)));
  const hasOt = ({ runs }: RankedVariant) => runs.some(({ run }) => isWithOt(run));
  const rival = best !== null && hasOt(best) ? best : variants.find(hasOt);
  if (control === undefined || rival === undefined) return null;
  const { gain, noise, real } = difference(control, rival, thresholds);
  if (real && gain < 0) return null;
  const values = { control: labelOf(control), rival: labelOf(rival), gain: Math.abs(gain), noise };
  return part(real ? "ranking.ot-hurts" : "ranking.ot-ties", values);
}
