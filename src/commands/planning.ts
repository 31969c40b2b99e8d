import { matchPaths, type RepositoryView } from "../forge/view.ts";
import type { FolderHouse, House } from "../house.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { analyse } from "../judgement/analyse.ts";
import type { Analysis } from "../judgement/analysis.ts";
import type { KnownConditions } from "../judgement/conditions.ts";
import { type Ranking, rankRuns } from "../judgement/ranking.ts";
import type { Text } from "../judgement/texts.ts";
import { isWithoutOt } from "../judgement/without-ot.ts";
import { type Breeder, candidatesOf } from "../rounds/candidates.ts";
import {
  type ConfigFile,
  type Control,
  type Draft,
  draftSearchRound,
  draftSeedRound,
  type Parent,
  type RoundPlan,
} from "../rounds/draft.ts";
import { boundsAround } from "../rounds/follow-up.ts";
import { nightsFrom } from "../rounds/hours.ts";
import type { TrainerConditions } from "../rounds/manifest.ts";
import {
  draftConfirmation,
  idleSlots,
  type Replicates,
  replicatesOf,
  withReplicates,
} from "../rounds/repetition.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import { launchRules } from "./launch-rules.ts";

/** What there is to breed from, and what must not be proposed again. */
export interface Stock {
  readonly round: string;
  /** Files by run id, for the runs of `analysis` that have one. */
  readonly parents: ReadonlyMap<string, Parent>;
  readonly analysis: Analysis;
  readonly templates: readonly ConfigFile[];
  /** Identities of everything that was trained or waits elsewhere. */
  readonly known: ReadonlySet<string>;
  /** Hashes of rounds that were closed without merge not long ago. */
  readonly rejected: ReadonlySet<string>;
  /** Median hours that a trial of these conditions holds a device; null: never measured. */
  readonly hoursPerTrial: number | null;
  /** What no configuration holds and comparisons must agree in, by run id. */
  readonly conditions: ReadonlyMap<string, KnownConditions>;
  /** Given: only what an earlier merge approved beforehand may be in the round, under its conditions. */
  readonly within?: Within | undefined;
  /** A run without OT was part of an earlier round already. */
  readonly hasLambdaControl: boolean;
}

export interface Within {
  readonly allows: (config: JsonObject) => boolean;
  readonly trainer: TrainerConditions;
}

export type Planned =
  | { readonly kind: "draft"; readonly draft: Draft }
  | { readonly kind: "nothing-to-gain"; readonly why: Text | null }
  | { readonly kind: Exclude<Unplanned, "nothing-to-gain"> };

/** Why there is no round. `no-results`: all that could begin was proposed, and nothing of it was trained to its end. */
export type Unplanned = "nothing-to-gain" | "no-templates" | "no-results";

/** The next round, from what was learned so far. Without any run it is the seed round. */
export function planRound(
  house: Pick<House | FolderHouse, "settings" | "now">,
  stock: Stock,
  max?: number,
): Planned {
  const plan = roundPlan(house, stock);
  if (stock.parents.size === 0) {
    if (stock.within) return { kind: "nothing-to-gain", why: null };
    const draft = draftSeedRound(plan, stock.templates);
    if (draft) return { kind: "draft", draft: withFollowUp(draft, house, stock) };
    return { kind: stock.round === "0001" ? "no-templates" : "no-results" };
  }
  const { settings } = house;
  const ranking = rankRuns(stock.analysis.runs, {
    thresholds: settings.thresholds,
    known: stock.conditions,
  });
  const ordered = [...ranking.variants.flatMap(({ runs }) => runs), ...ranking.problems, ...ranking.excluded];
  const breeders = [...new Set(ordered)].flatMap((analysis): Breeder[] => {
    const parent = stock.parents.get(analysis.run.id);
    return parent ? [{ parent, analysis }] : [];
  });
  const best = breeders[0]?.parent;
  const searched = ranking.nothingLeft
    ? null
    : draftSearchRound(plan, {
        candidates: candidatesOf(breeders),
        controls: best && settings.controls ? controlsFor(best, stock) : [],
        max: max ?? settings.max_variants,
      });
  const given = { plan, stock, ranking, seeds: settings.seeds };
  const draft = searched
    ? replicated(searched, { ...given, devices: settings.gpus.max_concurrency })
    : confirmation(given);
  return draft
    ? { kind: "draft", draft: withFollowUp(draft, house, stock) }
    : { kind: "nothing-to-gain", why: ranking.text };
}

/** What merging the round would approve beyond it; a follow-up round approves nothing more. */
function withFollowUp(
  draft: Draft,
  { settings, now }: Pick<House, "settings" | "now">,
  { within }: Stock,
): Draft {
  const wanted = settings.follow_up;
  if (!wanted || within) return draft;
  const { rounds, gpu_hours, patience } = wanted;
  const configs = draft.variants.flatMap(({ config, parent }) => [config, ...parentConfig(parent)]);
  const bounds = boundsAround(configs, { trust: settings.trust, trainer: draft.manifest.trainer });
  const given = { ...launchRules(settings), now: now() };
  const until = (wanted.until ? new Date(wanted.until) : nightsFrom(wanted.nights, given)).toISOString();
  return {
    ...draft,
    manifest: { ...draft.manifest, follow_up: { rounds, gpu_hours, until, bounds, patience } },
  };
}

function parentConfig(parent: Parent | null): readonly JsonObject[] {
  const config = parent ? parseLenientJson(parent.text) : null;
  return config !== null && isJsonObject(config) ? [config] : [];
}

interface Decision {
  readonly plan: RoundPlan;
  readonly stock: Stock;
  readonly ranking: Ranking;
  readonly seeds: readonly number[];
}

/**
 * A winner is trained at another seed, with its rival, before anything is built on it. Two that cannot be told apart get
 * their further seed only where the round would leave devices idle.
 */
function replicated(draft: Draft, given: Decision & { readonly devices: number }): Draft {
  const { plan, ranking, devices } = given;
  const replicates = replicatesFor(given);
  if (replicates === null) return draft;
  const idle = idleSlots(draft.manifest.budget.trials, devices);
  const leads = ranking.proposals.some(({ kind }) => kind === "replicate");
  return leads || replicates.parents.length <= idle ? withReplicates(plan, draft, replicates) : draft;
}

function replicatesFor({ plan, stock, ranking, seeds }: Decision): Replicates | null {
  const [proposal] = ranking.proposals;
  if (proposal === undefined || proposal.rival === null || proposal.kind === "promote") return null;
  const trained = [proposal.variant, proposal.rival].flatMap(({ runs, bySeed }) => {
    const parent = runs.map(({ run }) => stock.parents.get(run.id)).find((found) => found !== undefined);
    const own = new Set([...bySeed.keys()].filter((seed) => seed !== null));
    return parent === undefined ? [] : [{ parent, seeds: own }];
  });
  if (trained.length < 2) return null;
  const seedsOf = (parent: Parent) =>
    trained.find((each) => each.parent === parent)?.seeds ?? new Set<number>();
  const parents = trained.map(({ parent }) => parent);
  return replicatesOf(plan, { parents, seeds, seedsOf, because: proposal.text });
}

/**
 * No rule has anything left to say: the leader beside the one without OT, else beside the next, at further seeds. A leader of which
 * only a summary is left confirms nothing: its numbers are single readings.
 */
function confirmation({ plan, stock, ranking, seeds }: Decision): Draft | null {
  const [leader, ...rest] = ranking.variants.map(({ runs }) => runs[0]);
  if (leader?.run.data.kind !== "curves") return null;
  const rival = rest.find((run) => run !== undefined && isWithoutOt(run.run)) ?? rest[0];
  const parents = [leader, rival].flatMap((analysis) => {
    const parent = analysis ? stock.parents.get(analysis.run.id) : undefined;
    return parent ? [parent] : [];
  });
  const because = ranking.proposals[0]?.text ?? ranking.text;
  return because ? draftConfirmation(plan, { parents, seeds, because }) : null;
}

/** The parent under the round's conditions (dropped when the ledger has it), and once the same without OT. */
function controlsFor(parent: Parent, { hasLambdaControl }: Stock): readonly Control[] {
  return [
    { parent, kind: "parent" },
    ...(hasLambdaControl ? [] : [{ parent, kind: "lambda-zero" as const }]),
  ];
}

function roundPlan(
  { settings, now }: Pick<House, "settings" | "now">,
  { round, known, rejected, hoursPerTrial, within }: Stock,
): RoundPlan {
  const { trainer, thresholds } = settings;
  return {
    round,
    topic: `round ${round}`,
    created: now().toISOString(),
    rules: settings.rules,
    trainer: within?.trainer ?? {
      fork: trainer.fork,
      steps: trainer.steps,
      eval_freq: trainer.eval_freq,
      log_freq: trainer.log_freq,
    },
    allows: within?.allows,
    defaults: trainer.defaults,
    family: settings.family,
    folder: settings.paths.configs,
    noise: thresholds.noise,
    hoursPerTrial,
    known,
    rejected,
  };
}

/** Configurations that the settings name, without those that earlier rounds wrote, in the order of the settings. */
export async function readTemplates(
  view: RepositoryView,
  { globs, written }: { globs: readonly string[]; written: ReadonlySet<string> },
): Promise<readonly ConfigFile[]> {
  const paths = matchPaths(view, globs).filter((path) => !written.has(path) && !view.links.has(path));
  const contents = await view.read(paths);
  return paths.map((path) => ({ path, text: Buffer.from(contents.get(path) ?? []).toString("utf8") }));
}

export function analysisOf(
  house: Pick<House, "settings">,
  runs: Omit<Parameters<typeof analyse>[0], "rules" | "thresholds" | "trust">,
): Analysis {
  const { rules, thresholds, trust } = house.settings;
  return analyse({ ...runs, rules, thresholds, trust });
}
