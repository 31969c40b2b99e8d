import type { Sha } from "../forge.ts";
import type { Git } from "./git.ts";

/** The folders that show a branch: they follow it where nothing of a person's work is in the way. */
export interface WorkTrees {
  /** To be called before a branch moves. The answer is to be called when it has moved. */
  readonly before: (move: { branch: string; from: Sha }) => Promise<(to: Sha) => Promise<void>>;
  /** Brings work trees to where their branch is, if an earlier process left them behind and they are clean by now. */
  readonly catchUp: (place: { branch: string; at: Sha }) => Promise<void>;
}

/**
 * The commit that a work tree shows while its branch is elsewhere already. Kept by git per work tree; written before the
 * branch moves, so that a crash in between is seen by the next process.
 */
const LEFT_AT = "refs/worktree/autoloop/left-at";

export function workTrees(git: Git, say: (line: string) => void): WorkTrees {
  const told = new Set<string>();
  const bring = async (path: string, { base, to }: { base: Sha; to: Sha }): Promise<void> => {
    if (await broughtTo(git, { path, base, to })) {
      await git.run(["update-ref", "-d", LEFT_AT], { workTree: path });
    } else if (!told.has(path)) {
      told.add(path);
      say(
        `${path} has changes that are not committed, so it was left at ${base.slice(0, 10)}. To bring it to the branch with them: ` +
          `git -C '${path}' read-tree -m -u ${LEFT_AT} HEAD`,
      );
    }
  };
  return {
    before: async ({ branch, from }) => {
      const shown = await Promise.all(
        (await showing(git, branch)).map(async (path) => ({ path, base: await baseOf(git, { path, from }) })),
      );
      for (const { path, base } of shown) await git.run(["update-ref", LEFT_AT, base], { workTree: path });
      return async (to) => {
        for (const { path, base } of shown) await bring(path, { base, to });
      };
    },
    catchUp: async ({ branch, at }) => {
      for (const path of await showing(git, branch)) {
        if ((await leftAt(git, path)) === null) continue;
        await bring(path, { base: await baseOf(git, { path, from: at }), to: at });
      }
    },
  };
}

/** Folders that have this branch checked out and still exist. */
async function showing(git: Git, branch: string): Promise<readonly string[]> {
  const { stdout } = await git.run(["worktree", "list", "--porcelain", "-z"]);
  return stdout
    .toString("utf8")
    .split("\0\0")
    .map((block) => block.split("\0"))
    .filter(
      (lines) =>
        lines.includes(`branch refs/heads/${branch}`) && !lines.some((line) => /^prunable\b/.test(line)),
    )
    .flatMap(([first = ""]) => (first.startsWith("worktree ") ? [first.slice("worktree ".length)] : []));
}

async function leftAt(git: Git, path: string): Promise<Sha | null> {
  const { code, stdout } = await git.run(["rev-parse", "--verify", "--quiet", LEFT_AT], {
    workTree: path,
    answers: [1],
  });
  return code === 0 ? stdout.toString("latin1").trim() : null;
}

/** Left behind earlier, unless its person has brought it to the branch by now. */
async function baseOf(git: Git, { path, from }: { path: string; from: Sha }): Promise<Sha> {
  const left = await leftAt(git, path);
  if (left === null || left === from) return from;
  return (await stagedNothing(git, { path, since: from })) ? from : left;
}

async function stagedNothing(git: Git, { path, since }: { path: string; since: Sha }): Promise<boolean> {
  const args = ["diff-index", "--cached", "--quiet", "--no-ext-diff", since, "--"];
  return (await git.run(args, { workTree: path, answers: "any" })).code === 0;
}

/** False: something stands in the way, and nothing was touched. Files that git does not track are no hindrance unless they would be overwritten. */
async function broughtTo(
  git: Git,
  { path, base, to }: { path: string; base: Sha; to: Sha },
): Promise<boolean> {
  const ask = async (...args: readonly string[]) =>
    (await git.run(args, { workTree: path, answers: "any" })).code === 0;
  await ask("update-index", "-q", "--refresh");
  return (
    (await stagedNothing(git, { path, since: base })) &&
    (await ask("diff-files", "--quiet", "--no-ext-diff", "--")) &&
    (await ask("read-tree", "-m", "-u", "--no-recurse-submodules", base, to))
  );
}
