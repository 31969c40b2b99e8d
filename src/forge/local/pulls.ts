import { AutoloopError } from "../../errors.ts";
import { UNATTENDED } from "../../rounds/campaign.ts";
import type { Pull, Pulls, Sha } from "../forge.ts";
import type { Git } from "./git.ts";
import type { PullFile, PullFiles } from "./pull-files.ts";
import { commitOf, headOf, isAncestor } from "./reader.ts";

/** Trailer of a merge commit that a budget made instead of a person. */
export const APPROVED_BY = "Approved-by";

/** Pull requests of a repository that has none: the round's branch, its number, and what git says became of it. */
export function localPulls(git: Git, { files, base }: { files: PullFiles; base: string }): Pulls {
  const get = async (number: number): Promise<Pull> => {
    const file = await files.read(number);
    return pullOf(git, file ?? forgotten(number, base), { base, known: file !== null });
  };
  const existing = async (branch: string): Promise<Pull | null> => {
    const number = numberOf(branch);
    const file = await files.read(number);
    const tip = await commitOf(git, headOf(branch));
    return file === null && tip === null ? null : get(number);
  };
  return {
    get,
    fromBranch: async (branch) => {
      const pull = await existing(branch);
      return pull === null ? [] : [pull];
    },
    open: async ({ branch, title, body }) => {
      const number = numberOf(branch);
      const earlier = await files.read(number);
      const tip = await commitOf(git, headOf(branch));
      if (tip === null) throw noBranch(branch);
      await files.write({
        schema: "autoloop/local-pull@1",
        ...{ number, branch, base, title, body },
        opened: tip,
        replies: earlier?.replies ?? [],
      });
      return get(number);
    },
    update: async (number, change) => {
      const file = await files.read(number);
      if (file === null) throw noBranch(branchOf(number));
      if (change.state === "closed") await git.run(["update-ref", "-d", headOf(file.branch)]);
      const { title = file.title, body = file.body } = change;
      await files.write({ ...file, title, body });
    },
  };
}

function numberOf(branch: string): number {
  const digits = /^autoloop\/round-(\d{4,})$/.exec(branch)?.[1];
  if (digits) return Number(digits);
  throw noBranch(branch);
}

function branchOf(number: number): string {
  return `autoloop/round-${String(number).padStart(4, "0")}`;
}

/** A branch whose file is lost, as in a fresh clone: what it says of itself is gone, what git knows is not. */
function forgotten(number: number, base: string): Omit<PullFile, "opened" | "schema"> {
  const branch = branchOf(number);
  return { number, branch, base, title: branch, body: "", replies: [] };
}

function noBranch(branch: string): AutoloopError {
  return new AutoloopError("forge.no-round-branch", {
    what: `There is no round on the branch ${branch}.`,
    next: "Run again: the round is proposed anew.",
  });
}

type KnownPull = Omit<PullFile, "opened" | "schema"> & { readonly opened?: Sha };

async function pullOf(
  git: Git,
  file: KnownPull,
  { base, known }: { base: string; known: boolean },
): Promise<Pull> {
  const tip = await commitOf(git, headOf(file.branch));
  const merge = await firstMerge(git, { heads: [file.opened, tip], base });
  return {
    number: file.number,
    url: file.branch,
    state: merge === null && tip !== null ? "open" : "closed",
    merged: merge !== null,
    title: file.title,
    body: known ? file.body : "",
    head: { branch: file.branch, sha: tip ?? file.opened ?? "", sameRepository: true },
    base: file.base,
    mergeCommit: merge?.commit ?? null,
    mergedBy: merge?.by ?? null,
    mergedByBot: false,
    labels: [],
  };
}

interface Merge {
  readonly commit: Sha;
  readonly by: string;
}

async function firstMerge(
  git: Git,
  { heads, base }: { heads: readonly (Sha | undefined | null)[]; base: string },
): Promise<Merge | null> {
  for (const head of new Set(heads)) {
    if (!head || !(await isAncestor(git, { ancestor: head, of: headOf(base) }))) continue;
    const commit = await cameInBy(git, { head, base });
    return { commit, by: await approverOf(git, commit) };
  }
  return null;
}

/** The commit of the branch's own line by which `head` came into its history: a merge, or `head` itself after a fast-forward. */
async function cameInBy(git: Git, { head, base }: { head: Sha; base: string }): Promise<Sha> {
  const list = async (...args: readonly string[]) =>
    (await git.text(["rev-list", ...args, "--"])).split("\n").filter(Boolean);
  const line = await list("--first-parent", headOf(base), "--not", `${head}^@`);
  if (line.includes(head)) return head;
  const containing = new Set(await list("--ancestry-path", `${head}..${headOf(base)}`));
  return line.findLast((commit) => containing.has(commit)) ?? head;
}

/** Who the merge commit says approved it: the budget by its trailer, else the person who committed it. */
async function approverOf(git: Git, commit: Sha): Promise<string> {
  const text = await git.text(["cat-file", "commit", commit]);
  const [head = "", ...rest] = text.split("\n\n");
  const lines = head.split("\n");
  const isMerge = lines.filter((line) => line.startsWith("parent ")).length > 1;
  const trailers = rest.at(-1)?.split("\n") ?? [];
  if (isMerge && trailers.includes(`${APPROVED_BY}: ${UNATTENDED}`)) return UNATTENDED;
  const committer = lines.find((line) => line.startsWith("committer "));
  return /^committer (.*?) ?<[^>]*> \d+ [+-]\d+$/.exec(committer ?? "")?.[1] || "unknown";
}
