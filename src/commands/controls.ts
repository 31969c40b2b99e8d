import { part, type Text, text } from "../judgement/texts.ts";
import type { Thresholds } from "../judgement/thresholds.ts";
import { isWithOt, isWithoutOt } from "../judgement/without-ot.ts";
import { compareTrials, type Difference, isFinished } from "../rounds/verdict.ts";
import { comparable } from "./round-comparisons.ts";
import type { TrainedTrial } from "./trials.ts";

interface Given {
  readonly trials: readonly TrainedTrial[];
  readonly thresholds: Thresholds;
  /** Trial that a trial was bred from. */
  readonly parentOf: (trial: TrainedTrial) => string | null;
}

/** What each run without OT that came to its end says of OT: a gain, none beyond the noise, or harm. */
export function controlTexts(own: readonly TrainedTrial[], given: Given): readonly Text[] {
  return own
    .filter(({ outcome, run }) => isFinished(outcome) && isWithoutOt(run))
    .map((control) => controlText(control, given));
}

function controlText(control: TrainedTrial, { trials, thresholds, parentOf }: Given): Text {
  const found = trials
    .filter(({ seed, outcome, run }) => seed === control.seed && isFinished(outcome) && isWithOt(run))
    .flatMap((other) => compareTrials(comparable(control), comparable(other), thresholds) ?? [])
    .filter(({ upTo }) => upTo === null)
    // The differences are the control's: the greatest is that against the best.
    .sort((a, b) => b.delta - a.delta);
  const [best] = found;
  if (!best) return text("control.alone", { control: control.trial, seed: control.seed });
  const against = text(`control.${effectOfOt(best)}`, {
    control: control.trial,
    rival: best.against,
    ...{ difference: Math.abs(best.delta), noise: best.floor, runs: found.length },
  });
  const parent = found.find((each) => each.against === parentOf(control));
  if (!parent || parent === best) return against;
  return text("control.and-parent", {
    best: part(against.key, against.values),
    parent: parent.against,
    difference: -parent.delta,
    verdict: part(`control.parent.${effectOfOt(parent)}`),
  });
}

function effectOfOt({ delta, floor }: Difference): "gains" | "ties" | "hurts" {
  if (!(Math.abs(delta) > floor)) return "ties";
  return delta > 0 ? "gains" : "hurts";
}
