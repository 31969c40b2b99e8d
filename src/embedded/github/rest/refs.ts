import * as z from "zod";
import { readCommit } from "../git/commits.ts";
import { isAncestor, mergeBase } from "../git/history.ts";
import { isValidRefName, listRefs, type Ref, ZERO } from "../git/refs.ts";
import { branchRef, branchTip, type Hub, moveRef } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { listReply } from "../paging.ts";
import { refuseDirectUpdate } from "../protection.ts";
import { ApiError, created, noContent, notFound, ok, unprocessable } from "../reply.ts";
import { type ApiRequest, byActor, param, parseBody, type Route, reads, route, writes } from "../router.ts";
import { nodeId } from "../shapes/people.ts";

const CreateRef = z.looseObject({ ref: z.string(), sha: z.string() });
const UpdateRef = z.looseObject({ sha: z.string(), force: z.boolean().default(false) });

export const refRoutes: readonly Route[] = [
  route("GET git/ref/*ref", reads("contents"), async (hub, request) => {
    const ref = await findRef(hub, `refs/${param(request, "ref")}`);
    if (ref === undefined) throw notFound();
    const etag = `W/"${ref.sha}"`;
    if (request.ifNoneMatch === etag) return { status: 304, headers: { etag } };
    return { status: 200, body: showRef(hub, ref), headers: { etag } };
  }),

  route("GET git/matching-refs/*ref", reads("contents"), async (hub, request) => {
    const prefix = param(request, "ref");
    const all = await listRefs(hub.git, `refs/${prefix}`);
    return listReply(hub, request, {
      path: `git/matching-refs/${prefix}`,
      all,
      show: (ref) => showRef(hub, ref),
    });
  }),

  route("POST git/refs", writes("contents"), async (hub, request) => {
    const { ref: name, sha } = parseBody(request, CreateRef);
    if (!/^refs\/[^/]+\/./.test(name) || !(await isValidRefName(hub.git, name))) {
      throw unprocessable("Reference name must start with 'refs/' and contain at least two slashes.");
    }
    await requireObject(hub, name, sha);
    if ((await findRef(hub, name)) !== undefined) throw unprocessable("Reference already exists");
    await refuseWorkflowFiles(hub, request, {
      before: await branchTip(hub, hub.repository.defaultBranch),
      after: sha,
    });
    const moved = await moveRef(hub, { ref: name, before: ZERO, after: sha }, byActor(request));
    if (moved === "lost-the-race") throw unprocessable("Reference already exists");
    const ref = { name, sha, type: (await hub.objects.stat(sha))?.type ?? "commit" };
    return created(showRef(hub, ref), `${hub.urls.repo}/git/${name}`);
  }),

  route("PATCH git/refs/*ref", writes("contents"), async (hub, request) => {
    const name = `refs/${param(request, "ref")}`;
    const { sha, force } = parseBody(request, UpdateRef);
    await requireObject(hub, name, sha);
    // Whoever loses the swap looks again: the answer depends on where the ref is then.
    for (let tries = 0; tries < 50; tries += 1) {
      const ref = await findRef(hub, name);
      if (ref === undefined) throw unprocessable("Reference does not exist");
      if (!force && !(await goesForward(hub, ref.sha, sha))) {
        throw unprocessable("Update is not a fast forward");
      }
      if (ref.sha === sha) return ok(showRef(hub, ref));
      refuseDirectUpdate(hub, name, request.actor);
      await refuseWorkflowFiles(hub, request, { before: ref.sha, after: sha });
      const moved = await moveRef(hub, { ref: name, before: ref.sha, after: sha }, byActor(request));
      if (moved === "moved") return ok(showRef(hub, { ...ref, sha }));
    }
    throw new ApiError(500, "Reference cannot be updated: its lock is never free");
  }),

  route("DELETE git/refs/*ref", writes("contents"), async (hub, request) => {
    const name = `refs/${param(request, "ref")}`;
    const ref = await findRef(hub, name);
    if (ref === undefined) throw unprocessable("Reference does not exist");
    if (name === branchRef(hub.repository.defaultBranch))
      throw unprocessable("Cannot delete the default branch");
    const moved = await moveRef(hub, { ref: name, before: ref.sha, after: ZERO }, byActor(request));
    if (moved === "lost-the-race") throw unprocessable("Reference cannot be deleted");
    return noContent;
  }),
];

async function findRef(hub: Hub, name: string): Promise<Ref | undefined> {
  // `stat` understands revision operators, a name of a ref never contains one.
  if (/[~^:?*[\\\s]|\.\.|@\{/.test(name)) return undefined;
  const object = await hub.objects.stat(name);
  return object === undefined ? undefined : { name, sha: object.sha, type: object.type };
}

/** The usual case, one commit on top, needs no process. */
async function goesForward(hub: Hub, from: string, to: string): Promise<boolean> {
  if ((await readCommit(hub.objects, to))?.parents.includes(from)) return true;
  return isAncestor(hub.git, { ancestor: from, of: to });
}

async function requireObject(hub: Hub, ref: string, sha: string): Promise<void> {
  const object = /^[0-9a-f]{40}$/.test(sha) ? await hub.objects.stat(sha) : undefined;
  if (object === undefined) throw unprocessable("Object does not exist");
  if (ref.startsWith("refs/heads/") && object.type !== "commit") {
    throw unprocessable("Reference update failed: a branch must point to a commit.");
  }
}

const WORKFLOWS = ".github/workflows";

/**
 * A workflow file that is new or changed needs the `workflows` permission, which GITHUB_TOKEN can never have (github facts 1).
 * What the repository already has at the ref, on the default branch or where the two parted may come along.
 */
async function refuseWorkflowFiles(
  hub: Hub,
  request: ApiRequest,
  range: { readonly before: string | undefined; readonly after: string },
): Promise<void> {
  if (request.actor.kind !== "workflow") return;
  const wanted = await workflowFiles(hub, range.after);
  if (wanted.length === 0) return;
  const main = await branchTip(hub, hub.repository.defaultBranch);
  const fork = main === undefined ? undefined : await mergeBase(hub.git, main, range.after);
  const known: string[] = [];
  for (const sha of [range.before, main, fork])
    if (sha !== undefined) known.push(...(await workflowFiles(hub, sha)));
  if (wanted.some((file) => !known.includes(file)))
    throw new ApiError(403, "Resource not accessible by integration");
}

async function workflowFiles(hub: Hub, commit: string): Promise<string[]> {
  const entries = await hub.objects.readTree(`${commit}:${WORKFLOWS}`);
  return entries.map((entry) => `${entry.name} ${entry.sha}`);
}

function showRef(hub: Hub, ref: Ref): JsonObject {
  const kind = ref.type === "blob" || ref.type === "tree" || ref.type === "tag" ? ref.type : "commit";
  return {
    ref: ref.name,
    node_id: nodeId("Ref", ref.name),
    url: `${hub.urls.repo}/git/${ref.name}`,
    object: { sha: ref.sha, type: ref.type, url: `${hub.urls.repo}/git/${kind}s/${ref.sha}` },
  };
}
