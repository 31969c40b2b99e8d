import { type Commit, type NewCommit, type Signature, writeCommit } from "./commits.ts";
import { log } from "./history.ts";
import type { GitDir } from "./run.ts";

/** The merged tree, or undefined where the two sides conflict. */
export async function mergeTrees(git: GitDir, ours: string, theirs: string): Promise<string | undefined> {
  const result = await git.run(["merge-tree", "--write-tree", ours, theirs], { answers: [1] });
  return result.code === 0 ? result.stdout.toString().split("\n")[0] : undefined;
}

/**
 * Repeats the commits of `base..head` on top of `onto`, keeping authors.
 * git 2.39 has no `merge-tree --merge-base`: a throw-away commit with the target's tree and the original's parent has that
 * parent as its merge base, which is the same question.
 */
export async function rebase(
  git: GitDir,
  range: { base: string; head: string; onto: Commit; committer: Signature },
): Promise<string | undefined> {
  const commits = await log(git, { revisions: [`${range.base}..${range.head}`], oldestFirst: true });
  let tip = range.onto.sha;
  let tree = range.onto.tree;
  for (const commit of commits) {
    const parent = commit.parents[0];
    if (parent === undefined || commit.parents.length > 1) return undefined;
    const picked = await pick(git, { commit, parent, tree, committer: range.committer });
    if (picked === undefined) return undefined;
    const next: NewCommit = { ...commit, tree: picked, parents: [tip], committer: range.committer };
    tip = await writeCommit(git, next);
    tree = picked;
  }
  return tip;
}

async function pick(
  git: GitDir,
  step: { commit: Commit; parent: string; tree: string; committer: Signature },
): Promise<string | undefined> {
  const stand = await writeCommit(git, {
    tree: step.tree,
    parents: [step.parent],
    author: step.committer,
    committer: step.committer,
    message: "target of a rebase step",
  });
  return mergeTrees(git, stand, step.commit.sha);
}
