import { AutoloopError } from "../errors.ts";
import type { House } from "../house.ts";
import type { Analysis } from "../judgement/analysis.ts";
import type { Thresholds } from "../judgement/thresholds.ts";
import { roundFingerprint } from "../report/fingerprint.ts";
import type { RoundReport, TrialReport } from "../report/models.ts";
import { renderRoundSection } from "../report/round-section.ts";
import type { CheckedPrediction } from "../rounds/events.ts";
import { attemptKey, type History, type RoundHistory } from "../rounds/history.ts";
import type { Manifest, ManifestVariant } from "../rounds/manifest.ts";
import { sha256 } from "../rounds/names.ts";
import { trackRecord } from "../rounds/track-record.ts";
import { neverBegan } from "../rounds/trials.ts";
import { gainOver } from "../rounds/verdict.ts";
import { attemptEnds } from "./attempt-ends.ts";
import { budgetView, campaignView } from "./budget-view.ts";
import { commitSection } from "./commit-section.ts";
import { controlTexts } from "./controls.ts";
import { localDate } from "./dates.ts";
import { nextSteps } from "./next-steps.ts";
import { analysisOf } from "./planning.ts";
import { checkedPrediction, predictionCheck } from "./promises.ts";
import { record } from "./record.ts";
import { configOf, manifestIn, proposedConfigs } from "./round-branch.ts";
import { comparable, comparisonOf } from "./round-comparisons.ts";
import { knownConditions, readTrials, type TrainedTrial } from "./trials.ts";
import { manifestPath, type World } from "./world.ts";

/** Writes what a round brought into the report of the default branch, and remembers which attempts stand there. */
export async function reportRound(house: House, world: World, round: string): Promise<World> {
  const history = world.history.rounds.get(round);
  const manifest = await readManifest(house, world, round);
  if (!history || !manifest) {
    throw new AutoloopError("report.no-manifest", {
      what: `The manifest of round ${round} is not at ${manifestPath(house, round)} in the commit that approved it.`,
      next: "Was `paths.reports` changed since? Set it back until this round is reported.",
    });
  }
  const { report, analysis, predictions, gain } = await readReport(house, world, { history, manifest });
  const date = localDate(house.now(), house.settings.timezone);
  const section = renderRoundSection({
    report,
    date,
    fingerprint: roundFingerprint(report),
    voice: house.voice,
  });
  const commit = await commitSection(house, world, {
    section,
    topic: `round-${round}`,
    round,
    date,
    analysis,
  });
  // What is still out there is reported when it has ended.
  const ended = history.attempts.flatMap(({ trial, attempt, outcome }) =>
    outcome ? [{ key: attemptKey({ id: trial, attempt }), outcome: outcome.event }] : [],
  );
  const recorded = await record(house, world, {
    events: [
      {
        key: `reported:${round}:${sha256(JSON.stringify(ended)).slice(0, 12)}`,
        event: "reported",
        round,
        commit,
        attempts: ended.map(({ key }) => key),
        predictions,
        gain,
      },
    ],
  });
  house.progress.say(`round ${round}: reported, ${report.trials.length} trials`);
  return recorded.world;
}

interface Read {
  readonly report: RoundReport;
  readonly analysis: Analysis;
  readonly predictions: CheckedPrediction[];
  readonly gain: boolean | null;
}

async function readReport(
  house: House,
  world: World,
  { history, manifest }: { history: RoundHistory; manifest: Manifest },
): Promise<Read> {
  const { round } = history;
  const [{ trials, warnings }, attempts] = await Promise.all([
    readTrials(house, world),
    attemptEnds(house, world, history),
  ]);
  const { thresholds } = house.settings;
  const own = trials.filter((trial) => trial.round === round);
  const analysis = analysisOf(house, {
    runs: own.map(({ run }) => run),
    source: house.forge.reader.repository,
    warnings,
    known: knownConditions(trials),
  });
  const predictions = own.flatMap((trial) => {
    const checked = checkedPrediction({ trial, variant: variantOf(trial, manifest), thresholds });
    return checked === null ? [] : [checked];
  });
  const gain = roundGain(own, {
    manifest,
    earlier: trials.filter((trial) => trial.round < round),
    thresholds,
  });
  const report: RoundReport = {
    manifest,
    reviewed: await reviewedVariants(house, history),
    trials: own.map((trial) => trialReport(trial, { manifest, trials, analysis, thresholds })),
    controls: controlTexts(own, {
      trials,
      thresholds,
      parentOf: (trial) => variantOf(trial, manifest)?.parent?.run ?? null,
    }),
    attempts,
    campaign: campaignView(house, { history: withGain(world.history, { round, gain }), round }),
    budget: budgetView(house, world.history),
    record: trackRecord(world.history, { except: round, also: predictions }),
    next: nextSteps(house, { trials, warnings }),
  };
  return { report, analysis, predictions, gain };
}

/** Controls and replicates show what is true, not what is better. */
function roundGain(
  own: readonly TrainedTrial[],
  given: { manifest: Manifest; earlier: readonly TrainedTrial[]; thresholds: Thresholds },
): boolean | null {
  const variants = own.filter((trial) => variantOf(trial, given.manifest)?.control === null);
  return gainOver(variants.map(comparable), {
    earlier: given.earlier.map(comparable),
    thresholds: given.thresholds,
  });
}

/** The history as it will be when this report stands in it. */
function withGain(history: History, { round, gain }: { round: string; gain: boolean | null }): History {
  const known = history.rounds.get(round);
  if (!known) return history;
  const judged = { ...known, gain: gain ? ("yes" as const) : ("no" as const) };
  return { ...history, rounds: new Map([...history.rounds, [round, judged]]) };
}

/** The manifest that was approved: the one on the default branch may have been changed since. */
async function readManifest(house: House, world: World, round: string): Promise<Manifest | null> {
  const merge = world.history.rounds.get(round)?.approved?.merge;
  const tree = merge ? await house.forge.reader.tree({ commit: merge }) : null;
  return (await manifestIn(house, tree, round)).manifest;
}

/** What reviewers changed between proposal and merge. */
async function reviewedVariants(
  house: House,
  { round, proposed, approved }: RoundHistory,
): Promise<RoundReport["reviewed"]> {
  const edited = approved?.edited ?? [];
  if (!approved || edited.length === 0) return [];
  const commit = proposed?.commit ?? null;
  const [before, blobs] = await Promise.all([
    proposedConfigs(house, { commit, round }),
    house.forge.reader.blobs(edited.flatMap((id) => approved.configs[id]?.blob ?? [])),
  ]);
  return edited.flatMap((variant) => {
    const to = configOf(blobs.get(approved.configs[variant]?.blob ?? ""));
    return to ? [{ variant, from: before.get(variant) ?? null, to }] : [];
  });
}

function variantOf({ variant }: TrainedTrial, { variants }: Manifest): ManifestVariant | null {
  return variants.find(({ id }) => id === variant) ?? null;
}

interface Surroundings {
  readonly manifest: Manifest;
  readonly trials: readonly TrainedTrial[];
  readonly analysis: Analysis;
  readonly thresholds: Thresholds;
}

function trialReport(
  trial: TrainedTrial,
  { manifest, trials, analysis, thresholds }: Surroundings,
): TrialReport {
  const variant = variantOf(trial, manifest);
  const { outcome } = trial;
  const began = outcome.outcome !== "interrupted" || !neverBegan(outcome);
  const found = began ? (analysis.runs.find(({ run }) => run.id === trial.run.id) ?? null) : null;
  return {
    trial: trial.trial,
    variant: trial.variant,
    seed: trial.seed,
    attempt: trial.attempt,
    ...(trial.steps === trial.trainer.steps ? {} : { steps: trial.steps }),
    outcome,
    analysis: found,
    check: predictionCheck({ trial, variant, thresholds }),
    comparison: comparisonOf(trial, { parent: variant?.parent?.run ?? null, trials, thresholds }),
  };
}
