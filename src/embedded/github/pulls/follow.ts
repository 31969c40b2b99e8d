import { isAncestor, log } from "../git/history.ts";
import { type RefChange, swapRef, ZERO } from "../git/refs.ts";
import { type Hub, stamp } from "../hub.ts";
import type { Pull } from "../state.ts";

/** What a moved branch does to the pull requests that it is head or base of. */
export async function followBranch(hub: Hub, change: RefChange, by: string): Promise<void> {
  const branch = /^refs\/heads\/(.+)$/.exec(change.ref)?.[1];
  if (branch === undefined) return;
  for (const pull of hub.state.pulls.values()) {
    if (pull.state !== "open") continue;
    if (pull.headOwner === hub.repository.owner && pull.headRef === branch)
      await moveHead(hub, pull, change, by);
    else if (pull.baseRef === branch && change.after !== ZERO)
      await noticeMergedByPush(hub, pull, change, by);
  }
}

async function moveHead(hub: Hub, pull: Pull, change: RefChange, by: string): Promise<void> {
  if (change.after === ZERO) {
    closePull(hub, pull);
    await hub.emit({ kind: "pull", action: "closed", number: pull.number, by });
    return;
  }
  pull.headSha = change.after;
  pull.updatedAt = stamp(hub);
  pull.testMerge = null;
  await pointPullRef(hub, pull);
  await hub.emit({ kind: "pull", action: "synchronize", number: pull.number, by });
}

/** Somebody merged the branch on their machine and pushed the result: GitHub calls that merged as well. */
async function noticeMergedByPush(hub: Hub, pull: Pull, change: RefChange, by: string): Promise<void> {
  const inside = await isAncestor(hub.git, { ancestor: pull.headSha, of: change.after });
  const wasInside =
    change.before !== ZERO && (await isAncestor(hub.git, { ancestor: pull.headSha, of: change.before }));
  if (!inside || wasInside) {
    pull.testMerge = null;
    return;
  }
  const introduced = await log(hub.git, { revisions: range(change) });
  const merges = await log(hub.git, {
    revisions: [`${pull.headSha}..${change.after}`],
    firstParent: true,
    ancestryPath: true,
  });
  // A fast-forward has no merge commit: the head itself is on the base branch's own line.
  const line = await log(hub.git, { revisions: range(change), firstParent: true });
  const forwarded = line.some((commit) => commit.sha === pull.headSha);
  const sha = forwarded ? pull.headSha : (merges.at(-1)?.sha ?? change.after);
  await recordMerge(hub, pull, { sha, by, introduced: introduced.map((commit) => commit.sha) });
}

function range(change: RefChange): string[] {
  return change.before === ZERO ? [change.after] : [`${change.before}..${change.after}`];
}

export async function recordMerge(
  hub: Hub,
  pull: Pull,
  merge: { readonly sha: string; readonly by: string; readonly introduced: readonly string[] },
): Promise<void> {
  closePull(hub, pull);
  pull.mergedAt = pull.closedAt;
  pull.mergedBy = merge.by;
  pull.mergeCommitSha = merge.sha;
  pull.introduced = merge.introduced;
  await hub.emit({ kind: "pull", action: "merged", number: pull.number, by: merge.by });
}

export function closePull(hub: Hub, pull: Pull): void {
  pull.state = "closed";
  pull.closedAt = stamp(hub);
  pull.updatedAt = pull.closedAt;
  pull.testMerge = null;
}

/** `refs/pull/N/head`: also where a fork's commits are reachable. */
export async function pointPullRef(hub: Hub, pull: Pull): Promise<void> {
  const ref = `refs/pull/${pull.number}/head`;
  const before = (await hub.objects.stat(ref))?.sha ?? ZERO;
  if (before !== pull.headSha) await swapRef(hub.git, { ref, before, after: pull.headSha });
}
