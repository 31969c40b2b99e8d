import { type Commit, isoSeconds, withoutFinalBreaks } from "./commits.ts";
import type { GitDir } from "./run.ts";

export async function isAncestor(
  git: GitDir,
  { ancestor, of }: { ancestor: string; of: string },
): Promise<boolean> {
  if (ancestor === of) return true;
  const result = await git.run(["merge-base", "--is-ancestor", ancestor, of], { answers: [1] });
  return result.code === 0;
}

export async function mergeBase(git: GitDir, one: string, other: string): Promise<string | undefined> {
  const result = await git.run(["merge-base", one, other], { answers: [1] });
  return result.code === 0 ? result.stdout.toString().trim() : undefined;
}

export async function countCommits(git: GitDir, range: { base: string; head: string }): Promise<number> {
  return Number(await git.text(["rev-list", "--count", "--end-of-options", `${range.base}..${range.head}`]));
}

export interface LogQuery {
  /** Revision arguments such as `main` or `a..b`. */
  readonly revisions: readonly string[];
  readonly path?: string;
  readonly oldestFirst?: boolean;
  readonly firstParent?: boolean;
  readonly ancestryPath?: boolean;
  readonly since?: string;
  readonly until?: string;
}

const FIELDS = ["%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B"];

export async function log(git: GitDir, query: LogQuery): Promise<Commit[]> {
  const text = await git.text([
    "log",
    "-z",
    `--format=${FIELDS.join("%x1f")}`,
    ...(query.oldestFirst ? ["--reverse", "--topo-order"] : []),
    ...(query.firstParent ? ["--first-parent"] : []),
    ...(query.ancestryPath ? ["--ancestry-path"] : []),
    ...(query.since === undefined ? [] : [`--since=${query.since}`]),
    ...(query.until === undefined ? [] : [`--until=${query.until}`]),
    "--end-of-options",
    ...query.revisions,
    "--",
    ...(query.path === undefined ? [] : [query.path]),
  ]);
  return text === ""
    ? []
    : text
        .split("\0")
        .filter((record) => record !== "")
        .map(parseRecord);
}

function parseRecord(record: string): Commit {
  const [sha = "", tree = "", parents = "", an = "", ae = "", at = "0", cn = "", ce = "", ct = "0", ...rest] =
    record.split("\x1f");
  const date = (seconds: string): string => isoSeconds(new Date(Number(seconds) * 1000));
  return {
    sha,
    tree,
    parents: parents === "" ? [] : parents.split(" "),
    author: { name: an, email: ae, date: date(at) },
    committer: { name: cn, email: ce, date: date(ct) },
    message: withoutFinalBreaks(rest.join("\x1f")),
  };
}
