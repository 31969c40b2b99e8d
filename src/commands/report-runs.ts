import type { House } from "../house.ts";
import { analysisFingerprint } from "../report/fingerprint.ts";
import { renderAnalysisSection } from "../report/section.ts";
import { commitSection } from "./commit-section.ts";
import { localDate } from "./dates.ts";
import { selectedRuns } from "./foreign-runs.ts";
import { analysisOf } from "./planning.ts";
import type { World } from "./world.ts";

const TOPIC = "runs";

/**
 * What a lab gets before it lets the loop propose anything: an analysis of the runs that the settings select, whenever they say
 * something new. Returns whether a section was written.
 */
export async function reportRuns(house: House, world: World): Promise<boolean> {
  const selection = selectedRuns(house.settings);
  if (!selection || !house.cloud) {
    house.progress.say(
      selection ? "no W&B key: no runs are reported" : "`source.select` names no runs: none are reported",
    );
    return false;
  }
  const { runs, warnings, source } = await house.cloud.read(selection);
  if (runs.length === 0) return false;
  const analysis = analysisOf(house, { runs, source, warnings });
  const date = localDate(house.now(), house.settings.timezone);
  const { thresholds, trust } = house.settings;
  const fingerprint = analysisFingerprint(analysis, { thresholds, trust });
  const section = renderAnalysisSection({ analysis, topic: TOPIC, date, fingerprint, voice: house.voice });
  const commit = await commitSection(house, world, { section, topic: TOPIC, round: null, date, analysis });
  if (commit) house.progress.say(`reported ${runs.length} runs of ${source}`);
  return commit !== null;
}
