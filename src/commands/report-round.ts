import { AutoloopError } from "../errors.ts";
import type { House } from "../house.ts";
import { analyse } from "../judgement/analyse.ts";
import type { Analysis } from "../judgement/analysis.ts";
import { appendSection } from "../report/append.ts";
import { analysisDocument, dataName, documentText } from "../report/documents.ts";
import { roundFingerprint } from "../report/fingerprint.ts";
import type { RoundReport, TrialReport } from "../report/models.ts";
import { commitSubject } from "../report/plain.ts";
import { renderRoundSection } from "../report/round-section.ts";
import { parseManifest } from "../rounds/approval.ts";
import { attemptKey } from "../rounds/history.ts";
import type { Manifest } from "../rounds/manifest.ts";
import { checkPrediction, compareWithParent } from "../rounds/verdict.ts";
import { localDate } from "./dates.ts";
import { record } from "./record.ts";
import { voiceOf } from "./replying.ts";
import { readTrials, type TrainedTrial } from "./trials.ts";
import { lookAround, manifestPath, type World } from "./world.ts";

/** Writes what a round brought into the report of the default branch, and remembers which attempts stand there. */
export async function reportRound(house: House, world: World, round: string): Promise<World> {
  const history = world.history.rounds.get(round);
  const manifest = await readManifest(house, world, round);
  if (!history || !manifest) return world;
  const { trials, warnings } = await readTrials(house, world);
  const analysis = analyse({
    runs: trials.filter((trial) => trial.round === round).map(({ run }) => run),
    source: house.forge.reader.repository,
    rules: house.settings.rules,
    thresholds: house.settings.thresholds,
    warnings,
  });
  const report: RoundReport = {
    manifest,
    trials: trialReports({ round, manifest, trials, analysis }),
    next: [],
  };
  const commit = await commitReport(house, world, { report, analysis });
  const recorded = await record(house, world, {
    events: [
      {
        key: `reported:${round}:${history.attempts.length}`,
        event: "reported",
        round,
        commit,
        attempts: history.attempts.map(({ trial, attempt }) => attemptKey({ id: trial, attempt })),
      },
    ],
  });
  house.progress.say(`round ${round}: reported, ${report.trials.length} trials`);
  return recorded.world;
}

/** The manifest that was approved: the one on the default branch may have been changed since. */
async function readManifest(house: House, world: World, round: string): Promise<Manifest | null> {
  const merge = world.history.rounds.get(round)?.approved?.merge;
  const tree = merge ? await house.forge.reader.tree({ commit: merge }) : null;
  const file = tree?.files.get(manifestPath(house, round));
  const bytes = file ? (await house.forge.reader.blobs([file.blob])).get(file.blob) : undefined;
  return bytes ? parseManifest(bytes) : null;
}

function trialReports(basis: {
  round: string;
  manifest: Manifest;
  trials: readonly TrainedTrial[];
  analysis: Analysis;
}): readonly TrialReport[] {
  const { manifest, trials, analysis } = basis;
  const byRun = new Map(analysis.runs.map((run) => [run.run.id, run]));
  return trials
    .filter(({ round }) => round === basis.round)
    .map((trial) => {
      const variant = manifest.variants.find(({ id }) => id === trial.variant) ?? null;
      const found = byRun.get(trial.outcome.run_id) ?? null;
      return {
        trial: trial.trial,
        variant: trial.variant,
        seed: trial.seed,
        attempt: trial.attempt,
        outcome: trial.outcome,
        analysis: found,
        check: variant?.predicts && found ? checkPrediction(variant.predicts, found) : null,
        comparison: variant ? compareWithParent({ trial, variant, trials, noise: manifest.noise }) : null,
      };
    });
}

const TRIES = 5;

/** One commit on the default branch. When it moved meanwhile, the section is rendered again on what is there by then. */
async function commitReport(
  house: House,
  world: World,
  { report, analysis }: { report: RoundReport; analysis: Analysis },
): Promise<string | null> {
  const { paths, timezone } = house.settings;
  const date = localDate(house.now(), timezone);
  const path = `${paths.reports}/${paths.report}`;
  const fingerprint = roundFingerprint(report);
  const section = renderRoundSection({ report, date, fingerprint, voice: voiceOf(house) });
  const topic = `round-${report.manifest.round}`;
  const data = `${paths.reports}/data/${dataName({ date, topic })}`;
  let now = world;
  for (let tries = 0; tries < TRIES; tries++) {
    const existing = (await now.view.read([path])).get(path) ?? null;
    const appended = appendSection({ existing, section, language: house.language });
    if (appended.kind === "unchanged") return null;
    const result = await house.forge.writer.commit({
      branch: now.branch,
      parent: now.tree.commit,
      files: new Map<string, Uint8Array | string>([
        [path, appended.bytes],
        [`${data}.json`, documentText(analysisDocument(analysis))],
        [`${data}.md`, section.text],
      ]),
      message: commitSubject("report", topic),
    });
    if (result.kind === "moved") return result.commit;
    now = await lookAround(house);
  }
  throw new AutoloopError("report.contended", {
    what: `${now.branch} was moved by others ${TRIES} times while the report of ${topic} was being committed.`,
    next: "Run again; the report is written once.",
  });
}
