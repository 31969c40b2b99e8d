import type { Actor, User } from "./access.ts";
import { branchRef, type Hub } from "./hub.ts";
import { ApiError } from "./reply.ts";
import type { Pull, Review } from "./state.ts";

/** What guards the default branch. */
export interface Protection {
  /** A ruleset, or the older branch protection; they word their refusals differently. */
  readonly kind: "ruleset" | "classic";
  /** Approving reviews that a merge needs. */
  readonly approvals?: number;
  /** A push to the branch takes earlier approvals away. */
  readonly dismissStale?: boolean;
  /** Logins that may do it all the same, e.g. `github-actions[bot]`. */
  readonly bypass?: readonly string[];
}

const VIA_PULL = "Changes must be made through a pull request.";

/** A commit that reaches the protected branch without a pull request. */
export function refuseDirectUpdate(hub: Hub, ref: string, actor: Actor): void {
  const { protection } = hub.settings;
  if (protection === null || ref !== branchRef(hub.repository.defaultBranch)) return;
  if (actor.kind !== "anonymous" && mayBypass(protection, actor.user)) return;
  throw new ApiError(422, worded(protection, VIA_PULL));
}

/** What `git push` prints where the API says the same with 422; undefined: this push may go to every branch. */
export function pushRefusal(hub: Hub, user: User): { ref: string; text: string } | undefined {
  const { protection } = hub.settings;
  if (protection === null || mayBypass(protection, user)) return undefined;
  const ref = branchRef(hub.repository.defaultBranch);
  const text =
    protection.kind === "ruleset"
      ? `error: GH013: Repository rule violations found for ${ref}.\nReview all repository rules at ${hub.urls.html}/rules?ref=${encodeURIComponent(ref)}\n\n- ${VIA_PULL}\n`
      : `error: GH006: Protected branch update failed for ${ref}.\nerror: ${VIA_PULL}\n`;
  return { ref, text };
}

/** A merge that lacks approvals. */
export function refuseUnapproved(hub: Hub, pull: Pull, by: User): void {
  const { protection } = hub.settings;
  const needed = protection?.approvals ?? 0;
  if (protection === null || needed === 0 || pull.baseRef !== hub.repository.defaultBranch) return;
  if (mayBypass(protection, by) || approvals(hub, pull, protection) >= needed) return;
  const review = needed === 1 ? "approving review is" : "approving reviews are";
  throw new ApiError(
    405,
    worded(protection, `At least ${needed} ${review} required by reviewers with write access.`),
  );
}

/** The last word of everybody who may write counts, and the author's never. */
function approvals(hub: Hub, pull: Pull, { dismissStale = false }: Protection): number {
  const last = new Map<string, Review>();
  for (const review of hub.state.reviews.values()) {
    if (review.pull === pull.number && review.state !== "COMMENTED") last.set(review.author, review);
  }
  return [...last.values()].filter(
    ({ state, author, commit }) =>
      state === "APPROVED" &&
      author !== pull.author &&
      ["write", "maintain", "admin"].includes(hub.access.find(author)?.role ?? "none") &&
      (!dismissStale || commit === pull.headSha),
  ).length;
}

function mayBypass({ bypass = [] }: Protection, user: User): boolean {
  return bypass.includes(user.login);
}

function worded({ kind }: Protection, sentence: string): string {
  return kind === "ruleset" ? `Repository rule violations found\n\n${sentence}\n\n` : sentence;
}
