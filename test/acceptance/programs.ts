import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { peopleOf } from "../../src/embedded/demo/people.ts";
import { type StageOptions, setStage } from "../../src/embedded/demo/stage.ts";
import type { ApiAnswer } from "../../src/embedded/github/listener.ts";
import { LedgerEvent } from "../../src/rounds/events.ts";
import { misfits } from "../embedded/github/official/check.ts";
import { killTrainersOf, trainersOf } from "./lab-processes.ts";

const run = promisify(execFile);

/** The committed bundles: what users run is what is tested. */
const DIST = resolve(import.meta.dirname, "../../dist");

const node24 = process.env["AUTOLOOP_NODE24"];
const isNode24 = process.versions.node.startsWith("24.");

/** The Nodes that the programs must run under. */
export const NODES: readonly { readonly name: string; readonly node: string }[] = [
  { name: `Node ${process.versions.node}`, node: process.execPath },
  ...(node24 && !isNode24 && existsSync(node24) ? [{ name: "Node 24", node: node24 }] : []),
];

export const NODE24_SKIPPED =
  node24 || isNode24 ? null : "Node 24: skipped, AUTOLOOP_NODE24 does not name its executable";

export interface Result {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The terminal program with a clean environment. */
export async function autoloop(
  args: readonly string[],
  options: { node?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const home = await mkdtemp(join(tmpdir(), "autoloop-home-"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, ...options.env };
  try {
    const { stdout, stderr } = await run(options.node ?? process.execPath, [join(DIST, "cli.js"), ...args], {
      env,
      maxBuffer: 64 << 20,
    });
    return { exit: 0, stdout, stderr };
  } catch (thrown) {
    const failed = thrown as { code?: number; stdout?: string; stderr?: string };
    return { exit: failed.code ?? -1, stdout: failed.stdout ?? "", stderr: failed.stderr ?? "" };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** A lab with one GPU box, and eyes for what happens in it. */
export async function lab(options: Omit<StageOptions, "dir" | "distDir"> = {}) {
  const dir = await mkdtemp(join(tmpdir(), "autoloop-lab-"));
  const wrong = new Set<string>();
  const onAnswer = (answer: ApiAnswer) => {
    for (const misfit of misfits(answer)) wrong.add(misfit);
  };
  const stage = await setStage({ dir, distDir: DIST, onAnswer, ...options });
  const { github } = stage;
  const git = async (...args: readonly string[]) =>
    (await run("git", ["--git-dir", github.gitDir, ...args], { maxBuffer: 64 << 20 })).stdout;
  const basic = Buffer.from(`x-access-token:${github.tokenFor("ana")}`).toString("base64");
  const asAna = [
    "-c",
    `http.extraheader=Authorization: Basic ${basic}`,
    "-c",
    "user.name=ana",
    "-c",
    "user.email=ana@lab.test",
  ];
  const cloneOf = async (branch: string): Promise<string> => {
    const clone = await mkdtemp(join(dir, "clone-"));
    await run("git", [...asAna, "clone", "--quiet", "--branch", branch, github.cloneUrl, clone]);
    return clone;
  };
  return {
    ...stage,
    people: peopleOf(github),
    git,
    show: (path: string, branch = "main") => git("show", `${branch}:${path}`),
    /** The ledger as it stands, in the order of its files. */
    events: async (): Promise<readonly LedgerEvent[]> => {
      const names = (await git("ls-tree", "-r", "--name-only", "autoloop/ledger")).split("\n");
      const logs = await Promise.all(
        names.filter((name) => name.endsWith(".jsonl")).map((name) => git("show", `autoloop/ledger:${name}`)),
      );
      return logs
        .flatMap((log) => log.split("\n").filter(Boolean))
        .map((line) => LedgerEvent.parse(JSON.parse(line)));
    },
    /** Kills every trainer of this box, as the system would when memory runs out. */
    killTrainers: () => killTrainersOf(dir),
    /** Command lines of the trainers that run on this box. */
    trainers: async (): Promise<readonly string[]> => (await trainersOf(dir)).map(({ line }) => line),
    /** Pushes the commit of a branch to main with git and a person's token, past every pull request. */
    pushFrom: async (branch: string): Promise<void> => {
      const clone = await cloneOf(branch);
      await run("git", ["-C", clone, ...asAna, "push", "--quiet", "origin", "HEAD:main"]);
    },
    /** Commits files on a branch with git and a person's token, as a reviewer would. */
    pushFiles: async (branch: string, files: Readonly<Record<string, string>>): Promise<void> => {
      const clone = await cloneOf(branch);
      for (const [path, text] of Object.entries(files)) await writeFile(join(clone, path), text);
      await run("git", ["-C", clone, "add", "--all"]);
      await run("git", [
        "-C",
        clone,
        ...asAna,
        "commit",
        "--quiet",
        "--all",
        "--message",
        "Change a variant",
      ]);
      await run("git", ["-C", clone, ...asAna, "push", "--quiet", "origin", `HEAD:${branch}`]);
    },
    openPull: () => [...github.state.pulls.values()].find(({ state }) => state === "open"),
    comments: (issue: number) =>
      [...github.state.comments.values()].filter((comment) => comment.issue === issue),
    close: async () => {
      await stage.close();
      await rm(dir, { recursive: true, force: true });
      if (wrong.size > 0) throw new Error(`not what GitHub answers: ${[...wrong].join("\n")}`);
    },
  };
}

export type Lab = Awaited<ReturnType<typeof lab>>;
