import { outcomeName } from "../forge/ledger-store.ts";
import { stateFolder } from "../house/state-folder.ts";
import type { House, Surroundings } from "../house.ts";
import { evaluationLevel } from "../judgement/diagnosis/evaluation.ts";
import { EVAL_L1 } from "../judgement/metrics.ts";
import type { PrunedFolder, PruneReport } from "../report/models.ts";
import { parseManifest } from "../rounds/approval.ts";
import { parseTrialId } from "../rounds/names.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { retentionRule, type Score } from "../rounds/retention.ts";
import { resultsOf } from "../rounds/trials.ts";
import { removeCheckpoints, storedCheckpoints } from "../training/checkpoint-store.ts";
import { lookAround, manifestPath, roundBranch, type World } from "./world.ts";

export interface PruneOptions {
  /** Without it, it is only shown what would be removed. */
  readonly removing: boolean;
}

/** Checkpoints on this machine that nobody will need: neither logs nor outcomes nor anything else is touched. */
export async function prune(
  house: House,
  surroundings: Surroundings,
  { removing }: PruneOptions,
): Promise<PruneReport> {
  const world = await lookAround(house);
  // The name of a local loop's folder comes with its first round: until then nothing can lie in it.
  if (world.ledger.commit === null && house.settings.trainer.state_dir === undefined)
    return { stateDir: null, removing, folders: [] };
  const [scores, parents] = await Promise.all([scoresOf(house, world), parentsOf(house, world)]);
  const rule = retentionRule({ history: world.history, retries: house.retries, scores, parents });
  const stateDir = stateFolder(house, surroundings);
  const folders: PrunedFolder[] = [];
  for (const stored of await storedCheckpoints(stateDir)) {
    const { keep, why } = stored.running ? { keep: true, why: "open" as const } : rule(stored.trial);
    const { path, trial, attempts, bytes } = stored;
    const removed = !keep && removing && (await removeCheckpoints(stored, stateDir));
    folders.push({ path, trial, attempts, bytes, keep, why, removed });
  }
  return { stateDir, removing, folders };
}

/** How far the finished trials came, smoothed as rankings are; one that was trained further counts with each of its totals. */
async function scoresOf(house: House, { ledger, history }: World): Promise<readonly Score[]> {
  const finished = [...history.rounds.values()]
    .flatMap(resultsOf)
    .filter(({ outcome }) => outcome?.event === "finished");
  const outcomes = await house.ledger.readOutcomes(ledger, finished.map(outcomeName));
  const { smooth } = house.settings.thresholds.evaluation;
  return finished.flatMap((attempt) => {
    const outcome = outcomes.get(outcomeName(attempt));
    return (outcome && scoreOf(outcome, smooth)) ?? [];
  });
}

function scoreOf(outcome: Outcome, smooth: number): Score | null {
  const { steps = [], values = [] } = outcome.curves[EVAL_L1] ?? {};
  const level = evaluationLevel({ steps, values: values.map(Number) }, smooth)?.best;
  if (level === undefined || !Number.isFinite(level)) return null;
  const { eval_freq, batch_size } = outcome.conditions;
  const seed = parseTrialId(outcome.trial)?.seed;
  return { trial: outcome.trial, level, group: JSON.stringify([seed, outcome.steps, eval_freq, batch_size]) };
}

/** Of merged rounds, and of those that are still to be decided on. */
async function parentsOf(house: House, world: World): Promise<ReadonlySet<string>> {
  const { reader } = house.forge;
  const open = [...world.history.rounds.values()].filter(({ state }) => state === "proposed");
  const trees = await Promise.all(open.map(({ round }) => reader.tree({ branch: roundBranch(round) })));
  const files = [
    ...[...world.merged].map((round) => world.tree.files.get(manifestPath(house, round))),
    ...open.map(({ round }, index) => trees[index]?.files.get(manifestPath(house, round))),
  ];
  const blobs = await reader.blobs(files.flatMap((file) => file?.blob ?? []));
  const manifests = [...blobs.values()].flatMap((bytes) => parseManifest(bytes) ?? []);
  return new Set(manifests.flatMap(({ variants }) => variants.flatMap(({ parent }) => parent?.run ?? [])));
}
