import { difference, labelOf, type RankedVariant } from "./ranked-variant.ts";
import { part, type Text, text } from "./texts.ts";
import type { Thresholds } from "./thresholds.ts";
import { noGainFromOt } from "./without-ot.ts";

export type Proposal =
  | {
      /** tell-apart: the leader is inside the noise of the next; replicate: it leads, but at too few paired seeds. */
      readonly kind: "tell-apart" | "replicate" | "promote";
      readonly variant: RankedVariant;
      readonly rival: RankedVariant;
      readonly text: Text;
    }
  | { readonly kind: "confirm"; readonly variant: RankedVariant; readonly rival: null; readonly text: Text };

export interface Ranked {
  readonly best: RankedVariant | null;
  readonly contenders: readonly RankedVariant[];
  readonly nothingLeft: boolean;
}

/** What to do with a winner: more seeds, promotion, or confirmation where nothing is left to gain. */
export function proposalsOf({
  best,
  contenders,
  nothingLeft,
  variants,
  thresholds,
}: Ranked & {
  readonly variants: readonly RankedVariant[];
  readonly thresholds: Thresholds;
}): readonly Proposal[] {
  if (best === null) return [];
  const values = { label: labelOf(best) };
  if (nothingLeft) {
    const because = text("proposal.confirm", { ...values, contenders: contenders.length });
    return [{ kind: "confirm", variant: best, rival: null, text: because }];
  }
  const [equal] = contenders.filter((variant) => variant !== best);
  const rival = equal ?? variants.find((variant) => variant !== best);
  if (rival === undefined) return [];
  const { gain, noise, pairs, wins } = difference(best, rival, thresholds);
  if (equal !== undefined) {
    const because = text("proposal.tell-apart", {
      ...values,
      rival: labelOf(rival),
      gain: Math.abs(gain),
      noise,
    });
    return [{ kind: "tell-apart", variant: best, rival, text: because }];
  }
  const kind = pairs >= 2 && wins === pairs ? "promote" : "replicate";
  const because = text(`proposal.${kind}`, { ...values, rival: labelOf(rival), gain, noise, pairs, wins });
  return [{ kind, variant: best, rival, text: because }];
}

/** The ranking in a sentence, and another where OT shows no gain in it; null where nothing could be ranked. */
export function verdict(
  ranked: Ranked & { readonly variants: readonly RankedVariant[] },
  thresholds: Thresholds,
): Text | null {
  const ranking = leadOf(ranked, thresholds);
  const withoutOt = noGainFromOt(ranked, thresholds);
  if (ranking === null || withoutOt === null) return ranking;
  return text("ranking.and", { ranking: part(ranking.key, ranking.values), also: withoutOt });
}

function leadOf({ best, contenders, nothingLeft }: Ranked, { noise }: Thresholds): Text | null {
  if (best === null) return null;
  const values = {
    label: labelOf(best),
    eval: best.evaluation,
    last: best.last,
    contenders: contenders.length,
  };
  if (nothingLeft)
    return text("ranking.nothing-left", { ...values, best: best.evaluation, noise: noise.equal_seed });
  const key = contenders.length > 1 ? "ranking.best-by-stability" : "ranking.best";
  return text(key, { ...values, noise: noise.equal_seed });
}
