import type { House } from "../house.ts";
import { rankRuns } from "../judgement/ranking.ts";
import type { Run } from "../judgement/run.ts";
import type { Text } from "../judgement/texts.ts";
import { analysisOf } from "./planning.ts";
import { knownConditions, type TrainedTrial, type TrainedTrials } from "./trials.ts";

/** What all rounds together say: who leads, whether that is more than noise, what would prove it. */
export function nextSteps(
  { settings, voice }: Pick<House, "settings" | "voice">,
  { trials, warnings }: TrainedTrials,
): readonly Text[] {
  const known = knownConditions(trials);
  const runs = trials.map((trial) => namedRun(trial, voice));
  const everything = analysisOf({ settings }, { runs, source: "", warnings, known });
  const ranking = rankRuns(everything.runs, { thresholds: settings.thresholds, known });
  return [ranking.text, ...ranking.proposals.map(({ text }) => text)].filter((step) => step !== null);
}

/** One that was trained further stands beside itself: only its steps tell which of the two is meant. */
function namedRun({ run, steps, trainer }: TrainedTrial, voice: House["voice"]): Run {
  if (steps === trainer.steps) return run;
  return { ...run, label: `${run.label} (${voice.plain("round.steps", { steps })})` };
}
