import { isMalformedPath } from "../git/edit-tree.ts";
import type { TreeEntry } from "../git/objects.ts";
import { findCommit, type Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { ApiError, notFound, ok, type Reply } from "../reply.ts";
import { type ApiRequest, param, type Route, reads, route } from "../router.ts";
import { base64Lines } from "./git-objects.ts";

/** Above this the JSON form carries no content (encoding "none"); above the second only the Git Data API works. */
const INLINE_LIMIT = 1024 * 1024;
const RAW_LIMIT = 100 * 1024 * 1024;

export const contentRoutes: readonly Route[] = [
  route("GET contents", reads("contents"), (hub, request) => getContents(hub, request, "")),
  route("GET contents/*path", reads("contents"), (hub, request) =>
    getContents(hub, request, param(request, "path").replace(/\/$/, "")),
  ),
];

async function getContents(hub: Hub, request: ApiRequest, path: string): Promise<Reply> {
  const ref = request.query.get("ref") ?? hub.repository.defaultBranch;
  const commit = await findCommit(hub, ref);
  if (commit === undefined) throw new ApiError(404, `No commit found for the ref ${ref}`);
  if (path === "") return folder(hub, { tree: commit.tree, path, ref });
  if (isMalformedPath(path)) throw notFound();
  const entry = await findEntry(hub, commit.tree, path);
  if (entry === undefined) throw notFound();
  if (entry.type === "tree") return folder(hub, { tree: entry.sha, path, ref });
  return file(hub, request, { entry, path, ref });
}

async function findEntry(hub: Hub, tree: string, path: string): Promise<TreeEntry | undefined> {
  const segments = path.split("/");
  const name = segments.pop() ?? "";
  const parent = segments.length === 0 ? tree : `${tree}:${segments.join("/")}`;
  return (await hub.objects.readTree(parent)).find((entry) => entry.name === name);
}

async function folder(hub: Hub, at: { tree: string; path: string; ref: string }): Promise<Reply> {
  const entries = await hub.objects.readTree(at.tree);
  const prefix = at.path === "" ? "" : `${at.path}/`;
  return ok(
    await Promise.all(
      entries.map(async (entry) => ({
        ...describe(hub, { entry, path: `${prefix}${entry.name}`, ref: at.ref }),
        size: entry.type === "blob" ? ((await hub.objects.stat(entry.sha))?.size ?? 0) : 0,
      })),
    ),
  );
}

async function file(
  hub: Hub,
  request: ApiRequest,
  at: { entry: TreeEntry; path: string; ref: string },
): Promise<Reply> {
  const blob = await hub.objects.read(at.entry.sha);
  if (blob === undefined) throw notFound();
  if (blob.size > RAW_LIMIT) {
    throw new ApiError(
      403,
      "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API.",
      {
        errors: [{ resource: "Blob", field: "data", code: "too_large" }],
      },
    );
  }
  if (/\braw\b/.test(request.accept)) {
    return {
      status: 200,
      body: blob.content,
      headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" },
    };
  }
  const shown = { ...describe(hub, at), size: blob.size };
  if (at.entry.mode === "120000") return ok({ ...shown, target: blob.content.toString("utf8") });
  if (blob.size > INLINE_LIMIT) return ok({ ...shown, content: "", encoding: "none" });
  return ok({ ...shown, content: `${base64Lines(blob.content)}\n`, encoding: "base64" });
}

function describe(hub: Hub, at: { entry: TreeEntry; path: string; ref: string }): JsonObject {
  const { entry } = at;
  const path = at.path.split("/").map(encodeURIComponent).join("/");
  const url = `${hub.urls.repo}/contents/${path}?ref=${encodeURIComponent(at.ref)}`;
  const html = `${hub.urls.html}/blob/${at.ref}/${path}`;
  const git = entry.type === "commit" ? null : `${hub.urls.repo}/git/${entry.type}s/${entry.sha}`;
  return {
    type: kindOf(entry),
    name: entry.name,
    path: at.path,
    sha: entry.sha,
    url,
    git_url: git,
    html_url: html,
    download_url: entry.type === "blob" ? `${hub.urls.html}/raw/${at.ref}/${path}` : null,
    _links: { self: url, git, html },
  };
}

function kindOf(entry: TreeEntry): string {
  if (entry.type === "tree") return "dir";
  if (entry.type === "commit") return "submodule";
  return entry.mode === "120000" ? "symlink" : "file";
}
