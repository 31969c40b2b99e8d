import * as z from "zod";
import { actionsBot, type User } from "../access.ts";
import { isoSeconds, readCommit, type Signature, writeCommit } from "../git/commits.ts";
import { editTree, isMalformedPath, type TreeChange, walkTree } from "../git/edit-tree.ts";
import { type TreeEntry, typeOfMode } from "../git/objects.ts";
import { findCommit, type Hub, stamp } from "../hub.ts";
import { compact, type JsonObject } from "../json.ts";
import { created, notFound, ok, type Reply, unprocessable } from "../reply.ts";
import { type ApiRequest, actorUser, param, parseBody, type Route, reads, route, writes } from "../router.ts";
import { showGitCommit } from "../shapes/commits.ts";
import { nodeId, noreplyAddress } from "../shapes/people.ts";

const Sha = z.string().regex(/^[0-9a-f]{40}$/);
const NewSignature = z.looseObject({
  name: z.string(),
  email: z.string(),
  date: z.iso.datetime({ offset: true }).optional(),
});
const CreateCommit = z.looseObject({
  message: z.string().min(1),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: NewSignature.optional(),
  committer: NewSignature.optional(),
});
const Mode = z.enum(["100644", "100755", "040000", "160000", "120000"]);
const NewEntry = z.looseObject({
  path: z.string(),
  mode: Mode.default("100644"),
  type: z.enum(["blob", "tree", "commit"]).optional(),
  sha: Sha.nullable().optional(),
  content: z.string().optional(),
});
const CreateTree = z.looseObject({ tree: z.array(NewEntry).min(1), base_tree: z.string().optional() });
const CreateBlob = z.looseObject({
  content: z.string(),
  encoding: z.enum(["utf-8", "base64"]).default("utf-8"),
});
const LARGEST_BLOB = 40 * 1024 * 1024;

export const gitObjectRoutes: readonly Route[] = [
  route("GET git/commits/:sha", reads("contents"), async (hub, request) => {
    const commit = await readCommit(hub.objects, requireSha(param(request, "sha")));
    if (commit === undefined) throw notFound();
    return ok(showGitCommit(hub, commit));
  }),
  route("POST git/commits", writes("contents"), postCommit),
  route("GET git/trees/*tree", reads("contents"), getTree),
  route("POST git/trees", writes("contents"), postTree),
  route("GET git/blobs/:sha", reads("contents"), async (hub, request) => {
    const sha = requireSha(param(request, "sha"));
    const blob = await hub.objects.read(sha);
    if (blob === undefined || blob.type !== "blob") throw notFound();
    if (/\braw\b/.test(request.accept)) {
      return {
        status: 200,
        body: blob.content,
        headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" },
      };
    }
    const content = base64Lines(blob.content);
    return ok({
      sha,
      node_id: nodeId("Blob", sha),
      size: blob.size,
      url: blobUrl(hub, sha),
      content,
      encoding: "base64",
    });
  }),
  route("POST git/blobs", writes("contents"), async (hub, request) => {
    const { content, encoding } = parseBody(request, CreateBlob);
    const bytes = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
    if (bytes.length > LARGEST_BLOB)
      throw unprocessable(
        "Sorry, your input was too large to process. Consider creating the blob in a local clone of the repository and then pushing it to GitHub.",
      );
    const sha = await hub.objects.writeBlob(bytes);
    return created({ sha, url: blobUrl(hub, sha) }, blobUrl(hub, sha));
  }),
];

async function postCommit(hub: Hub, request: ApiRequest): Promise<Reply> {
  const body = parseBody(request, CreateCommit);
  if ((await typeOf(hub, body.tree)) !== "tree") throw unprocessable("Tree SHA does not exist");
  for (const parent of body.parents) {
    if ((await typeOf(hub, parent)) !== "commit")
      throw unprocessable("Parent SHA does not exist or is not a commit object");
  }
  const own = signatureOf(actorUser(request), stamp(hub));
  const author = body.author === undefined ? own : signature(body.author, own.date);
  const committer = body.committer === undefined ? author : signature(body.committer, own.date);
  const sha = await writeCommit(hub.git, {
    tree: body.tree,
    parents: body.parents,
    message: body.message,
    author,
    committer,
  });
  // Signed for a bot that leaves author and committer to the server (github facts 1).
  if (request.actor.kind === "workflow" && body.author === undefined && body.committer === undefined) {
    hub.state.verified.add(sha);
  }
  const commit = await readCommit(hub.objects, sha);
  if (commit === undefined) throw new Error(`commit ${sha} was written and cannot be read`);
  return created(showGitCommit(hub, commit), `${hub.urls.repo}/git/commits/${sha}`);
}

async function getTree(hub: Hub, request: ApiRequest): Promise<Reply> {
  const name = param(request, "tree");
  const sha = (await typeOf(hub, name)) === "tree" ? name : (await findCommit(hub, name))?.tree;
  if (sha === undefined) throw notFound();
  // The documentation's rule: any value at all means "recursive", also 0 and false.
  const recursive = request.query.has("recursive");
  const entries = recursive
    ? await walkTree(hub.objects, sha)
    : (await hub.objects.readTree(sha)).map((entry) => ({ ...entry, path: entry.name }));
  return ok({ sha, url: treeUrl(hub, sha), tree: await showEntries(hub, entries), truncated: false });
}

async function postTree(hub: Hub, request: ApiRequest): Promise<Reply> {
  const { tree, base_tree: baseName } = parseBody(request, CreateTree);
  const base = baseName === undefined ? undefined : await baseTree(hub, baseName);
  const changes: TreeChange[] = [];
  for (const entry of tree) {
    if (isMalformedPath(entry.path)) throw unprocessable("tree.path contains a malformed path component");
    changes.push({ path: entry.path, entry: await newEntry(hub, entry) });
  }
  const edited = await editTree(hub.objects, base, changes);
  if ("missing" in edited) throw unprocessable("GitRPC::BadObjectState");
  const entries = (await hub.objects.readTree(edited.sha)).map((entry) => ({ ...entry, path: entry.name }));
  const shown = {
    sha: edited.sha,
    url: treeUrl(hub, edited.sha),
    tree: await showEntries(hub, entries),
    truncated: false,
  };
  return created(shown, treeUrl(hub, edited.sha));
}

/** The body of a new entry: an existing object, inline text, or null for "remove this path". */
async function newEntry(hub: Hub, entry: z.infer<typeof NewEntry>): Promise<Omit<TreeEntry, "name"> | null> {
  if (entry.sha !== undefined && entry.content !== undefined) {
    throw unprocessable("Must supply either tree.sha or tree.content, not both");
  }
  if (entry.sha === null) return null;
  const type = typeOfMode(entry.mode);
  if (entry.sha === undefined) {
    if (entry.content === undefined) throw unprocessable("Must supply tree.sha or tree.content");
    return { mode: entry.mode, type, sha: await hub.objects.writeBlob(Buffer.from(entry.content, "utf8")) };
  }
  if (type !== "commit" && (await typeOf(hub, entry.sha)) !== type) {
    throw unprocessable(`tree.sha ${entry.sha} is not a valid ${type}`);
  }
  return { mode: entry.mode, type, sha: entry.sha };
}

async function baseTree(hub: Hub, name: string): Promise<string> {
  const tree = await hub.objects.stat(`${requireSha(name)}^{tree}`);
  if (tree === undefined) throw unprocessable("tree.base_tree is not a valid tree oid");
  return tree.sha;
}

async function showEntries(
  hub: Hub,
  entries: readonly (TreeEntry & { readonly path: string })[],
): Promise<JsonObject[]> {
  return Promise.all(
    entries.map(async ({ path, mode, type, sha }) =>
      compact({
        path,
        mode,
        type,
        sha,
        size: type === "blob" ? (await hub.objects.stat(sha))?.size : undefined,
        url: type === "commit" ? undefined : `${hub.urls.repo}/git/${type}s/${sha}`,
      }),
    ),
  );
}

function signatureOf(user: User, date: string): Signature {
  return { name: user === actionsBot ? actionsBot.login : user.login, email: noreplyAddress(user), date };
}

function signature(given: z.infer<typeof NewSignature>, now: string): Signature {
  return {
    name: given.name,
    email: given.email,
    date: given.date === undefined ? now : isoSeconds(new Date(given.date)),
  };
}

async function typeOf(hub: Hub, sha: string): Promise<string | undefined> {
  return /^[0-9a-f]{40}$/.test(sha) ? (await hub.objects.stat(sha))?.type : undefined;
}

function requireSha(text: string): string {
  if (!/^[0-9a-f]{40}$/.test(text))
    throw unprocessable("The sha parameter must be exactly 40 characters and contain only [0-9a-f].");
  return text;
}

/** As GitHub sends it: 60 characters a line. */
export function base64Lines(content: Buffer): string {
  return content.toString("base64").replace(/.{60}/g, "$&\n");
}

function blobUrl(hub: Hub, sha: string): string {
  return `${hub.urls.repo}/git/blobs/${sha}`;
}

function treeUrl(hub: Hub, sha: string): string {
  return `${hub.urls.repo}/git/trees/${sha}`;
}
