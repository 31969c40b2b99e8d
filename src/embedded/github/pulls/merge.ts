import type { User } from "../access.ts";
import { readCommit, type Signature, writeCommit } from "../git/commits.ts";
import { log, mergeBase } from "../git/history.ts";
import { mergeTrees, rebase } from "../git/merge.ts";
import { swapRef } from "../git/refs.ts";
import { branchRef, branchTip, type Hub, stamp, userNamed } from "../hub.ts";
import { refuseUnapproved } from "../protection.ts";
import { ApiError } from "../reply.ts";
import { noreplyAddress } from "../shapes/people.ts";
import type { Pull } from "../state.ts";
import { recordMerge } from "./follow.ts";
import { pullCommits } from "./lookup.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

export interface MergeOrder {
  readonly method: MergeMethod;
  readonly title: string | undefined;
  readonly message: string | undefined;
  /** Expected head; another one means that the branch moved. */
  readonly sha: string | undefined;
  readonly by: { readonly user: User; readonly triggers: boolean };
  /** Past the rules of the branch. */
  readonly force?: boolean;
}

/** Merges into the base branch as it is now and returns the new tip. */
export async function mergePull(hub: Hub, pull: Pull, order: MergeOrder): Promise<string> {
  if (pull.state === "closed") throw new ApiError(405, "Pull Request is not mergeable");
  if (pull.draft) throw new ApiError(405, "Pull Request is still a draft");
  if (order.sha !== undefined && order.sha !== pull.headSha) {
    throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
  }
  if (!order.force) refuseUnapproved(hub, pull, order.by.user);
  const base = await branchTip(hub, pull.baseRef);
  const tip = base === undefined ? undefined : await buildMerge(hub, pull, base, order);
  if (base === undefined || tip === undefined) {
    throw new ApiError(
      405,
      order.method === "rebase" ? "This branch can't be rebased" : "Pull Request is not mergeable",
    );
  }
  const change = { ref: branchRef(pull.baseRef), before: base, after: tip };
  if ((await swapRef(hub.git, change)) === "lost-the-race") {
    throw new ApiError(405, "Base branch was modified. Review and try the merge again.");
  }
  const introduced = await log(hub.git, { revisions: [`${base}..${tip}`] });
  pull.baseSha = base;
  await recordMerge(hub, pull, {
    sha: tip,
    by: order.by.user.login,
    introduced: introduced.map((one) => one.sha),
  });
  await hub.emit({ kind: "push", change, by: order.by.user.login, triggers: order.by.triggers });
  return tip;
}

async function buildMerge(
  hub: Hub,
  pull: Pull,
  base: string,
  order: MergeOrder,
): Promise<string | undefined> {
  const date = stamp(hub);
  const server: Signature = { name: "GitHub", email: "noreply@github.com", date };
  if (order.method === "rebase") return rebased(hub, pull, base, signature(order.by.user, date));
  const tree = await mergeTrees(hub.git, base, pull.headSha);
  if (tree === undefined) return undefined;
  const squash = order.method === "squash";
  const author = signature(squash ? userNamed(hub, pull.author) : order.by.user, date);
  const words = squash ? await squashWords(hub, pull) : mergeWords(pull);
  const title = order.title ?? words.title;
  const text = order.message ?? words.message;
  return writeCommit(hub.git, {
    tree,
    parents: squash ? [base] : [base, pull.headSha],
    author,
    committer: server,
    message: text === "" ? title : `${title}\n\n${text}`,
  });
}

async function rebased(
  hub: Hub,
  pull: Pull,
  base: string,
  committer: Signature,
): Promise<string | undefined> {
  const [onto, common] = await Promise.all([
    readCommit(hub.objects, base),
    mergeBase(hub.git, base, pull.headSha),
  ]);
  if (onto === undefined || common === undefined) return undefined;
  return rebase(hub.git, { base: common, head: pull.headSha, onto, committer });
}

function mergeWords(pull: Pull): { title: string; message: string } {
  return {
    title: `Merge pull request #${pull.number} from ${pull.headOwner}/${pull.headRef}`,
    message: pull.title,
  };
}

/** GitHub's default: one commit lends its own words, several give the title of the pull request and a list. */
async function squashWords(hub: Hub, pull: Pull): Promise<{ title: string; message: string }> {
  const commits = await pullCommits(hub, pull);
  const [only] = commits;
  if (only !== undefined && commits.length === 1) {
    const [subject = "", ...rest] = only.message.split("\n");
    return { title: `${subject} (#${pull.number})`, message: rest.join("\n").trim() };
  }
  const list = commits.map((commit) => `* ${commit.message}`).join("\n\n");
  return { title: `${pull.title} (#${pull.number})`, message: list };
}

function signature(user: User, date: string): Signature {
  return { name: user.login, email: noreplyAddress(user), date };
}
