import * as z from "zod";
import { diffFiles } from "../git/diff.ts";
import { type Hub, stamp, takeId } from "../hub.ts";
import { listReply } from "../paging.ts";
import { hunkUpTo } from "../pulls/diff-lines.ts";
import { findPull, forkPoint } from "../pulls/lookup.ts";
import { ApiError, created, notFound, ok, type Reply, unprocessable, validationFailed } from "../reply.ts";
import {
  type ApiRequest,
  actorUser,
  numberParam,
  parseBody,
  type Route,
  reads,
  route,
  writes,
  writesAsReader,
} from "../router.ts";
import { showReview, showReviewComment } from "../shapes/reviews.ts";
import type { Pull, Review, ReviewComment } from "../state.ts";
import { checkText } from "./text-limits.ts";

const Place = {
  path: z.string(),
  body: z.string().min(1),
  line: z.int().positive().optional(),
  side: z.enum(["LEFT", "RIGHT"]).default("RIGHT"),
};
const DraftComment = z.looseObject(Place);
const NewReview = z.looseObject({
  commit_id: z.string().optional(),
  body: z.string().default(""),
  event: z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]),
  comments: z.array(DraftComment).default([]),
});
const NewComment = z.looseObject({
  ...Place,
  commit_id: z.string(),
  subject_type: z.enum(["line", "file"]).default("line"),
});
const STATES = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

export const reviewRoutes: readonly Route[] = [
  route("GET pulls/:number/reviews", reads("pull-requests"), (hub, request) => {
    const { number } = findPull(hub, numberParam(request, "number"));
    const all = [...hub.state.reviews.values()].filter((review) => review.pull === number);
    return listReply(hub, request, {
      path: `pulls/${number}/reviews`,
      all,
      show: (one) => showReview(hub, one),
    });
  }),
  route("POST pulls/:number/reviews", writesAsReader("pull-requests"), postReview),
  route("PUT pulls/:number/reviews/:id/dismissals", writes("pull-requests"), (hub, request) => {
    const review = hub.state.reviews.get(numberParam(request, "id"));
    if (review === undefined || review.pull !== numberParam(request, "number")) throw notFound();
    if (review.state === "COMMENTED") throw unprocessable("Can not dismiss a commented pull request review");
    review.state = "DISMISSED";
    return ok(showReview(hub, review));
  }),
  route("GET pulls/:number/comments", reads("pull-requests"), (hub, request) => {
    const { number } = findPull(hub, numberParam(request, "number"));
    const all = [...hub.state.reviewComments.values()].filter((comment) => comment.pull === number);
    const show = (one: ReviewComment) => showReviewComment(hub, one);
    return listReply(hub, request, { path: `pulls/${number}/comments`, all, show });
  }),
  route("POST pulls/:number/comments", writesAsReader("pull-requests"), postComment),
];

async function postReview(hub: Hub, request: ApiRequest): Promise<Reply> {
  const pull = findPull(hub, numberParam(request, "number"));
  const body = parseBody(request, NewReview);
  refuseReview(hub, request, { pull, event: body.event });
  checkText({ resource: "PullRequestReview", field: "body", text: body.body, most: 65_536 });
  if (body.event !== "APPROVE" && body.body.trim() === "" && body.comments.length === 0) {
    throw new ApiError(422, "Unprocessable Entity", { errors: ["Review body can't be blank"] });
  }
  const files = await filesOf(hub, pull);
  for (const { path, line = 1, side } of body.comments) {
    const file = files.find((one) => one.path === path);
    if (file === undefined)
      throw new ApiError(422, "Unprocessable Entity", { errors: ["Path could not be resolved"] });
    if (hunkUpTo(file.patch, { line, side }) === undefined)
      throw new ApiError(422, "Unprocessable Entity", { errors: ["Line could not be resolved"] });
  }
  const review = keepReview(hub, request, {
    pull,
    state: STATES[body.event],
    body: body.body,
    commit: body.commit_id,
  });
  for (const { path, line = 1, side, body: text } of body.comments) {
    const hunk = hunkUpTo(files.find((one) => one.path === path)?.patch, { line, side }) ?? "";
    keepComment(hub, review, { path, line, side, hunk, body: text });
  }
  return ok(showReview(hub, review));
}

async function postComment(hub: Hub, request: ApiRequest): Promise<Reply> {
  const pull = findPull(hub, numberParam(request, "number"));
  const { path, line, side, body, subject_type: subject, commit_id: commit } = parseBody(request, NewComment);
  checkText({ resource: "PullRequestReviewComment", field: "body", text: body, most: 65_536 });
  const file = (await filesOf(hub, pull)).find((one) => one.path === path);
  const invalid = (field: string) =>
    validationFailed({ resource: "PullRequestReviewComment", code: "invalid", field });
  if (file === undefined) throw invalid("pull_request_review_thread.path");
  const whole = subject === "file" || line === undefined;
  const hunk = whole ? "" : hunkUpTo(file.patch, { line, side });
  if (hunk === undefined) throw invalid("pull_request_review_thread.line");
  const review = keepReview(hub, request, { pull, state: "COMMENTED", body: "", commit });
  const comment = keepComment(hub, review, { path, line: whole ? null : line, side, hunk, body });
  return created(showReviewComment(hub, comment), `${hub.urls.repo}/pulls/comments/${comment.id}`);
}

async function filesOf(hub: Hub, pull: Pull) {
  return diffFiles(hub.git, { before: await forkPoint(hub, pull), after: pull.headSha });
}

function refuseReview(
  hub: Hub,
  request: ApiRequest,
  { pull, event }: { pull: Pull; event: keyof typeof STATES },
): void {
  const own = actorUser(request).login === pull.author;
  if (event === "COMMENT") return;
  const words = event === "APPROVE" ? "approve" : "request changes on";
  if (own)
    throw new ApiError(422, "Unprocessable Entity", {
      errors: [`Can not ${words} your own pull request`],
    });
  if (request.actor.kind === "workflow" && event === "APPROVE" && !hub.settings.actionsMayOpenPulls) {
    throw new ApiError(422, "Unprocessable Entity", {
      errors: ["GitHub Actions is not permitted to approve pull requests."],
    });
  }
}

function keepReview(
  hub: Hub,
  request: ApiRequest,
  about: { pull: Pull; state: Review["state"]; body: string; commit: string | undefined },
): Review {
  const { pull, state, body } = about;
  const author = actorUser(request).login;
  const commit = about.commit ?? pull.headSha;
  const review: Review = {
    id: takeId(hub),
    pull: pull.number,
    author,
    state,
    body,
    commit,
    submittedAt: stamp(hub),
  };
  hub.state.reviews.set(review.id, review);
  pull.requestedReviewers = pull.requestedReviewers.filter((login) => login !== author);
  return review;
}

function keepComment(
  hub: Hub,
  { id: review, pull, author, commit }: Review,
  remark: Pick<ReviewComment, "path" | "line" | "side" | "hunk" | "body">,
): ReviewComment {
  const now = stamp(hub);
  const comment: ReviewComment = {
    ...remark,
    id: takeId(hub),
    pull,
    review,
    author,
    commit,
    inReplyTo: null,
    createdAt: now,
    updatedAt: now,
  };
  hub.state.reviewComments.set(comment.id, comment);
  return comment;
}
