import { AutoloopError } from "../errors.ts";
import type { RepositoryReader, TreeFile } from "../forge/forge.ts";
import type { EventOf } from "../rounds/events.ts";
import { sha256 } from "../rounds/names.ts";

/**
 * The ledger is a branch that whoever may push could write; the default branch is what people guard. So what the ledger calls
 * approved has to stand in the merge itself: the manifest, and every configuration at its path as a plain file.
 */
export async function checkMerged(
  reader: Pick<RepositoryReader, "tree" | "blobs">,
  { round, approved }: { round: string; approved: EventOf<"approved"> },
): Promise<void> {
  const files = (await reader.tree({ commit: approved.merge }))?.files ?? new Map<string, TreeFile>();
  const manifests = [...files].flatMap(([path, { blob, mode }]) =>
    isManifestOf(path, round) && mode === "100644" ? [blob] : [],
  );
  const contents = [...(await reader.blobs(manifests)).values()];
  const strange = Object.values(approved.configs).find(({ path, blob }) => {
    const file = files.get(path);
    return file?.blob !== blob || file.mode !== "100644";
  });
  if (strange === undefined && contents.some((bytes) => sha256(bytes) === approved.manifest)) return;
  throw new AutoloopError("ledger.not-merged", {
    what: `The merge of round ${round} does not hold ${strange?.path ?? "the manifest"} as the ledger says.`,
    next: "Nothing was trained. Find out who wrote to the branch autoloop/ledger; propose the round again.",
  });
}

/** Wherever the reports were kept when it was merged. */
function isManifestOf(path: string, round: string): boolean {
  return path.endsWith(`/data/rounds/${round}.json`);
}
