import * as z from "zod";
import { hasRole } from "../access.ts";
import { type Hub, stamp, takeId } from "../hub.ts";
import { listReply } from "../paging.ts";
import { findPull } from "../pulls/lookup.ts";
import { ApiError, created, noContent, notFound, ok, validationFailed } from "../reply.ts";
import {
  type ApiRequest,
  actorUser,
  byActor,
  numberParam,
  parseBody,
  type Route,
  reads,
  route,
  writesAsReader,
} from "../router.ts";
import { showComment, showReaction } from "../shapes/comments.ts";
import { showIssue } from "../shapes/pulls.ts";
import { type Comment, type Reaction, reactionContents } from "../state.ts";
import { checkText } from "./text-limits.ts";

const CommentBody = z.looseObject({ body: z.string() });
const ReactionBody = z.looseObject({ content: z.enum(reactionContents) });

export const commentRoutes: readonly Route[] = [
  // A pull request as an issue; there are no others here.
  route("GET issues/:number", reads("issues", "pull-requests"), (hub, request) =>
    ok(showIssue(hub, findPull(hub, numberParam(request, "number")))),
  ),
  route("GET issues/:number/comments", reads("issues", "pull-requests"), (hub, request) => {
    const { number } = findPull(hub, numberParam(request, "number"));
    const since = request.query.get("since");
    const all = [...hub.state.comments.values()]
      .filter((comment) => comment.issue === number)
      .filter((comment) => since === null || Date.parse(comment.updatedAt) >= Date.parse(since));
    return listReply(hub, request, {
      path: `issues/${number}/comments`,
      all,
      show: (one) => showComment(hub, one),
    });
  }),

  route("POST issues/:number/comments", writesAsReader("issues", "pull-requests"), async (hub, request) => {
    const { number } = findPull(hub, numberParam(request, "number"));
    const body = commentBody(request);
    const by = byActor(request);
    const now = stamp(hub);
    const comment: Comment = {
      id: takeId(hub),
      issue: number,
      body,
      author: by.user.login,
      createdAt: now,
      updatedAt: now,
    };
    hub.state.comments.set(comment.id, comment);
    const { id } = comment;
    await hub.emit({
      kind: "comment",
      action: "created",
      id,
      issue: number,
      by: by.user.login,
      triggers: by.triggers,
    });
    return created(showComment(hub, comment), `${hub.urls.repo}/issues/comments/${id}`);
  }),

  route("GET issues/comments/:id", reads("issues", "pull-requests"), (hub, request) =>
    ok(showComment(hub, findComment(hub, request))),
  ),

  route("PATCH issues/comments/:id", writesAsReader("issues", "pull-requests"), async (hub, request) => {
    const comment = findComment(hub, request);
    const { user, triggers } = byActor(request);
    if (user.login !== comment.author && !hasRole(user.role, "write")) {
      throw new ApiError(403, "Must have push access to repository");
    }
    comment.body = commentBody(request);
    comment.updatedAt = stamp(hub);
    const { id, issue } = comment;
    await hub.emit({ kind: "comment", action: "edited", id, issue, by: user.login, triggers });
    return ok(showComment(hub, comment));
  }),

  route("DELETE issues/comments/:id", writesAsReader("issues", "pull-requests"), (hub, request) => {
    const comment = findComment(hub, request);
    const { user } = byActor(request);
    if (user.login !== comment.author && !hasRole(user.role, "write")) {
      throw new ApiError(403, "Must have push access to repository");
    }
    hub.state.comments.delete(comment.id);
    for (const { id } of reactionsOf(hub, comment.id)) hub.state.reactions.delete(id);
    return noContent;
  }),

  route(
    "DELETE issues/comments/:id/reactions/:reaction",
    writesAsReader("issues", "pull-requests"),
    (hub, request) => {
      const { id } = findComment(hub, request);
      const reaction = reactionsOf(hub, id).find((one) => one.id === numberParam(request, "reaction"));
      if (reaction === undefined) throw notFound();
      if (reaction.author !== actorUser(request).login)
        throw new ApiError(403, "Must be the author of the reaction");
      hub.state.reactions.delete(reaction.id);
      return noContent;
    },
  ),

  route("GET issues/comments/:id/reactions", reads("issues", "pull-requests"), (hub, request) => {
    const { id } = findComment(hub, request);
    const content = request.query.get("content");
    const all = reactionsOf(hub, id).filter((reaction) => content === null || reaction.content === content);
    return listReply(hub, request, {
      path: `issues/comments/${id}/reactions`,
      all,
      show: (one) => showReaction(hub, one),
    });
  }),

  // The same reaction again is not a second one: 200 with the first.
  route("POST issues/comments/:id/reactions", writesAsReader("issues", "pull-requests"), (hub, request) => {
    const { id } = findComment(hub, request);
    const { content } = parseBody(request, ReactionBody);
    const author = actorUser(request).login;
    const twin = reactionsOf(hub, id).find((one) => one.author === author && one.content === content);
    if (twin !== undefined) return ok(showReaction(hub, twin));
    const reaction: Reaction = { id: takeId(hub), comment: id, author, content, createdAt: stamp(hub) };
    hub.state.reactions.set(reaction.id, reaction);
    return created(showReaction(hub, reaction));
  }),
];

function findComment(hub: Hub, request: ApiRequest): Comment {
  const comment = hub.state.comments.get(numberParam(request, "id"));
  if (comment === undefined) throw notFound();
  return comment;
}

function reactionsOf(hub: Hub, comment: number): Reaction[] {
  return [...hub.state.reactions.values()].filter((reaction) => reaction.comment === comment);
}

function commentBody(request: ApiRequest): string {
  const { body } = parseBody(request, CommentBody);
  if (body.trim() === "") {
    throw validationFailed({
      resource: "IssueComment",
      field: "body",
      code: "custom",
      message: "body cannot be blank",
    });
  }
  checkText({ resource: "IssueComment", field: "body", text: body, most: 65_536 });
  return body;
}
