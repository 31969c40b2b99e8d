import { AutoloopError } from "../../errors.ts";
import { UNATTENDED } from "../../rounds/campaign.ts";
import type { Sha } from "../forge.ts";
import type { Git } from "./git.ts";
import { APPROVED_BY } from "./pulls.ts";
import { commitOf, headOf, isAncestor } from "./reader.ts";
import type { WorkTrees } from "./work-trees.ts";
import { advance, writeCommit } from "./writer.ts";

const TRIES = 8;

export interface MergeOrder {
  readonly branch: string;
  readonly into: string;
  /** Subject, and what the budget was. The trailer that says who approved is added. */
  readonly message: string;
}

/** Merges as a budget would press the button: always a merge commit, with the person git is configured for as committer. */
export async function mergeByBudget(git: Git, workTrees: WorkTrees, order: MergeOrder): Promise<void> {
  const { branch, into, message } = order;
  for (let tries = 0; tries < TRIES; tries++) {
    const [theirs, ours] = await Promise.all([commitOf(git, headOf(branch)), commitOf(git, headOf(into))]);
    if (theirs === null || ours === null) throw gone(theirs === null ? branch : into);
    if (await isAncestor(git, { ancestor: theirs, of: ours })) return;
    const tree = await mergedTree(git, { ours, theirs, order });
    const commit = await writeCommit(git, {
      tree,
      parents: [ours, theirs],
      message: `${message.trimEnd()}\n\n${APPROVED_BY}: ${UNATTENDED}`,
    });
    const moved = await advance(git, workTrees, { branch: into, from: ours, to: commit });
    if (moved.kind === "moved") return;
  }
  throw new AutoloopError("forge.contended", {
    what: `${into} was moved by others ${TRIES} times while ${branch} was being merged.`,
    next: "Run again; the round is merged once.",
  });
}

async function mergedTree(
  git: Git,
  { ours, theirs, order }: { ours: Sha; theirs: Sha; order: MergeOrder },
): Promise<Sha> {
  const { code, stdout } = await git.run(
    ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs],
    { answers: [1] },
  );
  const [tree = "", ...conflicts] = stdout.toString("utf8").split("\0").filter(Boolean);
  if (code === 0) return tree;
  throw new AutoloopError("forge.conflict", {
    what: `${order.branch} does not merge into ${order.into}: both changed ${conflicts.slice(0, 3).join(", ")}.`,
    next: `Merge it by hand (git merge ${order.branch}), or delete the branch to refuse the round; then run again.`,
  });
}

function gone(branch: string): AutoloopError {
  return new AutoloopError("forge.no-branch", {
    what: `The branch ${branch} does not exist any more.`,
    next: "Run again: what is due is found anew.",
  });
}
