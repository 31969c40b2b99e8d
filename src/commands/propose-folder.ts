import { join } from "node:path";
import { matchPaths } from "../forge/view.ts";
import type { FolderHouse } from "../house.ts";
import { isJsonObject } from "../json.ts";
import type { Run } from "../judgement/run.ts";
import type { RoundProposal } from "../report/models.ts";
import { parseManifest } from "../rounds/approval.ts";
import { hashConfig } from "../rounds/config-hash.ts";
import { type ConfigFile, type Draft, type Parent, seedOf } from "../rounds/draft.ts";
import { nextRound } from "../rounds/names.ts";
import { compareRuns } from "../runs/compare-runs.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import { analysisOf, planRound, readTemplates, type Unplanned } from "./planning.ts";
import { proposalOf } from "./proposal-model.ts";
import { roundsFolder } from "./world.ts";

export type FolderProposal = FolderDraft | { readonly kind: Unplanned };

export interface FolderDraft {
  readonly kind: "draft";
  readonly draft: Draft;
  readonly proposal: RoundProposal;
}

/**
 * The next round as far as the folder alone tells: manifests and templates, and the summaries of `compare_runs` files whose labels the
 * settings map to templates. Writes nothing.
 */
export async function draftInFolder(
  house: FolderHouse,
  { max }: { max?: number | undefined },
): Promise<FolderProposal> {
  const { settings, view } = house;
  const manifests = matchPaths(view, [`${roundsFolder(house)}/*.json`]);
  const contents = await view.read(manifests);
  const read = manifests.flatMap((path) => parseManifest(contents.get(path) ?? new Uint8Array()) ?? []);
  const bred = read.flatMap(({ variants }) =>
    variants.filter(({ edits }) => edits.length > 0).map(({ path }) => path),
  );
  const templates = await readTemplates(view, { globs: settings.templates, written: new Set(bred) });
  const runs = await labelledRuns(house, templates);
  const planned = planRound(
    house,
    {
      round: nextRound(read.map(({ round }) => round)),
      parents: new Map(runs.map(({ run, parent }) => [run.id, parent])),
      analysis: analysisOf(house, { runs: runs.map(({ run }) => run), source: house.root, warnings: [] }),
      templates,
      known: new Set(),
      rejected: new Set(),
      conditions: new Map(),
      hoursPerTrial: null,
      hasLambdaControl: false,
    },
    max,
  );
  if (planned.kind !== "draft") return { kind: planned.kind };
  const { draft } = planned;
  const proposal = proposalOf(draft, { analysis: null, record: [], mode: settings.mode });
  return { kind: "draft", draft, proposal };
}

/** Summaries that the settings map to a template: with its configuration, they can breed. */
async function labelledRuns(
  house: FolderHouse,
  templates: readonly ConfigFile[],
): Promise<readonly { run: Run; parent: Parent }[]> {
  const { settings, view, root } = house;
  const files = matchPaths(view, settings.paths.compare).map((path) => join(root, path));
  if (files.length === 0 || Object.keys(settings.source.labels).length === 0) return [];
  const { runs } = await compareRuns({ files }).read({ kind: "filter" });
  return runs.flatMap((run) => {
    const template = templates.find(({ path }) => path === settings.source.labels[run.label]);
    const config = template ? parseLenientJson(template.text) : null;
    const hashed = template ? hashConfig({ text: template.text, trainer: settings.trainer }) : null;
    if (!template || !config || !isJsonObject(config) || hashed?.kind !== "hashed") return [];
    const parent = {
      ...template,
      hash: hashed.hash,
      run: run.label,
      family: settings.family,
      seed: seedOf(config),
    };
    return [{ run: { ...run, config }, parent }];
  });
}
