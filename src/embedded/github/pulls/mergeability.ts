import { readCommit, writeCommit } from "../git/commits.ts";
import { mergeTrees } from "../git/merge.ts";
import { branchTip, type Hub } from "../hub.ts";
import type { Pull } from "../state.ts";

const server = { name: "GitHub", email: "noreply@github.com" };

/**
 * Finds out whether the open pull request merges cleanly into its base as it is now. Like GitHub it leaves a test merge commit behind,
 * which `merge_commit_sha` shows until the real one exists.
 */
export async function testMerge(hub: Hub, pull: Pull): Promise<void> {
  const base = await branchTip(hub, pull.baseRef);
  if (base === undefined) return;
  if (pull.testMerge?.base === base && pull.testMerge.head === pull.headSha) return;
  const tree = await mergeTrees(hub.git, base, pull.headSha);
  const head = await readCommit(hub.objects, pull.headSha);
  if (tree === undefined || head === undefined) {
    pull.testMerge = { base, head: pull.headSha, sha: null };
    return;
  }
  const by = { ...server, date: head.committer.date };
  const message = `Merge ${pull.headSha} into ${base}`;
  const sha = await writeCommit(hub.git, {
    tree,
    parents: [base, pull.headSha],
    author: by,
    committer: by,
    message,
  });
  pull.testMerge = { base, head: pull.headSha, sha };
}
