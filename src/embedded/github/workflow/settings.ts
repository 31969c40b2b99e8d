import type { WorkflowDefinition } from "./definition.ts";

export interface SelfHostedRunner {
  readonly name: string;
  readonly labels: readonly string[];
  /** What the box gives to every job beside PATH and HOME, e.g. WANDB_BASE_URL or XDG_STATE_HOME. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How jobs are run: which action, by which node, on which machines. */
export interface RunnerSettings {
  /** Folder with the action's `action.js`. */
  readonly distDir: string;
  /** Node executable; default: the one that runs the server. */
  readonly node?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** The inputs that action.yml declares and their defaults, e.g. `{token: "${{ github.token }}", mode: ""}`. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly workflow?: WorkflowDefinition;
  /** Name below `.github/workflows/`. */
  readonly workflowFile?: string;
  /** Replaces the workflow's `on.push.paths`. */
  readonly pushPaths?: readonly string[];
  readonly runners?: readonly SelfHostedRunner[];
  /** Beside PATH and HOME on GitHub-hosted machines. */
  readonly hostedEnv?: Readonly<Record<string, string>>;
  /** Milliseconds between SIGINT and SIGTERM, and between SIGTERM and the kill. */
  readonly grace?: { readonly interrupt: number; readonly terminate: number };
}

/** What GitHub's runner waits (github facts 7). */
export const githubGrace = { interrupt: 7500, terminate: 2500 } as const;
