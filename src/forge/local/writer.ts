import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BranchWriter, FileChanges, Sha } from "../forge.ts";
import { checkWritable } from "../writable.ts";
import { type Git, gitFailed } from "./git.ts";
import { commitOf, headOf } from "./reader.ts";
import type { WorkTrees } from "./work-trees.ts";

const NOTHING = "0".repeat(40);

/** Commits made through an index of our own: no work tree takes part, so no link in one can lead a write elsewhere. */
export function localWriter(git: Git, workTrees: WorkTrees): BranchWriter {
  return {
    commit: async ({ branch, parent, create = parent === null, merging, files, message }) => {
      checkWritable(files);
      const tree = await writeTree(git, { parent: merging ?? parent, files });
      const parents = [parent, merging].filter((sha) => sha != null);
      const commit = await writeCommit(git, { tree, parents, message });
      return advance(git, workTrees, { branch, from: create ? null : parent, to: commit });
    },
  };
}

/** For files that nobody needs after a crash. */
export function scratch(git: Git): string {
  return join(git.dir, "autoloop", "tmp");
}

async function writeTree(
  git: Git,
  { parent, files }: { parent: Sha | null; files: FileChanges },
): Promise<Sha> {
  const folder = scratch(git);
  await mkdir(folder, { recursive: true });
  const index = join(folder, `index-${randomUUID()}`);
  try {
    await git.run(parent === null ? ["read-tree", "--empty"] : ["read-tree", parent], { index });
    const lines = await Promise.all([...files].map(([path, content]) => indexLine(git, { path, content })));
    const args = ["update-index", "-z", "--index-info"];
    const { stderr } = await git.run(args, { index, input: lines.join("") });
    // A path that git does not like is left out with exit code 0.
    if (stderr.includes("gnoring")) throw gitFailed(args, stderr);
    return await git.text(["write-tree"], { index });
  } finally {
    await rm(index, { force: true });
  }
}

/** Mode 0 removes the path. */
async function indexLine(
  git: Git,
  { path, content }: { path: string; content: Uint8Array | string | null },
): Promise<string> {
  if (content === null) return `0 ${NOTHING}\t${path}\0`;
  const blob = await git.text(["hash-object", "-w", "--no-filters", "--stdin"], { input: content });
  return `100644 ${blob}\t${path}\0`;
}

export function writeCommit(
  git: Git,
  { tree, parents, message }: { tree: Sha; parents: readonly Sha[]; message: string },
): Promise<Sha> {
  return git.text(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])], {
    input: `${message.trimEnd()}\n`,
  });
}

type Advanced = { readonly kind: "moved"; readonly commit: Sha } | { readonly kind: "lost-the-race" };

/** Moves a branch if it still is where it was seen (`from` null: if it does not exist), and the work trees that show it. */
export async function advance(
  git: Git,
  workTrees: WorkTrees,
  { branch, from, to }: { branch: string; from: Sha | null; to: Sha },
): Promise<Advanced> {
  const follow = from === null ? null : await workTrees.before({ branch, from });
  const args = ["update-ref", "-m", "autoloop", headOf(branch), to, from ?? NOTHING];
  const { code, stderr } = await git.run(args, { answers: "any" });
  if (code !== 0) {
    // What git says differs between versions; where the branch is does not.
    if ((await commitOf(git, headOf(branch))) !== from) return { kind: "lost-the-race" };
    throw gitFailed(args, stderr);
  }
  await follow?.(to);
  return { kind: "moved", commit: to };
}
