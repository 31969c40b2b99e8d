import { spawn } from "node:child_process";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitCall {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not failures; 0 always is. */
  readonly answers?: readonly number[];
}

/** A bare repository and how to run git in it. */
export interface GitDir {
  readonly dir: string;
  /** What every git process here gets, and `extra`. */
  environment(extra?: Readonly<Record<string, string>>): Record<string, string>;
  run(args: readonly string[], call?: GitCall): Promise<GitResult>;
  text(args: readonly string[], call?: GitCall): Promise<string>;
}

export interface GitPlace {
  readonly dir: string;
  /** PATH that git and its helpers are found on. */
  readonly searchPath: string;
}

export function openGitDir({ dir, searchPath }: GitPlace): GitDir {
  const environment: GitDir["environment"] = (extra = {}) => ({
    ...cleanEnvironment,
    PATH: searchPath,
    GIT_DIR: dir,
    ...extra,
  });
  const run: GitDir["run"] = (args, call = {}) => runGit(dir, args, { ...call, env: environment(call.env) });
  return {
    dir,
    environment,
    run,
    text: async (args, call) => (await run(args, call)).stdout.toString("utf8"),
  };
}

/** Git as if nobody had ever configured it: the owner's settings, hooks and identity must not reach the double. */
const cleanEnvironment = {
  HOME: "/nonexistent",
  LC_ALL: "C",
  TZ: "UTC",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "GitHub",
  GIT_AUTHOR_EMAIL: "noreply@github.com",
  GIT_COMMITTER_NAME: "GitHub",
  GIT_COMMITTER_EMAIL: "noreply@github.com",
} as const;

function runGit(
  dir: string,
  args: readonly string[],
  call: GitCall & Required<Pick<GitCall, "env">>,
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...args], {
      cwd: dir,
      env: call.env,
      stdio: [call.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    // A git that stops early closes its input before we wrote all of it; its exit code and stderr tell why.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(call.input);
    child.on("close", (code) => {
      const result = { code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
      if (result.code === 0 || call.answers?.includes(result.code)) resolve(result);
      else reject(new Error(`git ${args.join(" ")}: exit ${result.code}: ${result.stderr.trim()}`));
    });
  });
}

/** A forge's habits: no garbage collection, any object may be fetched, no waiting for the disk. */
const FORGE_SETTINGS = `
[core]
\tfsync = none
[gc]
\tauto = 0
[http]
\treceivepack = true
[receive]
\tautogc = false
\thideRefs = refs/pull
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
`;

/** A new bare repository with those habits. */
export async function createBareRepository(place: GitPlace, defaultBranch: string): Promise<GitDir> {
  const { dir } = place;
  await mkdir(dir, { recursive: true });
  const git = openGitDir(place);
  await git.run(["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, dir]);
  await appendFile(join(dir, "config"), FORGE_SETTINGS);
  return git;
}
