import type { Hub } from "../hub.ts";
import { compact, type JsonObject } from "../json.ts";
import type { Review, ReviewComment } from "../state.ts";
import { association, nodeId, showLogin } from "./people.ts";

export function showReview(hub: Hub, review: Review): JsonObject {
  const html = `${hub.urls.html}/pull/${review.pull}#pullrequestreview-${review.id}`;
  const pull = `${hub.urls.repo}/pulls/${review.pull}`;
  return {
    id: review.id,
    node_id: nodeId("PullRequestReview", review.id),
    user: showLogin(hub, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: association(hub, review.author),
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: review.submittedAt,
    commit_id: review.commit,
  };
}

export function showReviewComment(hub: Hub, comment: ReviewComment): JsonObject {
  const url = `${hub.urls.repo}/pulls/comments/${comment.id}`;
  const html = `${hub.urls.html}/pull/${comment.pull}#discussion_r${comment.id}`;
  const pull = `${hub.urls.repo}/pulls/${comment.pull}`;
  return compact({
    url,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: nodeId("PullRequestReviewComment", comment.id),
    diff_hunk: comment.hunk,
    path: comment.path,
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    user: showLogin(hub, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pull,
    author_association: association(hub, comment.author),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    line: comment.line ?? undefined,
    original_line: comment.line ?? undefined,
    side: comment.side,
    subject_type: comment.line === null ? "file" : "line",
    in_reply_to_id: comment.inReplyTo ?? undefined,
  });
}
