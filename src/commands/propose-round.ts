import { AutoloopError } from "../errors.ts";
import type { Pull, Tree } from "../forge/forge.ts";
import type { House } from "../house.ts";
import type { Analysis } from "../judgement/analysis.ts";
import { otKnobs } from "../judgement/ot-knobs.ts";
import { commitSubject } from "../report/plain.ts";
import { bodyHash, renderPullRequest } from "../report/pull-request.ts";
import { expectedHours } from "../rounds/budget.ts";
import { type Draft, manifestText, type Parent } from "../rounds/draft.ts";
import { nextRound, sha256, trialIdentity } from "../rounds/names.ts";
import { trackRecord } from "../rounds/track-record.ts";
import { trialsOf } from "../rounds/trials.ts";
import { budgetView } from "./budget-view.ts";
import { readForeignRuns } from "./foreign-runs.ts";
import { analysisOf, planRound, readTemplates, type Stock, type Within } from "./planning.ts";
import { proposalOf } from "./proposal-model.ts";
import { record } from "./record.ts";
import { knownConditions, readTrials, type TrainedTrial } from "./trials.ts";
import { manifestPath, roundBranch, type World } from "./world.ts";

export type ProposeResult =
  | { readonly kind: "opened"; readonly round: string; readonly pull: Pull }
  | { readonly kind: "already-open"; readonly round: string }
  | { readonly kind: "nothing-to-gain" }
  | { readonly kind: "no-templates" };

/** Drafts the next round and opens its pull request. One round is open at a time. */
export async function proposeRound(
  house: House,
  world: World,
  { max }: { max?: number | undefined },
): Promise<ProposeResult> {
  const open = [...world.history.rounds.values()].find(({ state }) => state === "proposed");
  if (open) return { kind: "already-open", round: open.round };
  const stock = await takeStock(house, world);
  const planned = planRound(house, stock, max);
  if (planned.kind !== "draft") {
    house.progress.say(`nothing proposed: ${planned.kind}`);
    return { kind: planned.kind };
  }
  const { draft } = planned;
  const { round } = draft.manifest;
  const pull = await publish(house, world, { draft, analysis: stock.analysis });
  await record(house, world, {
    events: [
      {
        key: `proposed:${round}`,
        event: "proposed",
        round,
        pull: pull.number,
        manifest: sha256(manifestText(draft.manifest)),
        variants: draft.manifest.variants.map(({ id, hash }) => ({ id, hash })),
        follow_up: draft.manifest.follow_up,
        follows: null,
      },
    ],
  });
  house.progress.say(`round ${round}: proposed as ${pull.url}, ${draft.manifest.variants.length} variants`);
  return { kind: "opened", round, pull };
}

/** What there is to breed from. `within`: for a round that was approved beforehand; `round`: its number, where it has one. */
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
    rejected: rejectedHashes(world, round),
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

/** What an interrupted attempt at this round added to its branch: gone, unless this draft adds it again. */
function leftovers(left: Tree | null, { tree }: World): readonly string[] {
  return [...(left?.files.keys() ?? [])].filter((path) => !tree.files.has(path));
}

/**
 * Commits variants and manifest on the round's branch and opens the pull request. A branch that an interrupted attempt left
 * behind gets a further commit; an open pull request is found again.
 */
async function publish(
  house: House,
  world: World,
  { draft, analysis }: { draft: Draft; analysis: Analysis },
): Promise<Pull> {
  const { round } = draft.manifest;
  const branch = roundBranch(round);
  const left = await house.forge.reader.tree({ branch });
  const files = new Map<string, string | null>([
    ...leftovers(left, world).map((path): [string, null] => [path, null]),
    ...draft.files,
    [manifestPath(house, round), manifestText(draft.manifest)],
  ]);
  const committed = await house.forge.writer.commit({
    branch,
    parent: left?.commit ?? world.tree.commit,
    create: !left,
    files,
    message: commitSubject("propose", round),
  });
  if (committed.kind === "lost-the-race") {
    throw new AutoloopError("forge.round-branch", {
      what: `Somebody else is writing the branch ${branch}.`,
      next: "Run again; the round is proposed once.",
    });
  }
  const { title, body } = renderPullRequest(
    proposalOf(draft, {
      analysis,
      record: trackRecord(world.history),
      budget: budgetView(house, world.history),
    }),
    house.voice,
  );
  const pull = await house.forge.pulls.open({ branch, base: world.branch, title, body });
  if (bodyHash(pull.body) !== bodyHash(body)) await house.forge.pulls.update(pull.number, { title, body });
  return pull;
}
