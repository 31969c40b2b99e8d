import { writeCommit } from "./git/commits.ts";
import { editTree, type TreeChange } from "./git/edit-tree.ts";
import { swapRef, ZERO } from "./git/refs.ts";
import { branchRef, type Hub, stamp } from "./hub.ts";

/** The first commit, as if the repository had been made with content. Starts no workflow. */
export async function seedRepository(hub: Hub, files: Readonly<Record<string, string>>): Promise<void> {
  const changes = await Promise.all(
    Object.entries(files).map(
      async ([path, text]): Promise<TreeChange> => ({
        path,
        entry: { mode: "100644", type: "blob", sha: await hub.objects.writeBlob(Buffer.from(text, "utf8")) },
      }),
    ),
  );
  const tree = await editTree(hub.objects, undefined, changes);
  if ("missing" in tree) throw new Error(`cannot write ${tree.missing}`);
  const by = { name: "GitHub", email: "noreply@github.com", date: stamp(hub) };
  const commit = { tree: tree.sha, parents: [], author: by, committer: by, message: "Initial commit" };
  const sha = await writeCommit(hub.git, commit);
  await swapRef(hub.git, { ref: branchRef(hub.repository.defaultBranch), before: ZERO, after: sha });
}
