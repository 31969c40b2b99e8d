import type { Pull, Tree } from "../forge/forge.ts";
import type { House } from "../house.ts";
import { bodyHash, renderPullRequest } from "../report/pull-request.ts";
import type { DraftedVariant, Parent } from "../rounds/draft.ts";
import type { RoundHistory } from "../rounds/history.ts";
import type { ManifestVariant } from "../rounds/manifest.ts";
import { sha256 } from "../rounds/names.ts";
import type { BranchContent } from "../rounds/round-branch.ts";
import { trackRecord } from "../rounds/track-record.ts";
import { budgetView } from "./budget-view.ts";
import type { Stock } from "./planning.ts";
import { proposalOf } from "./proposal-model.ts";
import { configOf, manifestIn, proposedConfigs, readFile, variantFiles } from "./round-branch.ts";
import { takeStock } from "./stock.ts";
import type { World } from "./world.ts";

interface Shown {
  readonly history: RoundHistory;
  readonly pull: Pull;
  readonly tree: Tree;
  readonly content: Extract<BranchContent, { kind: "readable" }>;
}

/** The pull request's title and description, from what its branch holds now. */
export async function showRound(house: House, world: World, shown: Shown): Promise<void> {
  const { history, pull, tree, content } = shown;
  const gone = new Set(content.removed);
  const variants = content.manifest.variants.filter(({ id }) => !gone.has(id));
  const manifest = { ...content.manifest, variants };
  const trials = variants.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const [stock, files, before, { bytes }] = await Promise.all([
    takeStock(house, world),
    variantFiles(house, tree, content.manifest),
    proposedConfigs(house, { commit: history.proposed?.commit ?? null, round: history.round }),
    manifestIn(house, tree, history.round),
  ]);
  const drafted = await Promise.all(
    variants.map(async (entry): Promise<DraftedVariant> => {
      const file = files.get(entry.path)?.bytes;
      const text = Buffer.from(file ?? []).toString("utf8");
      return {
        entry,
        text,
        config: configOf(file) ?? {},
        parent: await parentOf(house, tree, { entry, stock }),
      };
    }),
  );
  const by = history.edited?.by ?? null;
  const proposal = proposalOf(
    { manifest: { ...manifest, budget: { ...manifest.budget, trials } }, variants: drafted, warnings: [] },
    {
      analysis: stock.analysis,
      record: trackRecord(world.history),
      budget: budgetView(house, world.history),
      mode: house.settings.mode,
      edits: new Map(content.edited.map((id) => [id, { by, from: before.get(id) ?? null }])),
      manifestSha256: sha256(bytes ?? ""),
    },
  );
  const { title, body } = renderPullRequest(proposal, house.voice);
  if (pull.title !== title || bodyHash(pull.body) !== bodyHash(body)) {
    await house.forge.pulls.update(pull.number, { title, body });
  }
}

/** The parent as it was trained where that is known, else its file beside the variant. */
async function parentOf(
  house: House,
  tree: Tree,
  { entry, stock }: { entry: ManifestVariant; stock: Stock },
): Promise<Parent | null> {
  const { parent, family, seeds } = entry;
  if (parent === null) return null;
  const known = [...stock.parents.values()].find(
    ({ run, hash }) => run === parent.run && hash === parent.hash,
  );
  if (known) return known;
  const bytes = await readFile(house, tree, parent.path);
  const text = Buffer.from(bytes ?? "{}").toString("utf8");
  return { ...parent, text, family, seed: seeds[0] ?? 1000 };
}
