import type { Access, User } from "./access.ts";
import { type Commit, isoSeconds, readCommit } from "./git/commits.ts";
import type { GitObjects } from "./git/objects.ts";
import { type RefChange, swapRef } from "./git/refs.ts";
import type { GitDir } from "./git/run.ts";
import type { JsonObject } from "./json.ts";
import type { Protection } from "./protection.ts";
import { unprocessable } from "./reply.ts";
import type { GitHubState, WorkflowRun } from "./state.ts";

/** What happened on the forge; progress displays and the scheduler listen. */
export type GitHubEvent =
  | { readonly kind: "push"; readonly change: RefChange; readonly by: string; readonly triggers: boolean }
  | {
      readonly kind: "pull";
      readonly action: "opened" | "edited" | "synchronize" | "closed" | "reopened" | "merged";
      readonly number: number;
      readonly by: string;
    }
  | {
      readonly kind: "comment";
      readonly action: "created" | "edited";
      readonly id: number;
      readonly issue: number;
      readonly by: string;
      readonly triggers: boolean;
    }
  | {
      readonly kind: "run";
      readonly action: "queued" | "completed" | "cancel-requested";
      readonly id: number;
    }
  | {
      readonly kind: "job";
      readonly action: "queued" | "pending" | "started" | "completed";
      readonly id: number;
      readonly run: number;
      readonly name: string;
    };

/** The part of the scheduler that routes need. */
export interface Dispatcher {
  /** File name of the one workflow, e.g. `autoloop.yml`. */
  readonly workflowFile: string;
  readonly workflowName: string;
  dispatch(request: { ref: string; inputs: JsonObject; by: User }): Promise<WorkflowRun>;
  cancel(run: WorkflowRun): "cancelling" | "already-over";
}

/** What an administrator sets, and a test may change in the middle of things. */
export interface RepositorySettings {
  /** "Allow GitHub Actions to create and approve pull requests". */
  actionsMayOpenPulls: boolean;
  protection: Protection | null;
}

/** What every route and event handler works on. */
export interface Hub {
  readonly git: GitDir;
  readonly objects: GitObjects;
  readonly state: GitHubState;
  readonly access: Access;
  readonly repository: {
    readonly id: number;
    readonly owner: string;
    readonly name: string;
    readonly private: boolean;
    readonly defaultBranch: string;
  };
  /** Server, API and clone addresses, without a slash at the end. */
  readonly urls: {
    readonly server: string;
    readonly api: string;
    readonly repo: string;
    readonly html: string;
  };
  readonly now: () => Date;
  /** PATH of git and of the machines that jobs run on. */
  readonly searchPath: string;
  readonly dispatcher: Dispatcher;
  readonly settings: RepositorySettings;
  /** Tells listeners, then lets pull requests and the workflow answer. */
  readonly emit: (event: GitHubEvent) => Promise<void>;
  /** Tells listeners only. */
  readonly notify: (event: GitHubEvent) => void;
}

export function stamp(hub: Hub): string {
  return isoSeconds(hub.now());
}

export function takeId(hub: Hub): number {
  hub.state.nextId += 1;
  return hub.state.nextId;
}

export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

export async function branchTip(hub: Hub, branch: string): Promise<string | undefined> {
  return (await hub.objects.stat(branchRef(branch)))?.sha;
}

/** A branch, tag, full ref or id, in the order in which the API looks. */
export async function findCommit(hub: Hub, name: string): Promise<Commit | undefined> {
  for (const candidate of [`refs/heads/${name}`, `refs/tags/${name}`, name]) {
    if (isPlainRevision(candidate)) {
      const commit = await readCommit(hub.objects, candidate);
      if (commit !== undefined) return commit;
    }
  }
  return undefined;
}

/** Revision operators are git's, not the API's. */
function isPlainRevision(name: string): boolean {
  return !/[\s~^:?*[\\]|\.\.|@\{|^-/.test(name);
}

/** Moves a ref and tells everybody; the caller has checked that it may. */
export async function moveRef(
  hub: Hub,
  change: RefChange,
  by: { readonly user: User; readonly triggers: boolean },
): Promise<"moved" | "lost-the-race"> {
  const result = await swapRef(hub.git, change);
  if (result === "moved") {
    await hub.emit({ kind: "push", change, by: by.user.login, triggers: by.triggers });
  }
  return result;
}

export function userNamed(hub: Hub, login: string): User {
  const user = hub.access.find(login);
  if (user === undefined) throw unprocessable(`There is no user ${login}.`);
  return user;
}
