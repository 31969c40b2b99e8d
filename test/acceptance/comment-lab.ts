import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Snapshot } from "../../src/embedded/github/options.ts";
import { type EmbeddedGitHub, startGitHub } from "../../src/embedded/github/server.ts";
import { LedgerEvent } from "../../src/rounds/events.ts";
import { autoloop } from "./programs.ts";

const ACTION = resolve(import.meta.dirname, "../../dist/action.js");
const COMMAND_JOB = {
  contents: "write",
  issues: "write",
  "pull-requests": "write",
  actions: "write",
} as const;
const LEDGER = "autoloop/ledger";

type Payload = Record<string, unknown>;

/** What a command job did. */
export interface Answer {
  readonly exit: number;
  /** null: it failed before there was any. */
  readonly result: { readonly kind: string; readonly [key: string]: unknown } | null;
  readonly log: string;
}

/**
 * A repository with rounds and people, and the command job as a program: the built action with the payload of a comment, against
 * the embedded GitHub. Nobody works on workflow runs there.
 */
export async function commentLab() {
  const dir = await mkdtemp(join(tmpdir(), "autoloop-comments-"));
  const github = await startGitHub({
    dir,
    owner: "lab",
    repo: "policies",
    private: false,
    users: [
      { login: "ana", permission: "write" },
      { login: "max", permission: "maintain" },
      { login: "ada", permission: "admin" },
      { login: "rea", permission: "read" },
      { login: "tri", permission: "triage" },
      { login: "out", permission: "none" },
      { login: "ci[bot]", permission: "write", type: "Bot" },
    ],
    files: {
      ".github/autoloop.yml": "mode: train\nlanguage: en\nseeds: [42, 87, 123]\n",
      // Round 1 is merged: what is not there any more was reverted, and nothing of it begins.
      "src/lerobot/scripts/train_config/reports/data/rounds/0001.json": "{}\n",
    },
  });
  const base = await openPulls(github);
  let files = 0;

  const deliver = async (payload: Payload): Promise<Answer> => {
    files += 1;
    const [eventPath, output] = [join(dir, `event-${files}.json`), join(dir, `output-${files}`)];
    await Promise.all([writeFile(eventPath, JSON.stringify(payload)), writeFile(output, "")]);
    const { exit, log } = await spawned(github, { eventPath, output });
    return { exit, log, result: resultIn(await readFile(output, "utf8")) };
  };
  return {
    github,
    deliver,
    /** Somebody comments on the site; the payload of that event, not yet delivered. */
    write: (login: string, body: string, pull = 1) => writeComment(github, { login, body, pull }),
    /** Somebody comments, and the job runs. */
    say: async (login: string, body: string, pull = 1) =>
      deliver(await writeComment(github, { login, body, pull })),
    /** The same from a terminal; null: without a payload. */
    inTerminal: async (payload: Payload | null) => {
      const path = join(dir, "terminal.json");
      if (payload) await writeFile(path, JSON.stringify(payload));
      const env = {
        GITHUB_TOKEN: github.issueWorkflowToken(COMMAND_JOB),
        GITHUB_API_URL: github.apiUrl,
        GITHUB_REPOSITORY: "lab/policies",
      };
      return autoloop(["comment", "--json", ...(payload ? ["--event", path] : [])], { env });
    },
    /** Everything as it was, with this ledger. */
    given: async (events: readonly LedgerEvent[]) => {
      await github.restore(base);
      github.faults.clear();
      await writeLedger(github, events);
    },
    events: () => readLedger(github),
    comments: (pull = 1) => [...github.state.comments.values()].filter(({ issue }) => issue === pull),
    ours: (pull = 1) =>
      [...github.state.comments.values()].filter(
        ({ issue, author }) => issue === pull && author === "github-actions[bot]",
      ),
    reactions: () => [...github.state.reactions.values()].map(({ content }) => content),
    runs: () => [...github.state.runs.values()],
    close: async () => {
      await github.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface ApiAnswer {
  readonly sha: string;
  readonly object: { readonly sha: string };
  readonly user: unknown;
}

async function api(
  github: EmbeddedGitHub,
  token: string,
  call: { method: string; path: string; body?: object },
): Promise<ApiAnswer> {
  const answer = await fetch(`${github.apiUrl}/repos/lab/policies${call.path}`, {
    method: call.method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(call.body ? { body: JSON.stringify(call.body) } : {}),
  });
  if (!answer.ok) throw new Error(`${call.method} ${call.path}: ${answer.status} ${await answer.text()}`);
  return answer.json() as Promise<ApiAnswer>;
}

/** 1 and 2 are rounds, 3 comes from a fork, 4 is somebody's own. */
async function openPulls(github: EmbeddedGitHub): Promise<Snapshot> {
  const bot = github.issueWorkflowToken(COMMAND_JOB);
  for (const round of ["0001", "0002"]) {
    const branch = `autoloop/round-${round}`;
    await commit(github, { branch, path: `${round}.json`, text: round });
    const body = { title: `autoloop round ${round}`, head: branch, base: "main" };
    await api(github, bot, { method: "POST", path: "/pulls", body });
  }
  const sha = await commit(github, { branch: "idea", path: "idea.txt", text: "idea" });
  await github.openForkPull({
    login: "out",
    branch: "autoloop/round-0001",
    sha,
    title: "autoloop round 0001",
  });
  const body = { title: "An idea", head: "idea", base: "main" };
  await api(github, github.tokenFor("ana"), { method: "POST", path: "/pulls", body });
  return github.snapshot();
}

async function commit(
  github: EmbeddedGitHub,
  change: { branch: string; path: string; text: string; orphan?: boolean },
): Promise<string> {
  const token = github.tokenFor("ana");
  const post = (path: string, body: object) => api(github, token, { method: "POST", path, body });
  const main = await api(github, token, { method: "GET", path: "/git/ref/heads/main" });
  const { path, text, branch, orphan = false } = change;
  const entry = { path, mode: "100644", type: "blob", content: text };
  const parent = main.object.sha;
  const tree = await post("/git/trees", { ...(orphan ? {} : { base_tree: parent }), tree: [entry] });
  const made = await post("/git/commits", {
    message: "x",
    tree: tree.sha,
    parents: orphan ? [] : [parent],
  });
  await post("/git/refs", { ref: `refs/heads/${branch}`, sha: made.sha });
  return made.sha;
}

async function writeLedger(github: EmbeddedGitHub, events: readonly LedgerEvent[]): Promise<void> {
  const text = events.map((event) => `${JSON.stringify(LedgerEvent.parse(event))}\n`).join("");
  await commit(github, { branch: LEDGER, path: "rounds/0001.jsonl", text, orphan: true });
}

async function readLedger(github: EmbeddedGitHub): Promise<readonly LedgerEvent[]> {
  const git = (...args: string[]) =>
    new Promise<string>((done, fail) =>
      execFile("git", ["--git-dir", github.gitDir, ...args], (error, out) =>
        error ? fail(error) : done(out),
      ),
    );
  const names = (await git("ls-tree", "-r", "--name-only", LEDGER)).split("\n");
  const logs = await Promise.all(
    names.filter((name) => name.endsWith(".jsonl")).map((name) => git("show", `${LEDGER}:${name}`)),
  );
  return logs
    .flatMap((log) => log.split("\n").filter(Boolean))
    .map((line) => LedgerEvent.parse(JSON.parse(line)));
}

async function writeComment(
  github: EmbeddedGitHub,
  { login, body, pull }: { login: string; body: string; pull: number },
): Promise<Payload> {
  const token = github.tokenFor(login);
  const comment = await api(github, token, {
    method: "POST",
    path: `/issues/${pull}/comments`,
    body: { body },
  });
  const issue = { number: pull, state: "open", pull_request: { url: `${github.apiUrl}/pulls/${pull}` } };
  return { action: "created", issue, comment, sender: comment.user };
}

async function spawned(
  github: EmbeddedGitHub,
  { eventPath, output }: { eventPath: string; output: string },
): Promise<{ exit: number; log: string }> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: tmpdir(),
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    GITHUB_SERVER_URL: github.url,
    GITHUB_REPOSITORY: "lab/policies",
    GITHUB_EVENT_NAME: "issue_comment",
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_OUTPUT: output,
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_WORKFLOW_REF: "lab/policies/.github/workflows/autoloop.yml@refs/heads/main",
    INPUT_COMMAND: "comment",
    INPUT_TOKEN: github.issueWorkflowToken(COMMAND_JOB),
  };
  return new Promise((done) =>
    execFile(process.execPath, [ACTION], { env }, (error, out, err) =>
      done({ exit: error ? Number(error.code ?? -1) : 0, log: `${out}${err}` }),
    ),
  );
}

/** `result<<delimiter`, the document, the delimiter. */
function resultIn(output: string): Answer["result"] {
  const text = /^result<<(\S+)\r?\n([\s\S]*?)\r?\n\1/m.exec(output)?.[2];
  return text === undefined ? null : JSON.parse(text);
}
