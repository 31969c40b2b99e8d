import type { Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import type { Pull } from "../state.ts";
import { countReactions } from "./comments.ts";
import { association, nodeId, ownerUser, showLogin, showUser } from "./people.ts";
import { showRepository } from "./repository.ts";

/** A pull request as lists show it. */
export function showPull(hub: Hub, pull: Pull): JsonObject {
  const { urls, repository } = hub;
  const url = `${urls.repo}/pulls/${pull.number}`;
  const issue = `${urls.repo}/issues/${pull.number}`;
  const html = `${urls.html}/pull/${pull.number}`;
  return {
    url,
    id: pull.id,
    node_id: nodeId("PullRequest", pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${urls.repo}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${urls.repo}/statuses/${pull.headSha}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    active_lock_reason: null,
    title: pull.title,
    user: showLogin(hub, pull.author),
    body: pull.body,
    labels: pull.labels.map((name) => showLabel(hub, name)),
    milestone: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha ?? pull.testMerge?.sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.requestedReviewers.map((login) => showLogin(hub, login)),
    requested_teams: [],
    head: side(hub, { owner: pull.headOwner, ref: pull.headRef, sha: pull.headSha }),
    base: side(hub, { owner: repository.owner, ref: pull.baseRef, sha: pull.baseSha }),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${urls.repo}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: `${urls.repo}/statuses/${pull.headSha}` },
    },
    author_association: association(hub, pull.author),
    auto_merge: null,
    draft: pull.draft,
  };
}

function side(hub: Hub, at: { owner: string; ref: string; sha: string }): JsonObject {
  const user = hub.access.find(at.owner) ?? ownerUser(hub);
  return {
    label: `${at.owner}:${at.ref}`,
    ref: at.ref,
    sha: at.sha,
    user: showUser(hub, user),
    repo: showRepository(hub, at.owner),
  };
}

/** The same thing seen as an issue: what `issue_comment` carries. It has no head commit. */
export function showIssue(hub: Hub, pull: Pull): JsonObject {
  const { urls } = hub;
  const url = `${urls.repo}/issues/${pull.number}`;
  const html = `${urls.html}/pull/${pull.number}`;
  return {
    url,
    repository_url: urls.repo,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: pull.id,
    node_id: nodeId("PullRequest", pull.id),
    number: pull.number,
    title: pull.title,
    user: showLogin(hub, pull.author),
    labels: pull.labels.map((name) => showLabel(hub, name)),
    state: pull.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: [...hub.state.comments.values()].filter((comment) => comment.issue === pull.number).length,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    author_association: association(hub, pull.author),
    active_lock_reason: null,
    draft: pull.draft,
    pull_request: {
      url: `${urls.repo}/pulls/${pull.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: pull.mergedAt,
    },
    body: pull.body,
    reactions: countReactions(url, []),
    state_reason: null,
  };
}

export function showLabel(hub: Hub, name: string): JsonObject {
  const label = hub.state.labels.get(name.toLowerCase());
  const id = label?.id ?? 0;
  return {
    id,
    node_id: nodeId("Label", id),
    url: `${hub.urls.repo}/labels/${encodeURIComponent(name)}`,
    name,
    color: label?.color ?? "ededed",
    default: false,
    // Lists of pull requests never say null here, whatever a label's own page does.
    description: label?.description ?? "",
  };
}
