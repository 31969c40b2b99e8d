import * as z from "zod";
import { hasRole } from "../access.ts";
import { countChanges, diffFiles } from "../git/diff.ts";
import { countCommits } from "../git/history.ts";
import { branchTip, type Hub, stamp } from "../hub.ts";
import { listReply } from "../paging.ts";
import { closePull } from "../pulls/follow.ts";
import { findPull, forkPoint, pullCommits } from "../pulls/lookup.ts";
import { mergePull } from "../pulls/merge.ts";
import { testMerge } from "../pulls/mergeability.ts";
import { openPull } from "../pulls/open.ts";
import { ApiError, created, ok, type Reply, validationFailed } from "../reply.ts";
import {
  type ApiRequest,
  actorUser,
  byActor,
  numberParam,
  parseBody,
  parseQuery,
  type Route,
  reads,
  route,
  writes,
  writesAsReader,
} from "../router.ts";
import { showCommit, showFile } from "../shapes/commits.ts";
import { showLogin } from "../shapes/people.ts";
import { showPull } from "../shapes/pulls.ts";
import type { Pull } from "../state.ts";
import { checkText } from "./text-limits.ts";

const ListPulls = z.looseObject({
  state: z.enum(["open", "closed", "all"]).default("open"),
  head: z.string().optional(),
  base: z.string().optional(),
  sort: z.enum(["created", "updated", "popularity", "long-running"]).default("created"),
  direction: z.enum(["asc", "desc"]).default("desc"),
});
const CreatePull = z.looseObject({
  title: z.string().min(1),
  head: z.string(),
  base: z.string(),
  body: z.string().nullable().default(null),
  draft: z.boolean().default(false),
});
const UpdatePull = z.looseObject({
  title: z.string().min(1).optional(),
  body: z.string().nullable().optional(),
  state: z.enum(["open", "closed"]).optional(),
  base: z.string().optional(),
});
const MergeBody = z.looseObject({
  merge_method: z.enum(["merge", "squash", "rebase"]).default("merge"),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
});

export const pullRoutes: readonly Route[] = [
  route("GET pulls", reads("pull-requests"), listPulls),
  route("POST pulls", writesAsReader("pull-requests"), createPull),
  route("GET pulls/:number", reads("pull-requests"), async (hub, request) => {
    const pull = findPull(hub, numberParam(request, "number"));
    if (pull.state === "open") await testMerge(hub, pull);
    return ok(await showWholePull(hub, pull));
  }),
  route("PATCH pulls/:number", writesAsReader("pull-requests"), updatePull),
  route("PUT pulls/:number/merge", writes("contents"), async (hub, request) => {
    const pull = findPull(hub, numberParam(request, "number"));
    const body = parseBody(request, MergeBody);
    const sha = await mergePull(hub, pull, {
      method: body.merge_method,
      title: body.commit_title,
      message: body.commit_message,
      sha: body.sha,
      by: byActor(request),
    });
    return ok({ sha, merged: true, message: "Pull Request successfully merged" });
  }),
  route("GET pulls/:number/commits", reads("pull-requests"), async (hub, request) => {
    const pull = findPull(hub, numberParam(request, "number"));
    const all = await pullCommits(hub, pull);
    const path = `pulls/${pull.number}/commits`;
    return listReply(hub, request, { path, all, show: (commit) => showCommit(hub, commit) });
  }),
  route("GET pulls/:number/files", reads("pull-requests"), async (hub, request) => {
    const pull = findPull(hub, numberParam(request, "number"));
    const all = await diffFiles(hub.git, { before: await forkPoint(hub, pull), after: pull.headSha });
    const path = `pulls/${pull.number}/files`;
    return listReply(hub, request, { path, all, show: (file) => showFile(hub, file, pull.headSha) });
  }),
];

function listPulls(hub: Hub, request: ApiRequest): Promise<Reply> {
  const query = parseQuery(request, ListPulls);
  const all = [...hub.state.pulls.values()]
    .filter((pull) => query.state === "all" || pull.state === query.state)
    .filter((pull) => query.base === undefined || pull.baseRef === query.base)
    // GitHub ignores a head without owner instead of refusing it.
    .filter((pull) => !query.head?.includes(":") || `${pull.headOwner}:${pull.headRef}` === query.head)
    .sort((one, other) =>
      query.sort === "updated" ? compareText(one.updatedAt, other.updatedAt) : one.number - other.number,
    );
  if (query.direction === "desc") all.reverse();
  return listReply(hub, request, { path: "pulls", all, show: (pull) => showPull(hub, pull) });
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

async function createPull(hub: Hub, request: ApiRequest): Promise<Reply> {
  const body = parseBody(request, CreatePull);
  const author = actorUser(request);
  if (request.actor.kind === "workflow" && !hub.settings.actionsMayOpenPulls) {
    throw new ApiError(403, "GitHub Actions is not permitted to create or approve pull requests.");
  }
  checkPullTexts(body);
  const { owner } = hub.repository;
  const headRef = body.head.startsWith(`${owner}:`) ? body.head.slice(owner.length + 1) : body.head;
  const headSha = headRef.includes(":") ? undefined : await branchTip(hub, headRef);
  if (headSha === undefined)
    throw validationFailed({ resource: "PullRequest", field: "head", code: "invalid" });
  const pull = await openPull(hub, {
    title: body.title,
    body: body.body,
    draft: body.draft,
    author: author.login,
    headOwner: owner,
    headRef,
    headSha,
    baseRef: body.base,
  });
  return created(await showWholePull(hub, pull), `${hub.urls.repo}/pulls/${pull.number}`);
}

async function updatePull(hub: Hub, request: ApiRequest): Promise<Reply> {
  const pull = findPull(hub, numberParam(request, "number"));
  const user = actorUser(request);
  if (user.login !== pull.author && !hasRole(user.role, "write"))
    throw new ApiError(403, "Must have push access to repository");
  const body = parseBody(request, UpdatePull);
  checkPullTexts(body);
  if (body.base !== undefined && body.base !== pull.baseRef) {
    const tip = await branchTip(hub, body.base);
    if (tip === undefined)
      throw validationFailed({ resource: "PullRequest", field: "base", code: "invalid" });
    pull.baseRef = body.base;
    pull.baseSha = tip;
  }
  if (body.title !== undefined) pull.title = body.title;
  if (body.body !== undefined) pull.body = body.body;
  pull.updatedAt = stamp(hub);
  await hub.emit({ kind: "pull", action: "edited", number: pull.number, by: user.login });
  if (body.state !== undefined && body.state !== pull.state) await switchState(hub, pull, user.login);
  return ok(await showWholePull(hub, pull));
}

async function switchState(hub: Hub, pull: Pull, by: string): Promise<void> {
  if (pull.state === "open") {
    closePull(hub, pull);
    await hub.emit({ kind: "pull", action: "closed", number: pull.number, by });
    return;
  }
  const head = await branchTip(hub, pull.headRef);
  if (pull.mergedAt !== null || head === undefined) {
    throw validationFailed({
      resource: "PullRequest",
      field: "state",
      code: "invalid",
      message: "state cannot be changed.",
    });
  }
  pull.state = "open";
  pull.closedAt = null;
  pull.headSha = head;
  await hub.emit({ kind: "pull", action: "reopened", number: pull.number, by });
}

/** With what only the single view has. Whether it merges is null until somebody has asked, as on GitHub. */
async function showWholePull(hub: Hub, pull: Pull): Promise<ReturnType<typeof showPull>> {
  const range = { base: pull.baseSha, head: pull.headSha };
  const [commits, changes] = await Promise.all([countCommits(hub.git, range), countChanges(hub.git, range)]);
  const tested = pull.state === "open" ? pull.testMerge : null;
  const mergeable = tested === null ? null : tested.sha !== null;
  const clean = mergeable ? "clean" : "dirty";
  return {
    ...showPull(hub, pull),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeable === null ? "unknown" : clean,
    merged_by: showLogin(hub, pull.mergedBy),
    comments: [...hub.state.comments.values()].filter((comment) => comment.issue === pull.number).length,
    review_comments: [...hub.state.reviewComments.values()].filter((one) => one.pull === pull.number).length,
    maintainer_can_modify: false,
    commits,
    additions: changes.additions,
    deletions: changes.deletions,
    changed_files: changes.files,
  };
}

function checkPullTexts(texts: {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
}): void {
  checkText({ resource: "PullRequest", field: "title", text: texts.title ?? "", most: 256 });
  checkText({ resource: "PullRequest", field: "body", text: texts.body ?? "", most: 65_536 });
}
