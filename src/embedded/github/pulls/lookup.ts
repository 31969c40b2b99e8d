import type { Commit } from "../git/commits.ts";
import { isAncestor, log, mergeBase } from "../git/history.ts";
import { branchTip, type Hub } from "../hub.ts";
import { notFound } from "../reply.ts";
import type { Pull } from "../state.ts";

export function findPull(hub: Hub, number: number): Pull {
  const pull = hub.state.pulls.get(number);
  if (pull === undefined) throw notFound();
  return pull;
}

/** The commits that a pull request shows, oldest first. */
export async function pullCommits(hub: Hub, pull: Pull): Promise<Commit[]> {
  return log(hub.git, { revisions: [`${pull.baseSha}..${pull.headSha}`], oldestFirst: true });
}

/** Where the pull request left its base: its files are the difference from here. */
export async function forkPoint(hub: Hub, pull: Pull): Promise<string> {
  return (await mergeBase(hub.git, pull.baseSha, pull.headSha)) ?? pull.baseSha;
}

/** On the default branch: the pull request that brought the commit there; elsewhere: open ones that contain it. */
export async function pullsOfCommit(hub: Hub, sha: string): Promise<Pull[]> {
  const merged = [...hub.state.pulls.values()].filter((pull) => pull.introduced.includes(sha));
  const main = await branchTip(hub, hub.repository.defaultBranch);
  if (main !== undefined && (await isAncestor(hub.git, { ancestor: sha, of: main }))) return merged;
  const open: Pull[] = [];
  for (const pull of hub.state.pulls.values()) {
    if (pull.state === "open" && (await pullCommits(hub, pull)).some((commit) => commit.sha === sha))
      open.push(pull);
  }
  return open;
}
