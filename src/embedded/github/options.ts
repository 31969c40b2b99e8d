import type { Role, User } from "./access.ts";
import type { FaultQueue } from "./faults.ts";
import type { Ref } from "./git/refs.ts";
import type { GitHubEvent } from "./hub.ts";
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
  readonly onEvent?: (event: GitHubEvent) => void;
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
