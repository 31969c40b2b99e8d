import { diffFiles, EMPTY_TREE } from "../git/diff.ts";
import { log, mergeBase } from "../git/history.ts";
import { findCommit, type Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { listReply, pageOf } from "../paging.ts";
import { pullsOfCommit } from "../pulls/lookup.ts";
import { ApiError, notFound, ok, type Reply, unprocessable } from "../reply.ts";
import { type ApiRequest, param, type Route, reads, route } from "../router.ts";
import { showCommit, showFile } from "../shapes/commits.ts";
import { showPull } from "../shapes/pulls.ts";

export const commitRoutes: readonly Route[] = [
  route("GET commits", reads("contents"), listCommits),
  route("GET commits/:sha/pulls", reads("pull-requests"), async (hub, request) => {
    const sha = param(request, "sha");
    const commit = await findCommit(hub, sha);
    if (commit === undefined) throw unprocessable(`No commit found for SHA: ${sha}`);
    const all = await pullsOfCommit(hub, commit.sha);
    return listReply(hub, request, {
      path: `commits/${sha}/pulls`,
      all,
      show: (pull) => showPull(hub, pull),
    });
  }),
  route("GET compare/:basehead", reads("contents"), compare),
  // After every route below `commits/`: a ref may contain slashes.
  route("GET commits/*ref", reads("contents"), async (hub, request) => {
    const ref = param(request, "ref");
    const commit = await findCommit(hub, ref);
    if (commit === undefined) throw unprocessable(`No commit found for SHA: ${ref}`);
    if (/\.sha\b/.test(request.accept)) {
      return {
        status: 200,
        body: Buffer.from(commit.sha),
        headers: { "content-type": "application/vnd.github.sha; charset=utf-8" },
      };
    }
    const files = await diffFiles(hub.git, { before: commit.parents[0] ?? EMPTY_TREE, after: commit.sha });
    const additions = files.reduce((sum, file) => sum + file.additions, 0);
    const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
    return ok({
      ...showCommit(hub, commit),
      stats: { total: additions + deletions, additions, deletions },
      files: files.map((file) => showFile(hub, file, commit.sha)),
    });
  }),
];

async function listCommits(hub: Hub, request: ApiRequest): Promise<Reply> {
  const { query } = request;
  const start = query.get("sha") ?? hub.repository.defaultBranch;
  const commit = await findCommit(hub, start);
  if (commit === undefined) throw notFound();
  const path = query.get("path");
  const since = query.get("since");
  const until = query.get("until");
  const all = await log(hub.git, {
    revisions: [commit.sha],
    ...(path === null ? {} : { path }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  });
  return listReply(hub, request, { path: "commits", all, show: (one) => showCommit(hub, one) });
}

async function compare(hub: Hub, request: ApiRequest): Promise<Reply> {
  const basehead = param(request, "basehead");
  const [baseName = "", headName = ""] = basehead.split("...");
  const [base, head] = await Promise.all([
    findCommit(hub, ownBranch(hub, baseName)),
    findCommit(hub, ownBranch(hub, headName)),
  ]);
  if (base === undefined || head === undefined) throw notFound();
  const common = await mergeBase(hub.git, base.sha, head.sha);
  if (common === undefined)
    throw new ApiError(404, `No common ancestor between ${baseName} and ${headName}.`);
  const [ahead, behind, fork, files] = await Promise.all([
    log(hub.git, { revisions: [`${base.sha}..${head.sha}`], oldestFirst: true }),
    log(hub.git, { revisions: [`${head.sha}..${base.sha}`] }),
    findCommit(hub, common),
    diffFiles(hub.git, { before: common, after: head.sha }),
  ]);
  const { items, headers } = pageOf(hub, request, `compare/${encodeURIComponent(basehead)}`, ahead);
  const html = `${hub.urls.html}/compare/${basehead}`;
  const body: JsonObject = {
    url: `${hub.urls.repo}/compare/${basehead}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: showCommit(hub, base),
    merge_base_commit: fork === undefined ? null : showCommit(hub, fork),
    status: relation(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: items.map((commit) => showCommit(hub, commit)),
    files: files.map((file) => showFile(hub, file, head.sha)),
  };
  return { status: 200, headers, body };
}

function ownBranch(hub: Hub, name: string): string {
  return name.startsWith(`${hub.repository.owner}:`) ? name.slice(hub.repository.owner.length + 1) : name;
}

function relation(ahead: number, behind: number): string {
  if (ahead > 0 && behind > 0) return "diverged";
  if (ahead > 0) return "ahead";
  return behind > 0 ? "behind" : "identical";
}
