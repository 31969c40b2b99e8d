import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { peopleOf } from "../../src/embedded/demo/people.ts";
import type { ApiAnswer } from "../../src/embedded/github/listener.ts";
import { startGitHub } from "../../src/embedded/github/server.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { LedgerEvent } from "../../src/rounds/events.ts";
import type { Manifest } from "../../src/rounds/manifest.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";
import { outcomeOf } from "./desk-outcome.ts";
import type { Ended } from "./warm-action.ts";

const run = promisify(execFile);
const ACTION = resolve(import.meta.dirname, "../../dist/action.js");
const CONFIGS = "src/lerobot/scripts/train_config";

const SETTINGS = ".github/autoloop.yml";
export const REPORT = `${CONFIGS}/reports/act_ot.md`;
export const manifestFile = (round: string) => `${CONFIGS}/reports/data/rounds/${round}.json`;

export interface Wake {
  readonly exit: number;
  readonly log: string;
  readonly result: { readonly done: readonly string[] };
}

/** Permissions of the job `control`. */
const CONTROL = {
  contents: "write",
  "pull-requests": "write",
  issues: "write",
  actions: "write",
  checks: "write",
} as const;

/**
 * A repository on the embedded GitHub and the built action, woken by hand: no runner takes what is dispatched, so a scenario says
 * itself what the training brought.
 */
export async function desk(
  settings: Readonly<Record<string, unknown>> = {},
  { runs = spawned, onAnswer }: Surroundings = {},
) {
  const dir = await mkdtemp(join(tmpdir(), "autoloop-desk-"));
  const github = await startGitHub({
    dir,
    ...(onAnswer ? { onAnswer } : {}),
    owner: "lab",
    repo: "policies",
    users: [
      { login: "ana", permission: "write" },
      { login: "ben", permission: "admin" },
      { login: "rea", permission: "read" },
      { login: "eve", permission: "none" },
    ],
    files: {
      "README.md": "# Policies\n",
      [SETTINGS]: settingsText(settings),
      ...Object.fromEntries(
        planConfigs()
          .slice(0, 2)
          .map(({ file, config }) => [`${CONFIGS}/${file}`, `${JSON.stringify(config, null, 2)}\n`]),
      ),
    },
  });
  const { state, owner, repo } = github;
  const git = async (...args: readonly string[]) =>
    (await run("git", ["--git-dir", github.gitDir, ...args], { maxBuffer: 64 << 20 })).stdout;
  const show = (path: string, revision = "main") => git("show", `${revision}:${path}`);

  let woken = 0;
  const wake = async (
    inputs: Readonly<Record<string, string>> = {},
    options: WakeOptions = {},
  ): Promise<Wake> => {
    const home = join(dir, `job-${woken++}`);
    await mkdir(home, { recursive: true });
    const output = join(home, "output");
    await writeFile(output, "");
    const token = options.token ?? github.issueWorkflowToken(options.permissions ?? CONTROL);
    const given = {
      token,
      settings: ".github/autoloop.yml",
      trials: "all",
      outcomes: join(home, "outcomes"),
      ...inputs,
    };
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_REPOSITORY: `${owner}/${repo}`,
      GITHUB_EVENT_NAME: "schedule",
      GITHUB_WORKFLOW_REF: `${owner}/${repo}/.github/workflows/autoloop.yml@refs/heads/main`,
      GITHUB_OUTPUT: output,
      ...Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...options.env,
    };
    const ended = await runs(env);
    const written = /result<<(\S+)\n([\s\S]*?)\n\1/.exec(await readFile(output, "utf8"))?.[2];
    return { ...ended, result: written ? JSON.parse(written) : { done: [] } };
  };

  const request = async (token: string, method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${github.apiUrl}/repos/${owner}/${repo}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  };

  /** Commits files on a branch as a person would; null removes one. */
  const push = async (login: string, branch: string, files: Files): Promise<string> => {
    const token = github.tokenFor(login);
    const parent = (await git("rev-parse", branch)).trim();
    const entries = Object.entries(files).map(([path, content]) => ({
      path,
      mode: "100644",
      type: "blob",
      ...(content === null ? { sha: null } : { content }),
    }));
    const { sha: tree } = await request(token, "POST", "/git/trees", { base_tree: parent, tree: entries });
    const message = "Change a variant";
    const commit = await request(token, "POST", "/git/commits", { message, tree, parents: [parent] });
    await request(token, "PATCH", `/git/refs/heads/${branch}`, { sha: commit.sha });
    return String(commit.sha);
  };

  const events = async (): Promise<readonly LedgerEvent[]> => {
    const names = (await git("ls-tree", "-r", "--name-only", "autoloop/ledger").catch(() => "")).split("\n");
    const logs = await Promise.all(
      names.filter((name) => name.endsWith(".jsonl")).map((name) => show(name, "autoloop/ledger")),
    );
    const lines = logs.flatMap((log) => log.split("\n").filter(Boolean));
    return lines.map((line) => LedgerEvent.parse(JSON.parse(line)));
  };

  return {
    github,
    git,
    show,
    wake,
    push,
    events,
    request,
    people: peopleOf(github),
    manifest: async (round: string, revision = `autoloop/round-${round}`): Promise<Manifest> =>
      JSON.parse(await show(manifestFile(round), revision)),
    eventsNamed: async <Name extends LedgerEvent["event"]>(name: Name) =>
      (await events()).filter(
        (event): event is Extract<LedgerEvent, { event: Name }> => event.event === name,
      ),
    pull: (number: number) => {
      const found = state.pulls.get(number);
      if (!found) throw new Error(`There is no pull request ${number}.`);
      return found;
    },
    /** Replies; the status comment is kept up to date and answers nobody. */
    comments: (pull: number) =>
      [...state.comments.values()]
        .filter(({ issue, body }) => issue === pull && !body.includes("<!-- autoloop:status"))
        .map(({ body }) => body),
    /** What the training job of the newest dispatch sends home, and the job that collects it. */
    collect: async (ending: Partial<Pick<Outcome, "outcome" | "reason">> = {}): Promise<Wake> => {
      const claims = (await events()).filter((event) => event.event === "dispatched");
      const claim = claims.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1);
      if (claim?.event !== "dispatched") throw new Error("Nothing was claimed.");
      const folder = await mkdtemp(join(dir, "outcomes-"));
      for (const trial of claim.trials) {
        const outcome = outcomeOf(claim, trial, ending);
        await writeFile(join(folder, `${trial.id}-${trial.attempt}.json`), JSON.stringify(outcome));
      }
      for (const one of state.runs.values()) if (one.status !== "completed") one.status = "completed";
      return wake({ command: "collect", dispatch: claim.dispatch, outcomes: folder });
    },
    set: (changed: Readonly<Record<string, unknown>>) =>
      push("ben", "main", { [SETTINGS]: settingsText({ ...settings, ...changed }) }),
    /** Back to what was there, whatever was training. */
    mark: async (): Promise<() => Promise<void>> => {
      const open = [...state.runs.values()].filter(({ status }) => status !== "completed");
      for (const one of open) one.status = "completed";
      const snapshot = await github.snapshot();
      for (const one of open) one.status = "queued";
      return async () => {
        github.faults.clear();
        await github.restore(snapshot);
        for (const { id } of open) {
          const one = state.runs.get(id);
          if (one) one.status = "queued";
        }
      };
    },
    /** Everything in the ledger happened ten minutes earlier: what waits for something waits no more. */
    age: async (): Promise<void> => {
      const names = (await git("ls-tree", "-r", "--name-only", "autoloop/ledger").catch(() => "")).split(
        "\n",
      );
      const files: Record<string, string> = {};
      for (const name of names.filter((each) => each.endsWith(".jsonl"))) {
        const lines = (await show(name, "autoloop/ledger")).split("\n").filter(Boolean);
        const aged = lines.map((line) => {
          const event = JSON.parse(line);
          return JSON.stringify({ ...event, at: new Date(Date.parse(event.at) - 600_000).toISOString() });
        });
        files[name] = `${aged.join("\n")}\n`;
      }
      if (Object.keys(files).length > 0) await push("ben", "autoloop/ledger", files);
    },
    /** Adds a line to the ledger, as the command job would. */
    append: async (event: LedgerEvent): Promise<void> => {
      const path = "round" in event ? `rounds/${event.round}.jsonl` : "loop.jsonl";
      const before = await show(path, "autoloop/ledger").catch(() => "");
      await push("ben", "autoloop/ledger", { [path]: `${before}${JSON.stringify(event)}\n` });
    },
    close: async () => {
      await github.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export type Desk = Awaited<ReturnType<typeof desk>>;

interface Surroundings {
  readonly onAnswer?: (answer: ApiAnswer) => void;
  /** How a job gets its process; default: a new one each. */
  readonly runs?: (env: Readonly<Record<string, string>>) => Promise<Ended>;
}

function spawned(env: Readonly<Record<string, string>>): Promise<Ended> {
  return run(process.execPath, [ACTION], { env, maxBuffer: 64 << 20 }).then(
    ({ stdout }) => ({ exit: 0, log: stdout }),
    (failed: { code?: number; stdout?: string; stderr?: string }) => ({
      exit: failed.code ?? -1,
      log: `${failed.stdout ?? ""}${failed.stderr ?? ""}`,
    }),
  );
}

type Answer = { readonly sha?: unknown };
type Files = Readonly<Record<string, string | null>>;

interface WakeOptions {
  readonly token?: string;
  readonly permissions?: Readonly<Partial<Record<keyof typeof CONTROL, "write" | "read">>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** JSON values are YAML values. */
function settingsText(settings: Readonly<Record<string, unknown>>): string {
  const lines = {
    mode: "train",
    language: "en",
    max_variants: 2,
    seeds: [42],
    trainer: { steps: 200, eval_freq: 100, log_freq: 20 },
    ...settings,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("");
}
