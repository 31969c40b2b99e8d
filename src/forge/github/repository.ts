import { AutoloopError, messageOf } from "../../errors.ts";
import type { BranchWriter, FileChanges, RepositoryReader, Sha, Tree, TreeFile } from "../forge.ts";
import { checkWritable } from "../writable.ts";
import { blobReader } from "./blobs.ts";
import { askOnce, forgeError, type GitHubClient, orNull, statusOf } from "./client.ts";
import { branchHead, glanceAt } from "./glance.ts";

export function repositoryReader(client: GitHubClient): RepositoryReader {
  const { octokit, owner, repo } = client;
  const at = { owner, repo };
  const blobs = blobReader(client);
  const glance = glanceAt(client, blobs);
  // A commit's files never change.
  const trees = new Map<Sha, Tree>();
  const compare = (one: string, other: string) =>
    orNull(
      octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${one}...${other}`, per_page: 1 }),
    );
  let seenBranch: string | undefined;
  const askBranch = askOnce(async () => (await octokit.rest.repos.get(at)).data.default_branch);
  const defaultBranch = async () => seenBranch ?? askBranch();
  return {
    repository: `${owner}/${repo}`,
    defaultBranch,
    glance: async (wanted) => {
      const seen = await glance(wanted);
      seenBranch ??= seen.branch;
      return seen;
    },
    head: headWatcher(client),
    tree: async (ref) => {
      const commit = "commit" in ref ? ref.commit : await branchHead(client, ref.branch);
      if (!commit) return null;
      const tree = trees.get(commit) ?? (await readTree(client, commit));
      trees.set(commit, tree);
      return tree;
    },
    blobs: blobs.read,
    commit: async (ref) => {
      const found = await orNull(octokit.rest.repos.getCommit({ ...at, ref, per_page: 1 }));
      if (found === null) return null;
      const { author, commit, parents } = found.data;
      return {
        author: author?.login ?? commit.author?.name ?? null,
        message: commit.message,
        parents: parents.map(({ sha }) => sha),
      };
    },
    isMerged: async (commit) => {
      const compared = await compare(commit, await defaultBranch());
      return compared !== null && (compared.data.status === "ahead" || compared.data.status === "identical");
    },
    mergeBase: async (one, other) => (await compare(one, other))?.data.merge_base_commit.sha ?? null,
  };
}

/** An answer "as you know it" (304) costs nothing of the rate limit, so a branch may be looked at every few seconds. */
function headWatcher({ octokit, owner, repo }: GitHubClient): RepositoryReader["head"] {
  const known = new Map<string, { etag: string; sha: Sha }>();
  return async (branch) => {
    const before = known.get(branch);
    try {
      const { data, headers } = await octokit.rest.git.getRef({
        owner,
        repo,
        ref: `heads/${branch}`,
        headers: before ? { "if-none-match": before.etag } : {},
        // The next look comes sooner than a retry would.
        request: { retries: 0 },
      });
      if (headers.etag) known.set(branch, { etag: headers.etag, sha: data.object.sha });
      return data.object.sha;
    } catch (thrown) {
      const status = statusOf(thrown);
      if (status === 304 && before) return before.sha;
      if (status === 404) return null;
      if (status !== 401) throw forgeError(`a look at ${branch}`, thrown);
      throw new AutoloopError("forge.token-expired", {
        what: "GitHub does not take this job's token any more.",
        next: "A job's token lives for 24 hours; start the job again to look at the repository.",
        cause: thrown,
      });
    }
  };
}

async function readTree({ octokit, owner, repo }: GitHubClient, commit: Sha): Promise<Tree> {
  const { data } = await octokit.rest.git.getTree({ owner, repo, tree_sha: commit, recursive: "1" });
  if (data.truncated) {
    throw new AutoloopError("forge.repository-too-large", {
      what: `GitHub does not list all files of ${owner}/${repo}: there are more than 100,000.`,
      next: "Keep configurations and reports in a repository of their own.",
    });
  }
  const files = data.tree.flatMap(({ path, type, mode, sha }): [string, TreeFile][] =>
    type === "blob" && path && sha ? [[path, { blob: sha, mode: mode ?? "100644" }]] : [],
  );
  const submodules = data.tree.flatMap(({ path, type, sha }): [string, Sha][] =>
    type === "commit" && path && sha ? [[path, sha]] : [],
  );
  return { commit, files: new Map(files), submodules: new Map(submodules) };
}

/** Commits made from memory through the Git Data API: no work tree, so no link in it can lead a write elsewhere. */
export function branchWriter(client: GitHubClient): BranchWriter {
  const { octokit, owner, repo } = client;
  const at = { owner, repo };
  return {
    commit: async ({ branch, parent, create = parent === null, merging, files, message }) => {
      checkWritable(files);
      try {
        const base = merging ?? parent;
        const tree = await octokit.rest.git.createTree({
          ...at,
          ...(base ? { base_tree: base } : {}),
          tree: await treeEntries(client, files),
        });
        // No author: only then does GitHub sign the commit of a workflow token.
        const made = await octokit.rest.git.createCommit({
          ...at,
          message,
          tree: tree.data.sha,
          parents: [parent, merging].filter((sha) => sha != null),
        });
        const commit = made.data.sha;
        try {
          if (create) await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: commit });
          else await octokit.rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha: commit, force: false });
          return { kind: "moved", commit };
        } catch (thrown) {
          if (!isLostRace(thrown)) throw thrown;
          // An answer that was lost may have been a yes, and the retry then meets our own commit.
          return (await branchHead(client, branch)) === commit
            ? { kind: "moved", commit }
            : { kind: "lost-the-race" };
        }
      } catch (thrown) {
        if (isLostRace(thrown)) return { kind: "lost-the-race" };
        if (isProtected(thrown)) return { kind: "refused", reason: messageOf(thrown) };
        throw forgeError(`the commit on ${branch}`, thrown);
      }
    },
  };
}

/** Branch protection and rulesets answer with any of these statuses; their words tell them from a missing permission. */
function isProtected(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return (
    (status === 403 || status === 409 || status === 422) &&
    /protected branch|rule violation|through a pull request|required status check|cannot update this/i.test(
      messageOf(thrown),
    )
  );
}

function isLostRace(thrown: unknown): boolean {
  const status = statusOf(thrown);
  const message = thrown instanceof Error ? thrown.message : "";
  return (
    (status === 409 && !isProtected(thrown)) ||
    (status === 422 && /not a fast forward|already exists|does not exist/i.test(message))
  );
}

async function treeEntries({ octokit, owner, repo }: GitHubClient, files: FileChanges) {
  const entry = async ([path, content]: [string, Uint8Array | string | null]) => {
    const base = { path, mode: "100644", type: "blob" } as const;
    if (content === null) return { ...base, sha: null };
    if (typeof content === "string") return { ...base, content };
    const encoded = Buffer.from(content).toString("base64");
    const { data } = await octokit.rest.git.createBlob({ owner, repo, content: encoded, encoding: "base64" });
    return { ...base, sha: data.sha };
  };
  return Promise.all([...files].map(entry));
}
