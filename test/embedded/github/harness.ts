import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { getOctokit } from "@actions/github";
import { expect, onTestFinished, vi } from "vitest";
import { type EmbeddedGitHub, type GitHubOptions, startGitHub } from "../../../src/embedded/github/server.ts";
import { misfits } from "./official/check.ts";

const execute = promisify(execFile);

export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "embedded-github-"));
  // A hook of this module would serve only the first file of a worker that imports it.
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export type TestOptions = Partial<GitHubOptions> & { readonly unknownRoutesExpected?: boolean };

/** A server with one user per role and a first commit; closed after the test, which fails when a route was missing. */
export async function start(options: TestOptions = {}): Promise<EmbeddedGitHub> {
  const { unknownRoutesExpected = false, ...rest } = options;
  const wrong = new Set<string>();
  const github = await startGitHub({
    dir: await tempDir(),
    owner: "lab",
    repo: "robots",
    users: [
      { login: "ada", permission: "admin" },
      { login: "wim", permission: "write" },
      { login: "rhea", permission: "read" },
      { login: "nobody", permission: "none" },
    ],
    files: { "README.md": "# robots\n", "src/train.py": "steps = 100\n" },
    onAnswer: (answer) => {
      for (const misfit of misfits(answer)) wrong.add(misfit);
    },
    ...rest,
  });
  onTestFinished(async () => {
    await github.close();
    if (!unknownRoutesExpected) expect(github.unknownRoutes).toEqual([]);
    expect([...wrong], "answers against GitHub's official description").toEqual([]);
  });
  return github;
}

export const target = { owner: "lab", repo: "robots" } as const;

type Octokit = ReturnType<typeof getOctokit>;
export type Client = Octokit["rest"] & Pick<Octokit, "paginate" | "request">;

/** The client that the program uses, without its habit of printing. */
export function client(github: EmbeddedGitHub, token: string): Client {
  const silent = (): void => undefined;
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const octokit = getOctokit(token, { baseUrl: github.apiUrl, log });
  return { ...octokit.rest, paginate: octokit.paginate, request: octokit.request };
}

export function as(github: EmbeddedGitHub, login: string): Client {
  return client(github, github.tokenFor(login));
}

/** What a refused call answered. */
export async function refusal(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && "status" in error && typeof error.status === "number") {
      return { status: error.status, message: error.message };
    }
    throw error;
  }
  throw new Error("the call was not refused");
}

export async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@users.noreply.github.com",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@users.noreply.github.com",
  };
  const { stdout } = await execute("git", args, { cwd, env });
  return stdout.trim();
}

/** A clone that pushes as this user. */
export async function clone(github: EmbeddedGitHub, token: string): Promise<string> {
  const dir = await tempDir();
  const url = github.cloneUrl.replace("http://", `http://x-access-token:${token}@`);
  await git(dir, "clone", "--quiet", url, "work");
  return join(dir, "work");
}

export async function write(dir: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
}

/** One commit through the Git Data API on top of a branch, which is made when it does not exist. */
export async function commitFiles(
  api: Client,
  change: { branch: string; from?: string; files: Record<string, string | null>; message?: string },
): Promise<string> {
  const from = await api.git.getRef({ ...target, ref: `heads/${change.from ?? change.branch}` });
  const parent = from.data.object.sha;
  const tree = await api.git.createTree({
    ...target,
    base_tree: parent,
    tree: Object.entries(change.files).map(([path, content]) =>
      content === null
        ? { path, mode: "100644" as const, type: "blob" as const, sha: null }
        : { path, mode: "100644" as const, type: "blob" as const, content },
    ),
  });
  const commit = await api.git.createCommit({
    ...target,
    message: change.message ?? `Change ${Object.keys(change.files).join(", ")}`,
    tree: tree.data.sha,
    parents: [parent],
  });
  const { sha } = commit.data;
  if (change.from === undefined || change.from === change.branch) {
    await api.git.updateRef({ ...target, ref: `heads/${change.branch}`, sha });
  } else {
    await api.git.createRef({ ...target, ref: `refs/heads/${change.branch}`, sha });
  }
  return sha;
}

export async function fileAt(api: Client, path: string, ref: string): Promise<string> {
  const reply = await api.repos.getContent({ ...target, path, ref, mediaType: { format: "raw" } });
  return String(reply.data);
}

/** A folder with an `action.js` of a test's own: CommonJS, with `fs`, `env` and `input(name)` at hand. */
export async function fakeAction(source: string): Promise<string> {
  const dir = await tempDir();
  const prelude = `
    const fs = require("node:fs");
    const path = require("node:path");
    const env = process.env;
    const input = (name) => env["INPUT_" + name.toUpperCase()] ?? "";
    const event = () => JSON.parse(fs.readFileSync(env.GITHUB_EVENT_PATH, "utf8"));
    const until = (file, then) => { const look = () => (fs.existsSync(file) ? then() : setTimeout(look, 5)); look(); };
  `;
  await write(dir, "action.js", `${prelude}\n${source}`);
  return dir;
}

/** The jobs of every run in order, with how they ended; skipped ones left out. */
export function jobsOf(github: EmbeddedGitHub): string[] {
  return [...github.state.runs.values()].flatMap((run) =>
    run.jobs
      .filter((job) => job.conclusion !== "skipped")
      .map((job) => `${run.event} ${job.name}: ${job.conclusion ?? job.status}`),
  );
}

/** Waits for a condition, however busy the machine is. */
export async function waitFor(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 15_000, interval: 10 });
}
