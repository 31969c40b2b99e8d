import type { GitObjects } from "./objects.ts";
import type { GitDir } from "./run.ts";

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 in UTC, whole seconds, as the API prints it. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export type NewCommit = Omit<Commit, "sha">;

export async function readCommit(objects: GitObjects, revision: string): Promise<Commit | undefined> {
  const object = await objects.read(`${revision}^{commit}`);
  return object === undefined ? undefined : parseCommit(object.sha, object.content.toString("utf8"));
}

export async function writeCommit(git: GitDir, commit: NewCommit): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ["-p", parent]);
  const sha = await git.text(["commit-tree", commit.tree, ...parents], {
    input: commit.message,
    env: {
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_AUTHOR_DATE: commit.author.date,
      GIT_COMMITTER_NAME: commit.committer.name,
      GIT_COMMITTER_EMAIL: commit.committer.email,
      GIT_COMMITTER_DATE: commit.committer.date,
    },
  });
  return sha.trim();
}

function parseCommit(sha: string, raw: string): Commit {
  const split = raw.indexOf("\n\n");
  const head = split === -1 ? raw : raw.slice(0, split);
  const lines = head.split("\n");
  const all = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  return {
    sha,
    tree: all("tree")[0] ?? "",
    parents: all("parent"),
    author: parseSignature(all("author")[0] ?? ""),
    committer: parseSignature(all("committer")[0] ?? ""),
    message: split === -1 ? "" : withoutFinalBreaks(raw.slice(split + 2)),
  };
}

/** The API shows messages without the line break that `git commit` puts at their end. */
export function withoutFinalBreaks(message: string): string {
  return message.replace(/\n+$/, "");
}

function parseSignature(line: string): Signature {
  const found = /^(.*?) ?<(.*)> (-?\d+) [+-]\d{4}$/.exec(line);
  const [, name = "", email = "", seconds = "0"] = found ?? [];
  return { name, email, date: isoSeconds(new Date(Number(seconds) * 1000)) };
}

export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
