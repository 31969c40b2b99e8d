import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { findGit } from "../../src/forge/local/git.ts";
import { localForge } from "../../src/forge/local/local.ts";

const run = promisify(execFile);

/** A person's repository with one commit, the tools that the person has, and the forge over it. */
export async function localRepository({ bare = false } = {}) {
  const dir = await mkdtemp(join(tmpdir(), "autoloop-forge-"));
  // A hook of this module would serve only the first file of a worker that imports it.
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const env = { PATH: process.env["PATH"] ?? "", HOME: join(dir, "home") };
  const work = join(dir, "policies");
  const git = async (...args: readonly string[]) =>
    (await run("git", ["-C", work, ...args], { env })).stdout.trimEnd();
  const put = async (path: string, text: string, root = work) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const commit = async (message: string, files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) await put(path, text);
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message", message);
    return git("rev-parse", "HEAD");
  };
  await put(".gitconfig", "[user]\n\tname = Ana\n\temail = ana@lab.test\n", env.HOME);
  await mkdir(work);
  await git("init", "--quiet", "--initial-branch=main");
  const first = await commit("First", { "README.md": "# Policies\n", "configs/a.json": "{}\n" });
  const root = bare ? join(dir, "policies.git") : work;
  if (bare) await run("git", ["clone", "--quiet", "--bare", work, root], { env });
  const said: string[] = [];
  const open = async (more: Readonly<Record<string, string>> = {}) =>
    localForge({
      git: await findGit({ folder: root, env: { ...env, ...more } }),
      folder: root,
      say: (line) => said.push(line),
    });
  return { dir, root, work, env, first, git, put, commit, open, said };
}
