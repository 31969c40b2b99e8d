import type { House } from "../house.ts";
import { bindConfigs, type MergedConfigs, parseManifest } from "../rounds/approval.ts";
import { type Campaign, campaignOf } from "../rounds/campaign.ts";
import { type Approved, isInside, narrower } from "../rounds/follow-up.ts";
import type { History } from "../rounds/history.ts";
import type { Manifest } from "../rounds/manifest.ts";
import { sha256 } from "../rounds/names.ts";
import { configOf, type Reading, readManifestFile, variantFiles } from "./round-branch.ts";
import { manifestPath } from "./world.ts";

/** What the evidence is read with. */
export type Judging = Pick<House, "settings"> & Reading;

type FollowUpRefusal =
  | "no-campaign"
  /** The approving merge is not what it was, or not on the default branch any more. */
  | "approval-gone"
  /** What is on the default branch is not what we wrote down before we committed it. */
  | "follow-up-changed"
  | "out-of-bounds";

export type FollowUpVerdict =
  | { readonly kind: "refused"; readonly reason: FollowUpRefusal }
  | {
      readonly kind: "verified";
      readonly campaign: Campaign;
      readonly manifest: Manifest;
      readonly digest: string;
      readonly bound: MergedConfigs;
    };

/**
 * Whether the files of a follow-up round in `commit` are what an earlier merge let in: asked before it is approved, and again by
 * the box before each launch. Who can push to the default branch can put anything there; so nothing in it counts as approved but
 * what the ledger's own line names by hash, and that only inside the bounds of bytes that a person merged.
 */
export async function verifyFollowUp(
  house: Judging,
  history: History,
  { round, commit }: { round: string; commit: string },
): Promise<FollowUpVerdict> {
  const proposed = history.rounds.get(round)?.proposed;
  const campaign = proposed?.follows ? campaignOf(history, proposed.follows) : null;
  if (!proposed || !campaign) return refused("no-campaign");
  const approved = await approvedConfigs(house, campaign);
  if (!approved) return refused("approval-gone");

  const tree = await house.forge.reader.tree({ commit });
  const bytes = tree ? await readManifestFile(house, tree, manifestPath(house, round)) : null;
  const manifest = bytes && sha256(bytes) === proposed.manifest ? parseManifest(bytes) : null;
  if (!tree || !manifest || manifest.round !== round || !bytes) return refused("follow-up-changed");
  const files = await variantFiles(house, tree, manifest);
  const bound = bindConfigs({ manifest, files });
  if (bound.edited.length > 0 || bound.dropped.length > 0) return refused("follow-up-changed");
  const inside =
    JSON.stringify(manifest.trainer) === JSON.stringify(approved.trainer) &&
    manifest.variants.every(
      ({ path, seeds }) =>
        seeds.every((seed) => house.settings.seeds.includes(seed) || approved.seeds.has(seed)) &&
        isInside(configOf(files.get(path)?.bytes) ?? {}, approved),
    );
  return inside
    ? { kind: "verified", campaign, manifest, digest: proposed.manifest, bound }
    : refused("out-of-bounds");
}

function refused(reason: FollowUpRefusal): FollowUpVerdict {
  return { kind: "refused", reason };
}

/**
 * What a person's merge let in, read from the bytes of that merge. Null: it is not in the history of the default branch, or its
 * files are not those that were approved, or its manifest does not say what the ledger says it says.
 */
export async function approvedConfigs(
  house: Judging,
  { round, approved, followUp }: Campaign,
): Promise<(Approved & { readonly seeds: ReadonlySet<number> }) | null> {
  const { reader } = house.forge;
  if (!(await reader.isMerged(approved.merge))) return null;
  const tree = await reader.tree({ commit: approved.merge });
  const bytes = tree ? await readManifestFile(house, tree, manifestPath(house, round)) : null;
  const manifest = bytes && sha256(bytes) === approved.manifest ? parseManifest(bytes) : null;
  if (JSON.stringify(narrower(followUp, manifest?.follow_up ?? null)) !== JSON.stringify(followUp))
    return null;
  const entries = Object.values(approved.configs);
  const blobs = await reader.blobs(entries.map(({ blob }) => blob));
  const contents = entries.map(({ blob, sha256: digest }) => ({ bytes: blobs.get(blob), digest }));
  if (contents.some((file) => !file.bytes || sha256(file.bytes) !== file.digest)) return null;
  return {
    configs: contents.map((file) => configOf(file.bytes)).filter((config) => config !== null),
    bounds: followUp.bounds,
    trainer: approved.trainer,
    seeds: new Set(entries.flatMap(({ seeds }) => seeds)),
  };
}
