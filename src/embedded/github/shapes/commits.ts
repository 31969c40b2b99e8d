import type { Commit } from "../git/commits.ts";
import type { FileDiff } from "../git/diff.ts";
import type { Hub } from "../hub.ts";
import { compact, type JsonObject } from "../json.ts";
import { nodeId, showUser, userOfAddress } from "./people.ts";

/** `git/commits`: the object itself. */
export function showGitCommit(hub: Hub, commit: Commit): JsonObject {
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${hub.urls.repo}/git/commits/${commit.sha}`,
    html_url: `${hub.urls.html}/commit/${commit.sha}`,
    author: { ...commit.author },
    committer: { ...commit.committer },
    message: commit.message,
    tree: { sha: commit.tree, url: `${hub.urls.repo}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${hub.urls.repo}/git/commits/${sha}`,
      html_url: `${hub.urls.html}/commit/${sha}`,
    })),
    verification: verification(hub, commit),
  };
}

/** `commits`: the object with the accounts behind it. */
export function showCommit(hub: Hub, commit: Commit): JsonObject {
  const author = userOfAddress(hub, commit.author.email);
  const committer = userOfAddress(hub, commit.committer.email);
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    commit: {
      author: { ...commit.author },
      committer: { ...commit.committer },
      message: commit.message,
      tree: { sha: commit.tree, url: `${hub.urls.repo}/git/trees/${commit.tree}` },
      url: `${hub.urls.repo}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verification(hub, commit),
    },
    url: `${hub.urls.repo}/commits/${commit.sha}`,
    html_url: `${hub.urls.html}/commit/${commit.sha}`,
    comments_url: `${hub.urls.repo}/commits/${commit.sha}/comments`,
    author: author === undefined ? null : showUser(hub, author),
    committer: committer === undefined ? null : showUser(hub, committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${hub.urls.repo}/commits/${sha}`,
      html_url: `${hub.urls.html}/commit/${sha}`,
    })),
  };
}

export function showFile(hub: Hub, file: FileDiff, sha: string): JsonObject {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return compact({
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${hub.urls.html}/blob/${sha}/${path}`,
    raw_url: `${hub.urls.html}/raw/${sha}/${path}`,
    contents_url: `${hub.urls.repo}/contents/${path}?ref=${sha}`,
    patch: file.patch,
    previous_filename: file.previousPath,
  });
}

function verification(hub: Hub, commit: Commit): JsonObject {
  if (!hub.state.verified.has(commit.sha)) {
    return { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };
  }
  return {
    verified: true,
    reason: "valid",
    signature: "-----BEGIN PGP SIGNATURE-----\n\n(signed by the server)\n-----END PGP SIGNATURE-----\n",
    payload: `tree ${commit.tree}\n`,
    verified_at: commit.committer.date,
  };
}
