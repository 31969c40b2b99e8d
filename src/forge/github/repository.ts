import { AutoloopError, messageOf } from "../../errors.ts";
import type { BranchWriter, FileChanges, RepositoryReader, Sha, Tree, TreeFile } from "../forge.ts";
import { forgeError, type GitHubClient, orNull, statusOf } from "./client.ts";

export function repositoryReader(client: GitHubClient): RepositoryReader {
  const { octokit, owner, repo } = client;
  const at = { owner, repo };
  let known: Promise<string> | undefined;
  const defaultBranch = () => {
    known ??= octokit.rest.repos.get(at).then(({ data }) => data.default_branch);
    return known;
  };
  return {
    repository: `${owner}/${repo}`,
    defaultBranch,
    tree: async (ref) => {
      const commit = "commit" in ref ? ref.commit : await branchHead(client, ref.branch);
      return commit ? readTree(client, commit) : null;
    },
    blobs: async (shas) => {
      const read = async (sha: Sha): Promise<[Sha, Uint8Array]> => {
        const { data } = await octokit.rest.git.getBlob({ ...at, file_sha: sha });
        return [sha, Buffer.from(data.content, "base64")];
      };
      return new Map(await Promise.all([...new Set(shas)].map(read)));
    },
    commit: async (ref) => {
      const found = await orNull(octokit.rest.repos.getCommit({ ...at, ref, per_page: 1 }));
      if (found === null) return null;
      const { author, commit } = found.data;
      return { author: author?.login ?? commit.author?.name ?? null, message: commit.message };
    },
    isMerged: async (commit) => {
      const basehead = `${commit}...${await defaultBranch()}`;
      const compared = await orNull(
        octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead, per_page: 1 }),
      );
      return compared !== null && (compared.data.status === "ahead" || compared.data.status === "identical");
    },
  };
}

async function branchHead({ octokit, owner, repo }: GitHubClient, branch: string): Promise<Sha | null> {
  const ref = await orNull(octokit.rest.git.getRef({ owner, repo, ref: `heads/${branch}` }));
  return ref?.data.object.sha ?? null;
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
  return { commit, files: new Map(files) };
}

/** Commits made from memory through the Git Data API: no work tree, so no link in it can lead a write elsewhere. */
export function branchWriter(client: GitHubClient): BranchWriter {
  const { octokit, owner, repo } = client;
  const at = { owner, repo };
  return {
    commit: async ({ branch, parent, create = parent === null, merging, files, message }) => {
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
