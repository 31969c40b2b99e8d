import { blobName } from "../forge/blob-name.ts";
import type { Tree } from "../forge/forge.ts";
import type { House } from "../house.ts";
import { roundMessage } from "../report/plain.ts";
import { type Draft, manifestText } from "../rounds/draft.ts";
import { sha256 } from "../rounds/names.ts";
import { manifestIn } from "./round-branch.ts";
import { manifestPath, type World } from "./world.ts";

/**
 * The draft as an interrupted attempt committed it, where its branch is just what would be committed now: the same files on top of
 * the same commit of the default branch, by ourselves, the time of drafting aside. Null: the branch needs a further commit.
 */
export async function draftAsLeft(
  house: House,
  world: World,
  { left, draft }: { left: Tree; draft: Draft },
): Promise<Draft | null> {
  const { round } = draft.manifest;
  const { manifest } = await manifestIn(house, left, round);
  if (!manifest) return null;
  const before = { ...draft, manifest: { ...draft.manifest, created: manifest.created } };
  const text = manifestText(before.manifest);
  const wanted = new Map([...world.tree.files].map(([path, { blob }]) => [path, blob]));
  for (const [path, content] of [...draft.files, [manifestPath(house, round), text] as const]) {
    wanted.set(path, blobName(content));
  }
  const same =
    wanted.size === left.files.size && [...left.files].every(([path, { blob }]) => wanted.get(path) === blob);
  const head = same ? await house.forge.reader.commit(left.commit) : null;
  const ours = head?.message.trim() === roundMessage("propose", { round, manifest: sha256(text) }).trim();
  const fits = ours && head.parents.includes(world.tree.commit);
  // Anybody can write our message: a commit that is taken as the proposal's says who we are from then on.
  return fits && head.author === (await house.forge.people.me()) ? before : null;
}
