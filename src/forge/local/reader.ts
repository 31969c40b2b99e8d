import { AutoloopError } from "../../errors.ts";
import type { RepositoryReader, Sha, Tree, TreeFile } from "../forge.ts";
import type { Git } from "./git.ts";

const SHA = /^[0-9a-f]{40}$/;

export function localReader(
  git: Git,
  { name: repository, branch }: { name: string; branch: string },
): RepositoryReader {
  return {
    repository,
    defaultBranch: async () => branch,
    glance: async ({ beside }) => {
      const [commit, other] = await Promise.all([branch, beside].map((one) => commitOf(git, headOf(one))));
      return { branch, commit: commit ?? null, beside: other ?? null };
    },
    head: (name) => commitOf(git, headOf(name)),
    tree: async (ref) => {
      const commit = await commitOf(git, "commit" in ref ? ref.commit : headOf(ref.branch));
      return commit === null ? null : readTree(git, commit);
    },
    blobs: (shas) => readBlobs(git, [...new Set(shas)]),
    commit: async (sha) => {
      if (!SHA.test(sha)) return null;
      const [author = "", parents = "", ...message] = (
        await git.text(["log", "-1", "--format=%an%n%P%n%B", "--end-of-options", sha, "--"])
      ).split("\n");
      return {
        author: author || null,
        message: message.join("\n"),
        parents: parents.split(" ").filter((parent) => parent !== ""),
      };
    },
    isMerged: (commit) => isAncestor(git, { ancestor: commit, of: headOf(branch) }),
    mergeBase: async (one, other) => {
      const { code, stdout } = await git.run(["merge-base", "--end-of-options", one, other], {
        answers: [1],
      });
      return code === 0 ? stdout.toString("latin1").trim() : null;
    },
  };
}

export function headOf(branch: string): string {
  return `refs/heads/${branch}`;
}

/** null: there is no such ref or commit. */
export async function commitOf(git: Git, revision: string): Promise<Sha | null> {
  const { code, stdout } = await git.run(
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    { answers: [1, 128] },
  );
  // Some versions of git print the option itself.
  const sha = stdout.toString("latin1").trim().split("\n").at(-1) ?? "";
  return code === 0 && SHA.test(sha) ? sha : null;
}

/** Whether one commit is in the history of another; a commit that does not exist is in nobody's. */
export async function isAncestor(
  git: Git,
  { ancestor, of }: { ancestor: string; of: string },
): Promise<boolean> {
  if (!SHA.test(ancestor)) return false;
  const { code } = await git.run(["merge-base", "--is-ancestor", ancestor, of], { answers: [1, 128] });
  return code === 0;
}

async function readTree(git: Git, commit: Sha): Promise<Tree> {
  const { stdout } = await git.run(["ls-tree", "-r", "-z", "--full-tree", commit]);
  const files = new Map<string, TreeFile>();
  const submodules = new Map<string, Sha>();
  for (const line of stdout.toString("utf8").split("\0")) {
    const [, mode, type, sha, path] = /^(\d{6}) (blob|commit) ([0-9a-f]{40})\t([\s\S]+)$/.exec(line) ?? [];
    if (!mode || !sha || !path) continue;
    if (type === "commit") submodules.set(path, sha);
    else files.set(path, { blob: sha, mode });
  }
  return { commit, files, submodules };
}

/** All in one process. */
async function readBlobs(git: Git, shas: readonly Sha[]): Promise<ReadonlyMap<Sha, Uint8Array>> {
  const wrong = shas.find((sha) => !SHA.test(sha));
  if (wrong !== undefined) throw missing(wrong);
  if (shas.length === 0) return new Map();
  const { stdout } = await git.run(["cat-file", "--batch"], {
    input: shas.map((sha) => `${sha}\n`).join(""),
  });
  const blobs = new Map<Sha, Uint8Array>();
  let at = 0;
  for (const sha of shas) {
    const end = stdout.indexOf(0x0a, at);
    const size = /^[0-9a-f]{40} blob (\d+)$/.exec(stdout.toString("latin1", at, end))?.[1];
    if (size === undefined) throw missing(sha);
    blobs.set(sha, stdout.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return blobs;
}

function missing(sha: string): AutoloopError {
  return new AutoloopError("forge.object-missing", {
    what: `The repository has no file content named ${sha}.`,
    next: "Check it with `git fsck`; a partial clone has to be fetched completely first.",
  });
}
