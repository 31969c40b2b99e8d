import { stat } from "node:fs/promises";
import { execa } from "execa";
import { AutoloopError } from "../../errors.ts";

/** One git directory, asked by plumbing commands only: their output is made for programs and they touch no work tree by accident. */
export interface Git {
  /** The directory that all work trees share, absolute. */
  readonly dir: string;
  readonly run: (args: readonly string[], call?: GitCall) => Promise<GitResult>;
  /** What it printed, without the last line end. */
  readonly text: (args: readonly string[], call?: GitCall) => Promise<string>;
}

interface GitCall {
  readonly input?: Uint8Array | string;
  /** Exit codes besides 0 that are an answer; `any`: every code is. */
  readonly answers?: readonly number[] | "any";
  /** An index file of our own instead of a person's. */
  readonly index?: string;
  /** Work in this work tree instead of the git directory alone. */
  readonly workTree?: string;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Nothing else of the environment may lead git elsewhere: no GIT_DIR, no index of a hook that called us, no pager. */
const SEEN = [
  ..."PATH HOME XDG_CONFIG_HOME TMPDIR GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM".split(" "),
  ..."GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL".split(" "),
];

/** Programs of a repository's own configuration that plumbing would start. */
const QUIET = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];

/** The program writes, a person commits: the committer is whoever git is configured for. */
export const AUTHOR = { GIT_AUTHOR_NAME: "autoloop", GIT_AUTHOR_EMAIL: "autoloop@localhost" };

function gitEnvironment(env: Environment): Record<string, string> {
  const seen = SEEN.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(seen),
    ...AUTHOR,
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // An object is what its name says: a replacement would be trained under the name of another.
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

function openGit({ dir, env }: { dir: string; env: Environment }): Git {
  const environment = gitEnvironment(env);
  const run: Git["run"] = async (args, call = {}) => {
    const { input, answers = [], index, workTree } = call;
    const place = workTree === undefined ? [`--git-dir=${dir}`] : ["-C", workTree];
    const result = await execa("git", [...QUIET, ...place, ...args], {
      cwd: dir,
      env: index === undefined ? environment : { ...environment, GIT_INDEX_FILE: index },
      extendEnv: false,
      reject: false,
      encoding: "buffer",
      stripFinalNewline: false,
      maxBuffer: 1 << 30,
      // Ctrl-C goes to the whole group of the terminal; a write that was begun is to end by itself.
      detached: true,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    });
    const { exitCode: code } = result;
    const stderr = Buffer.from(result.stderr).toString("utf8");
    if (code === undefined) throw noGit(result.code, result.shortMessage);
    if (code !== 0 && answers !== "any" && !answers.includes(code)) throw gitFailed(args, stderr);
    return { code, stdout: Buffer.from(result.stdout), stderr };
  };
  return {
    dir,
    run,
    text: async (args, call) => (await run(args, call)).stdout.toString("utf8").replace(/\n$/, ""),
  };
}

function noGit(code: string | undefined, message: string | undefined): AutoloopError {
  return new AutoloopError("forge.no-git", {
    what:
      code === "ENOENT"
        ? "There is no program git."
        : `git could not be run: ${message ?? "no reason given"}.`,
    next: "Install git 2.38 or newer.",
  });
}

export function gitFailed(args: readonly string[], stderr: string): AutoloopError {
  const said = stderr.trim().split("\n")[0] || "it gave no reason";
  return new AutoloopError("forge.git", {
    what: `git ${args[0] ?? ""} failed: ${said.replace(/\.$/, "")}.`,
    next: "Correct what git complains about and run again; nothing is half done that the next run does not finish.",
  });
}

/** The git directory that a folder belongs to. */
export async function findGit({ folder, env }: { folder: string; env: Environment }): Promise<Git> {
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw notARepository(folder, "there is no such folder");
  const { code, stdout, stderr } = await openGit({ dir: folder, env }).run(
    ["rev-parse", "--path-format=absolute", "--git-common-dir"],
    { workTree: folder, answers: [128] },
  );
  if (code !== 0) throw notARepository(folder, stderr);
  return openGit({ dir: stdout.toString("utf8").replace(/\n$/, ""), env });
}

function notARepository(folder: string, why: string): AutoloopError {
  const said = why.trim().split("\n")[0] ?? "";
  return new AutoloopError("arguments.no-repository", {
    what: `${folder} is not in a git repository${said === "" ? "" : ` (${said.replace(/^fatal: /, "")})`}.`,
    next: "Give the folder of one with --repo.",
  });
}

/** Merging from memory came with 2.38, listing of work trees for programs with 2.36. */
const OLDEST = [2, 38] as const;

/** @throws AutoloopError `forge.git-too-old`, `forge.object-format`. */
export async function checkGit(git: Git): Promise<void> {
  const version = await git.text(["version"]);
  if (isTooOld(version)) {
    throw new AutoloopError("forge.git-too-old", {
      what: `${version} cannot merge without a work tree.`,
      next: `Install git ${OLDEST.join(".")} or newer.`,
    });
  }
  const format = await git.text(["rev-parse", "--show-object-format"]);
  if (format !== "sha1") {
    throw new AutoloopError("forge.object-format", {
      what: `The repository names its objects by ${format}; the ledger knows SHA-1 names only.`,
      next: "Use a repository in git's default object format.",
    });
  }
}

/** `git version 2.39.5 (Apple Git-154)`; what cannot be read is taken for new enough. */
export function isTooOld(version: string): boolean {
  const found = /(\d+)\.(\d+)/.exec(version);
  if (!found) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}
