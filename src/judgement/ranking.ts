import type { RunAnalysis } from "./analysis.ts";
import { configHash } from "./canonical.ts";
import { conditionsOf, differing, type KnownConditions, type RunConditions } from "./conditions.ts";
import { evaluationLevel } from "./diagnosis/evaluation.ts";
import { atEqualSteps } from "./equal-steps.ts";
import { EVAL_L1 } from "./metrics.ts";
import { isBarren } from "./prescribe.ts";
import { beats, type RankedVariant } from "./ranked-variant.ts";
import { type Proposal, proposalsOf, verdict } from "./ranking-proposals.ts";
import { EXPLORER } from "./rules/calibrated/explore.ts";
import type { Run } from "./run.ts";
import { compareStability, stabilityOf } from "./stability.ts";
import { mean } from "./statistics.ts";
import { subjectOf } from "./subject.ts";
import type { Text } from "./texts.ts";
import { DEFAULT_THRESHOLDS, type Thresholds } from "./thresholds.ts";

export interface RankOptions {
  readonly thresholds?: Thresholds;
  /** Conditions that no configuration holds, by run id. */
  readonly known?: ReadonlyMap<string, KnownConditions>;
  /** Runs of one variant (equal but for the seed) have one key; default: the hash of the configuration, else the run. */
  readonly variantOf?: (run: Run) => string;
}

export interface Ranking {
  /** The comparable variants: the one to derive from first, the others by their held-out L1. */
  readonly variants: readonly RankedVariant[];
  readonly best: RankedVariant | null;
  /** Those that no other beats beyond the noise, the best among them. */
  readonly contenders: readonly RankedVariant[];
  /** Runs whose findings the rules answer, whatever they reached: to be repaired. Worst evidence first. */
  readonly problems: readonly RunAnalysis[];
  /** Runs under other conditions, cut short, without an evaluation, or barren. */
  readonly excluded: readonly RunAnalysis[];
  readonly nothingLeft: boolean;
  readonly proposals: readonly Proposal[];
  readonly text: Text | null;
}

/**
 * Ranks runs of equal conditions by their smoothed held-out L1 against the noise. Inside the noise the steadier OT wins:
 * share of live readings, then spread of ln pi_sum, then gradient jitter.
 */
export function rankRuns(analyses: readonly RunAnalysis[], options: RankOptions = {}): Ranking {
  const { thresholds = DEFAULT_THRESHOLDS, known, variantOf = configurationOf } = options;
  const candidates = analyses.flatMap((analysis) => {
    const conditions = conditionsOf(analysis.run, known?.get(analysis.run.id));
    const level = isBarren(analysis.findings) ? null : levelOf(analysis, thresholds);
    return level === null ? [] : [{ analysis, conditions, ...level }];
  });
  const comparable = largestGroup(atEqualSteps(candidates));
  const byLevel = groupByVariant(comparable, { variantOf, thresholds }).sort(
    (a, b) => a.evaluation - b.evaluation,
  );
  const contenders = unbeaten(byLevel, thresholds);
  const best = [...contenders].sort((a, b) => compareStability(a.stability, b.stability))[0] ?? null;
  const nothingLeft = best !== null && contenders.length >= 3 && !best.runs.some(hasCorrection);
  const used = new Set(comparable.map(({ analysis }) => analysis));
  const ranked = { best, contenders, nothingLeft };
  return {
    ...ranked,
    variants: best === null ? byLevel : [best, ...byLevel.filter((variant) => variant !== best)],
    problems: problemsOf(analyses),
    excluded: analyses.filter((analysis) => !used.has(analysis)),
    proposals: proposalsOf({ ...ranked, variants: byLevel, thresholds }),
    text: verdict({ ...ranked, variants: byLevel }, thresholds),
  };
}

/** Not those nearest to the lowest mean, which may be owed to a lucky seed: nobody who is beaten on the seeds that two have in common. */
function unbeaten(byLevel: readonly RankedVariant[], thresholds: Thresholds): readonly RankedVariant[] {
  const left = byLevel.filter((own) => !byLevel.some((other) => beats(other, own, thresholds)));
  // Pairs at different seeds may go round in a circle.
  return left.length > 0 ? left : byLevel.slice(0, 1);
}

function configurationOf({ config, id }: Run): string {
  return config === null ? id : configHash(config, { fork: "train-logging" });
}

interface Candidate {
  readonly analysis: RunAnalysis;
  readonly conditions: RunConditions;
  readonly best: number;
  readonly last: number;
}

/** Smoothed minimum and last value; a summary's single best where there is no curve. */
function levelOf(
  { run, summary }: RunAnalysis,
  thresholds: Thresholds,
): { best: number; last: number } | null {
  const series = run.data.kind === "curves" ? run.data.series.get(EVAL_L1) : undefined;
  if (series !== undefined) return evaluationLevel(series, thresholds.evaluation.smooth);
  const { best = null, last = null } = summary.get(EVAL_L1) ?? {};
  return best === null || last === null ? null : { best, last };
}

/** The most runs that agree in everything but the seed; of several such groups the first. */
function largestGroup(candidates: readonly Candidate[]): readonly Candidate[] {
  const groups = candidates.map((own) =>
    candidates.filter((other) =>
      differing(own.conditions, other.conditions).every((field) => field === "seed"),
    ),
  );
  return groups.reduce((largest, group) => (group.length > largest.length ? group : largest), []);
}

function groupByVariant(
  candidates: readonly Candidate[],
  { variantOf, thresholds }: { readonly variantOf: (run: Run) => string; readonly thresholds: Thresholds },
): RankedVariant[] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = variantOf(candidate.analysis.run);
    groups.set(key, [...(groups.get(key) ?? []), candidate]);
  }
  return [...groups].map(([key, members]) => {
    const seeds = new Map<number | null, number[]>();
    for (const { conditions, best } of members)
      seeds.set(conditions.seed, [...(seeds.get(conditions.seed) ?? []), best]);
    const steadiness = members.map(({ analysis }) => stabilityOf(subjectOf(analysis.run, thresholds)));
    return {
      key,
      runs: members.map(({ analysis }) => analysis),
      // Seeds count alike, however often one was repeated.
      evaluation: mean([...seeds.values()].map(mean)),
      last: mean(members.map(({ last }) => last)),
      bySeed: new Map([...seeds].map(([seed, levels]) => [seed, mean(levels)])),
      // A variant is as steady as its least steady run.
      stability: [...steadiness].sort(compareStability).at(-1) ?? {
        aliveShare: null,
        massSpread: null,
        gradientJitter: null,
      },
    };
  });
}

const NO_CORRECTION: readonly string[] = [EXPLORER, "ot-lambda-control"];

function hasCorrection({ actions }: RunAnalysis): boolean {
  return actions.some(({ rule, edits }) => edits.length > 0 && !NO_CORRECTION.includes(rule));
}

function problemsOf(analyses: readonly RunAnalysis[]): readonly RunAnalysis[] {
  const weight = ({ findings }: RunAnalysis) =>
    findings.filter(({ severity }) => severity === "problem").length;
  return analyses
    .filter((analysis) => hasCorrection(analysis) && !isBarren(analysis.findings))
    .sort((a, b) => weight(b) - weight(a));
}
