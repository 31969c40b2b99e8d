import { log } from "../git/history.ts";
import { branchTip, type Hub, stamp, takeId } from "../hub.ts";
import { validationFailed } from "../reply.ts";
import type { Pull } from "../state.ts";
import { pointPullRef } from "./follow.ts";

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  readonly draft: boolean;
  readonly author: string;
  readonly headOwner: string;
  readonly headRef: string;
  readonly headSha: string;
  readonly baseRef: string;
}

/** Checks what GitHub checks, then opens the pull request. */
export async function openPull(hub: Hub, wanted: NewPull): Promise<Pull> {
  const baseSha = await branchTip(hub, wanted.baseRef);
  if (baseSha === undefined)
    throw validationFailed({ resource: "PullRequest", field: "base", code: "invalid" });
  const commits = await log(hub.git, { revisions: [`${baseSha}..${wanted.headSha}`] });
  // Nothing is awaited from here to the new entry: of two that come at the same time, one is the second.
  const twin = [...hub.state.pulls.values()].some(
    (pull) => pull.state === "open" && sameBranches(pull, wanted),
  );
  if (twin) throw custom(`A pull request already exists for ${wanted.headOwner}:${wanted.headRef}.`);
  if (commits.length === 0) throw custom(`No commits between ${wanted.baseRef} and ${wanted.headRef}`);

  const number = hub.state.nextNumber;
  hub.state.nextNumber += 1;
  const now = stamp(hub);
  const pull: Pull = {
    ...wanted,
    id: takeId(hub),
    number,
    state: "open",
    baseSha,
    labels: [],
    requestedReviewers: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    introduced: [],
    testMerge: null,
  };
  hub.state.pulls.set(number, pull);
  await pointPullRef(hub, pull);
  await hub.emit({ kind: "pull", action: "opened", number, by: wanted.author });
  return pull;
}

function sameBranches(pull: Pull, wanted: NewPull): boolean {
  return (
    pull.headOwner === wanted.headOwner && pull.headRef === wanted.headRef && pull.baseRef === wanted.baseRef
  );
}

function custom(message: string): Error {
  return validationFailed({ resource: "PullRequest", code: "custom", message });
}
