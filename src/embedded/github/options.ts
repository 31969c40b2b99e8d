import type { Role, User } from "./access.ts";
import type { FaultQueue } from "./faults.ts";
import type { Ref } from "./git/refs.ts";
import type { GitHubEvent, RepositorySettings } from "./hub.ts";
import type { ApiAnswer } from "./listener.ts";
import type { Protection } from "./protection.ts";
import type { MergeMethod } from "./pulls/merge.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { GitHubState, Pull, WorkflowRun } from "./state.ts";
import type { JobPermissions } from "./workflow/definition.ts";
import type { RunnerSettings } from "./workflow/settings.ts";

export interface GitHubOptions {
  /** Existing folder: `github.git`, scratch files, logs and the machines' work folders go below it. */
  readonly dir: string;
  readonly owner: string;
  readonly repo: string;
  /** Default: any free one. */
  readonly port?: number;
  readonly users: readonly {
    readonly login: string;
    readonly permission: Role;
    readonly type?: User["type"];
  }[];
  /** Default true: who has no permission does not see it at all. */
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** A first commit on the default branch; without it the repository is empty. */
  readonly files?: Readonly<Record<string, string>>;
  readonly clock?: () => Date;
  /** PATH of git and of the machines that jobs run on; default: the one of this process. */
  readonly searchPath?: string;
  /** Without it events start nothing, and dispatched runs stay queued. */
  readonly scheduler?: RunnerSettings;
  /** "Allow GitHub Actions to create and approve pull requests"; default true. */
  readonly actionsMayOpenPulls?: boolean;
  /** What guards the default branch; default: nothing. */
  readonly protection?: Protection;
  /** Refuse, as GitHub does, more than 80 comments, reviews and pull requests a minute of one account. Default false. */
  readonly limitsContent?: boolean;
  readonly onEvent?: (event: GitHubEvent) => void;
  /** Sees every answer of the API, e.g. to hold it against the official schemas. */
  readonly onAnswer?: (answer: ApiAnswer) => void;
}

export interface Snapshot {
  readonly state: GitHubState;
  readonly refs: readonly Ref[];
}

export interface EmbeddedGitHub {
  /** Server address without a slash at the end: GITHUB_SERVER_URL. */
  readonly url: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  readonly cloneUrl: string;
  readonly gitDir: string;
  readonly owner: string;
  readonly repo: string;
  /** Live: what the server knows beside git. */
  readonly state: GitHubState;
  /** `METHOD path` of everything that has no route; a test fails when it is not empty. */
  readonly unknownRoutes: readonly string[];
  readonly requests: readonly LoggedRequest[];
  readonly faults: FaultQueue;
  /** The personal token of a user. */
  tokenFor(login: string): string;
  /** A GITHUB_TOKEN with these permissions that lives 24 hours. */
  issueWorkflowToken(permissions: JobPermissions): string;
  /** Live: what an administrator sets. */
  readonly settings: RepositorySettings;
  /** From now on this user has another role. */
  setRole(login: string, role: Role): void;
  /** What auto-merge or an app does: the merge bears a name whose owner need not have the permission for it. Starts workflows. */
  mergeAs(
    login: string,
    pull: number,
    options?: { readonly method?: MergeMethod; readonly title?: string },
  ): Promise<string>;
  onEvent(listener: (event: GitHubEvent) => void): () => void;
  /** Fires the workflow's schedule. */
  deliver(event: "schedule"): Promise<WorkflowRun>;
  /** Resolves when no workflow run is queued or in progress; never, while a job waits for a runner that does not exist. */
  idle(): Promise<void>;
  /** A pull request whose branch lives in somebody else's fork; `sha` is a commit that this repository has. */
  openForkPull(pull: {
    readonly login: string;
    readonly branch: string;
    readonly sha: string;
    readonly title: string;
    readonly body?: string;
    readonly base?: string;
  }): Promise<Pull>;
  /** The box is switched off in the middle of its job, and on again. */
  loseRunner(name: string): void;
  returnRunner(name: string): void;
  /** Refs and state of this moment; refused while a run goes on. */
  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;
  close(): Promise<void>;
}
