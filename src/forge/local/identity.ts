import { createHash, randomBytes } from "node:crypto";
import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AutoloopError } from "../../errors.ts";
import { LEDGER_BRANCH } from "../forge.ts";
import type { Git } from "./git.ts";
import { commitOf, headOf } from "./reader.ts";

export interface Identity {
  /** `local/<folder>-<8 hex>`: names the state folder on this machine and goes into W&B run ids. */
  readonly name: string;
  /** The branch that rounds are merged into. */
  readonly branch: string;
}

/**
 * Both are decided once and kept in the repository's own configuration (`git config autoloop.branch` changes the branch).
 * The name holds a random part that is renewed when there is no ledger: a repository that begins anew at an old path must
 * not be given outcomes of its predecessor.
 */
export async function establish(git: Git, { folder }: { folder: string }): Promise<Identity> {
  const branch = (await configured(git, "autoloop.branch")) ?? (await headBranch(git, folder));
  if ((await commitOf(git, headOf(branch))) === null) throw unborn(branch);
  const hasLedger = (await commitOf(git, headOf(LEDGER_BRANCH))) !== null;
  const kept = hasLedger ? await configured(git, "autoloop.id") : null;
  const id = kept ?? randomBytes(8).toString("hex");
  if (kept === null) await git.run(["config", "--local", "autoloop.id", id]);
  await git.run(["config", "--local", "autoloop.branch", branch]);
  return { name: await nameOf(git, id), branch };
}

/** What an earlier start decided; null: no loop keeps a ledger here. A clone has the ledger's branch at most, and not the rest. */
export async function established(git: Git): Promise<Identity | null> {
  const branch = await configured(git, "autoloop.branch");
  const id = await configured(git, "autoloop.id");
  if (branch === null || id === null || (await commitOf(git, headOf(LEDGER_BRANCH))) === null) return null;
  return { name: await nameOf(git, id), branch };
}

async function nameOf(git: Git, id: string): Promise<string> {
  const place = await realpath(git.dir);
  const digest = createHash("sha256")
    .update(JSON.stringify([place, id]))
    .digest("hex")
    .slice(0, 8);
  return `local/${folderName(place)}-${digest}`;
}

async function configured(git: Git, key: string): Promise<string | null> {
  const { code, stdout } = await git.run(["config", "--local", "--get", key], { answers: [1] });
  const value = stdout.toString("utf8").trim();
  return code === 0 && value !== "" ? value : null;
}

async function headBranch(git: Git, folder: string): Promise<string> {
  const { stdout } = await git.run(["symbolic-ref", "--quiet", "--short", "HEAD"], {
    workTree: folder,
    answers: [1],
  });
  const branch = stdout.toString("utf8").trim();
  if (branch !== "" && !branch.startsWith("autoloop/")) return branch;
  throw new AutoloopError("arguments.no-branch", {
    what: branch === "" ? "No branch is checked out." : `The branch ${branch} belongs to autoloop.`,
    next: "Check out the branch that rounds are to be merged into, or name it: git config autoloop.branch main.",
  });
}

function unborn(branch: string): AutoloopError {
  return new AutoloopError("arguments.no-commit", {
    what: `The branch ${branch} has no commit.`,
    next: "Commit the configurations and .github/autoloop.yml first, or name another branch: git config autoloop.branch main.",
  });
}

/** `…/policies/.git` and `…/policies.git` are both `policies`. */
function folderName(dir: string): string {
  const own = basename(dir) === ".git" ? basename(dirname(dir)) : basename(dir, ".git");
  return (
    own
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[.-]+/, "")
      .slice(0, 60) || "repository"
  );
}

/** @throws AutoloopError `settings.no-committer` when git does not know who commits here. */
export async function checkCommitter(git: Git): Promise<void> {
  const { code, stderr } = await git.run(["var", "GIT_COMMITTER_IDENT"], { answers: "any" });
  if (code === 0) return;
  throw new AutoloopError("settings.no-committer", {
    what: `git does not know who commits here (${stderr.trim().split("\n").at(-1) ?? ""}).`,
    next: "Set `git config user.name` and `git config user.email`.",
  });
}
