import type { House } from "../house.ts";
import { otKnobs } from "../judgement/ot-knobs.ts";
import { expectedHours } from "../rounds/budget.ts";
import type { Parent } from "../rounds/draft.ts";
import { nextRound, trialIdentity } from "../rounds/names.ts";
import { trialsOf } from "../rounds/trials.ts";
import { readForeignRuns } from "./foreign-runs.ts";
import { analysisOf, readTemplates, type Stock, type Within } from "./planning.ts";
import { knownConditions, readTrials, type TrainedTrial } from "./trials.ts";
import type { World } from "./world.ts";

/**
 * What there is to breed from, as ledger, W&B and repository tell. `within`: for a round that was approved beforehand; `round`: its
 * number, where it has one.
 */
export async function takeStock(
  house: House,
  world: World,
  { within, round: given }: { within?: Within; round?: string | undefined } = {},
): Promise<Stock> {
  const rounds = [...world.history.rounds.values()];
  const written = new Set(
    rounds.flatMap(({ approved }) => Object.values(approved?.configs ?? {}).map(({ path }) => path)),
  );
  const [trained, templates] = await Promise.all([
    readTrials(house, world),
    readTemplates(world.view, { globs: house.settings.templates, written: new Set() }),
  ]);
  const foreign = await readForeignRuns(house, templates);
  const { trials } = trained;
  const analysis = analysisOf(house, {
    runs: [...trials.map(({ run }) => run), ...foreign.runs.map(({ run }) => run)],
    source: house.forge.reader.repository,
    warnings: [...trained.warnings, ...foreign.warnings],
    known: knownConditions(trials),
  });
  const parents = [
    ...foreign.runs.map(({ run, parent }) => [run.id, parent] as const),
    ...trials.filter(isFertile).map((trial) => [trial.run.id, parentOf(house, trial)] as const),
  ];
  const round = given ?? nextRound([...world.history.rounds.keys(), ...world.merged]);
  return {
    round,
    parents: new Map(parents),
    analysis,
    templates: templates.filter(({ path }) => !written.has(path)),
    known: knownIdentities(world),
    rejected: new Set([...rejectedHashes(world, round), ...world.history.skipped]),
    conditions: knownConditions(trials),
    hoursPerTrial: expectedHours(world.history, within?.trainer.steps ?? house.settings.trainer.steps),
    within,
    hasLambdaControl: trials.some(({ run }) => isWithoutOt(run.config)),
  };
}

/** Invalid and failed attempts are never bred from. */
function isFertile({ outcome }: TrainedTrial): boolean {
  return outcome.outcome === "finished";
}

function parentOf(house: House, { trial, seed, approved, text }: TrainedTrial): Parent {
  return { path: approved.path, text, hash: approved.hash, run: trial, seed, family: house.settings.family };
}

function isWithoutOt(config: TrainedTrial["run"]["config"]): boolean {
  return config !== null && otKnobs(config).lambda === 0;
}

/** Everything that was approved, whatever became of it: the same trial is not proposed twice; `/rerun` repeats it. */
function knownIdentities({ history }: World): ReadonlySet<string> {
  return new Set(
    [...history.rounds.values()].flatMap((round) => {
      const steps = round.approved?.trainer.steps ?? 0;
      return trialsOf(round).map(({ hash, seed }) => trialIdentity({ hash, seed, steps }));
    }),
  );
}

/** What reviewers closed is not proposed again unchanged for so many rounds. */
const ROUNDS_OF_REST = 3;

function rejectedHashes({ history }: World, round: string): ReadonlySet<string> {
  const resting = [...history.rounds.values()].filter(
    (earlier) => earlier.state === "rejected" && Number(round) - Number(earlier.round) <= ROUNDS_OF_REST,
  );
  return new Set(resting.flatMap(({ proposed }) => proposed?.variants.map(({ hash }) => hash) ?? []));
}
