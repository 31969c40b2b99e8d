import type { GitDir } from "./run.ts";

export interface FileDiff {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed";
  /** Blob on the new side; on the old side for a removed file. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** Hunks without the file header; undefined for binary files and pure renames. */
  readonly patch?: string;
}

const STATUS: Readonly<Record<string, FileDiff["status"]>> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  C: "copied",
  T: "changed",
};

/** Files that differ between two trees or commits; `before` may be the empty tree. */
export async function diffFiles(git: GitDir, range: { before: string; after: string }): Promise<FileDiff[]> {
  const common = ["diff-tree", "-r", "-M", "--no-commit-id", "--full-index"];
  const ends = ["--end-of-options", range.before, range.after];
  const [raw, patches] = await Promise.all([
    git.text([...common, "-z", "--raw", "--numstat", ...ends]),
    git.text([...common, "-p", ...ends]),
  ]);
  const counts = new Map<string, { additions: number; deletions: number }>();
  const files: Omit<FileDiff, "additions" | "deletions" | "patch">[] = [];
  const fields = raw.split("\0");
  for (let at = 0; at < fields.length; ) {
    const field = fields[at] ?? "";
    if (field.startsWith(":")) {
      const [, , before = "", after = "", letter = "M"] = field.split(" ");
      const status = STATUS[letter.charAt(0)] ?? "modified";
      const moved = status === "renamed" || status === "copied";
      const first = fields[at + 1] ?? "";
      const sha = status === "removed" ? before : after;
      files.push(
        moved
          ? { path: fields[at + 2] ?? "", previousPath: first, status, sha }
          : { path: first, status, sha },
      );
      at += moved ? 3 : 2;
    } else if (field === "") {
      at += 1;
    } else {
      const [additions = "0", deletions = "0", path = ""] = field.split("\t");
      const moved = path === "";
      counts.set(moved ? (fields[at + 2] ?? "") : path, {
        additions: additions === "-" ? 0 : Number(additions),
        deletions: deletions === "-" ? 0 : Number(deletions),
      });
      at += moved ? 3 : 1;
    }
  }
  const hunks = splitPatches(patches);
  return files.map((file, index) => {
    const patch = hunks[index];
    const count = counts.get(file.path) ?? { additions: 0, deletions: 0 };
    return { ...file, ...count, ...(patch === undefined ? {} : { patch }) };
  });
}

/** One entry per file in the order of the raw listing; the part before the first `@@` is git's header. */
function splitPatches(text: string): (string | undefined)[] {
  return text
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith("diff --git "))
    .map((part) => {
      const start = part.search(/^@@ /m);
      return start === -1 ? undefined : part.slice(start).replace(/\n$/, "");
    });
}

export interface DiffCounts {
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
}

/** Sums of what `head` changed since it left `base`, in one process. */
export async function countChanges(git: GitDir, range: { base: string; head: string }): Promise<DiffCounts> {
  const args = [
    "diff-tree",
    "-r",
    "-M",
    "--numstat",
    "--merge-base",
    "--end-of-options",
    range.base,
    range.head,
  ];
  const lines = (await git.text(args)).split("\n").filter((line) => line !== "");
  // Binary files count as "-".
  const sum = (column: number): number =>
    lines.reduce((total, line) => total + (Number.parseInt(line.split("\t")[column] ?? "", 10) || 0), 0);
  return { files: lines.length, additions: sum(0), deletions: sum(1) };
}

/** Paths only: cheaper, and enough for path filters. */
export async function changedPaths(git: GitDir, range: { before: string; after: string }): Promise<string[]> {
  const text = await git.text([
    "diff-tree",
    "-r",
    "-z",
    "--no-commit-id",
    "--name-only",
    "--end-of-options",
    range.before,
    range.after,
  ]);
  return text.split("\0").filter((path) => path !== "");
}

/** Known to every git without being stored. */
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
