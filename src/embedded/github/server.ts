import { mkdir, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { createAccess, type User } from "./access.ts";
import { createFaults } from "./faults.ts";
import { openGitObjects } from "./git/objects.ts";
import { listRefs, replaceRefs } from "./git/refs.ts";
import { createBareRepository, openGitDir } from "./git/run.ts";
import { type GitHubEvent, type Hub, userNamed } from "./hub.ts";
import { contentLimit } from "./limits.ts";
import { createListener } from "./listener.ts";
import type { EmbeddedGitHub, GitHubOptions } from "./options.ts";
import { followBranch } from "./pulls/follow.ts";
import { findPull } from "./pulls/lookup.ts";
import { mergePull } from "./pulls/merge.ts";
import { openPull } from "./pulls/open.ts";
import type { LoggedRequest } from "./request-log.ts";
import { seedRepository } from "./seed.ts";
import { installHooks } from "./smart-http.ts";
import { emptyState, overwriteState } from "./state.ts";
import { autoloopWorkflow, withPushPaths } from "./workflow/job-table.ts";
import { createJobStarter, type JobStarter } from "./workflow/run-job.ts";
import { createScheduler } from "./workflow/scheduler.ts";
import type { RunnerSettings } from "./workflow/settings.ts";
import { onDispatch, onSchedule } from "./workflow/triggers.ts";

export type { GitHubEvent } from "./hub.ts";
export type { EmbeddedGitHub, GitHubOptions } from "./options.ts";

const FIRST_USER_ID = 5001;
const REPOSITORY_ID = 700_001;

/** A GitHub on a loopback port: git is git's own, everything else is kept in memory. */
export async function startGitHub(options: GitHubOptions): Promise<EmbeddedGitHub> {
  const { owner, repo } = options;
  const dir = resolve(options.dir);
  const now = options.clock ?? ((): Date => new Date());
  const defaultBranch = options.defaultBranch ?? "main";
  const gitDir = join(dir, "github.git");
  const searchPath = options.searchPath ?? process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const place = { dir: gitDir, searchPath };
  const scratch = join(dir, "scratch");
  await mkdir(scratch, { recursive: true });
  const exists = await stat(gitDir).then(
    () => true,
    () => false,
  );
  const git = exists ? openGitDir(place) : await createBareRepository(place, defaultBranch);
  await installHooks(gitDir);
  const objects = openGitObjects(git, scratch);
  const users = options.users.map(
    (user, at): User => ({
      login: user.login,
      id: FIRST_USER_ID + at,
      type: user.type ?? "User",
      role: user.permission,
    }),
  );

  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const url = `http://127.0.0.1:${address.port}`;

  const listeners = new Set<(event: GitHubEvent) => void>();
  if (options.onEvent !== undefined) listeners.add(options.onEvent);
  const notify = (event: GitHubEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const table = options.scheduler?.workflow ?? autoloopWorkflow;
  const paths = options.scheduler?.pushPaths;
  const workflow = paths === undefined ? table : withPushPaths(table, paths);
  const hub: Hub = {
    git,
    objects,
    state: emptyState(),
    access: createAccess(users, now),
    repository: { id: REPOSITORY_ID, owner, name: repo, private: options.private ?? true, defaultBranch },
    urls: {
      server: url,
      api: `${url}/api/v3`,
      repo: `${url}/api/v3/repos/${owner}/${repo}`,
      html: `${url}/${owner}/${repo}`,
    },
    now,
    searchPath,
    settings: {
      actionsMayOpenPulls: options.actionsMayOpenPulls ?? true,
      protection: options.protection ?? null,
    },
    dispatcher: {
      workflowFile: options.scheduler?.workflowFile ?? "autoloop.yml",
      workflowName: workflow.name,
      dispatch: async ({ ref, inputs, by }) =>
        scheduler.queue(await onDispatch(hub, workflow, { ref, inputs, by: by.login })),
      cancel: (run) => scheduler.cancel(run),
    },
    notify,
    emit: async (event) => {
      notify(event);
      if (event.kind === "push") await followBranch(hub, event.change, event.by);
      if (options.scheduler !== undefined) await scheduler.react(event);
    },
  };
  const scheduler = createScheduler({
    hub,
    workflow,
    runners: options.scheduler?.runners ?? [],
    start: options.scheduler === undefined ? undefined : jobStarter(hub, options.scheduler, dir),
  });
  if (!exists && Object.keys(options.files ?? {}).length > 0) await seedRepository(hub, options.files ?? {});

  const unknownRoutes: string[] = [];
  const requests: LoggedRequest[] = [];
  const faults = createFaults();
  server.on(
    "request",
    createListener({
      hub,
      faults,
      requests,
      unknownRoutes,
      limit: options.limitsContent ? contentLimit(now) : undefined,
      onAnswer: options.onAnswer,
    }),
  );

  return {
    url,
    apiUrl: hub.urls.api,
    graphqlUrl: `${url}/api/graphql`,
    cloneUrl: `${hub.urls.html}.git`,
    gitDir,
    owner,
    repo,
    state: hub.state,
    unknownRoutes,
    requests,
    faults,
    tokenFor: hub.access.tokenFor,
    issueWorkflowToken: hub.access.issueWorkflowToken,
    settings: hub.settings,
    setRole: (login, role) => {
      userNamed(hub, login).role = role;
    },
    mergeAs: (login, number, { method = "merge", title } = {}) =>
      mergePull(hub, findPull(hub, number), {
        method,
        title,
        message: undefined,
        sha: undefined,
        by: { user: userNamed(hub, login), triggers: true },
        force: true,
      }),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    deliver: async () => scheduler.queue(await onSchedule(hub, workflow)),
    idle: scheduler.idle,
    openForkPull: ({ login, branch, sha, title, body = null, base = defaultBranch }) =>
      openPull(hub, {
        title,
        body,
        draft: false,
        author: login,
        headOwner: login,
        headRef: branch,
        headSha: sha,
        baseRef: base,
      }),
    loseRunner: scheduler.loseRunner,
    returnRunner: scheduler.returnRunner,
    snapshot: async () => {
      if ([...hub.state.runs.values()].some((run) => run.status !== "completed")) {
        throw new Error("A workflow run goes on; wait for idle() before a snapshot.");
      }
      return { state: structuredClone(hub.state), refs: await listRefs(git) };
    },
    restore: async (snapshot) => {
      overwriteState(hub.state, snapshot.state);
      await replaceRefs(git, snapshot.refs);
    },
    close: async () => {
      await scheduler.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await objects.close();
    },
  };
}

function jobStarter(hub: Hub, settings: RunnerSettings, dir: string): JobStarter {
  return createJobStarter(hub, settings, join(dir, "actions"));
}
