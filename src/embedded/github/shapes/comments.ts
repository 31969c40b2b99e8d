import type { Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { type Comment, type Reaction, reactionContents } from "../state.ts";
import { association, nodeId, showLogin } from "./people.ts";

export function showComment(hub: Hub, comment: Comment): JsonObject {
  const url = `${hub.urls.repo}/issues/comments/${comment.id}`;
  const reactions = [...hub.state.reactions.values()].filter((reaction) => reaction.comment === comment.id);
  return {
    url,
    html_url: `${hub.urls.html}/pull/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${hub.urls.repo}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    user: showLogin(hub, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(hub, comment.author),
    body: comment.body,
    reactions: countReactions(url, reactions),
    performed_via_github_app: null,
  };
}

/** `url` is that of what was reacted to. */
export function countReactions(url: string, reactions: readonly Reaction[]): JsonObject {
  const counts = reactionContents.map((content): [string, number] => [
    content,
    reactions.filter((reaction) => reaction.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}

export function showReaction(hub: Hub, reaction: Reaction): JsonObject {
  return {
    id: reaction.id,
    node_id: nodeId("Reaction", reaction.id),
    user: showLogin(hub, reaction.author),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}
