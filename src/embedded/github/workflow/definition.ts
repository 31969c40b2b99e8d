import type { Level, Scope } from "../access.ts";

/** A workflow file as data: names, texts and numbers are exactly those of the YAML. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly runName: string;
  readonly on: WorkflowTriggers;
  /** Of jobs that say nothing themselves. */
  readonly permissions: JobPermissions;
  readonly jobs: Readonly<Record<string, JobDefinition>>;
}

export type JobPermissions = Readonly<Partial<Record<Scope, Level>>>;

export interface WorkflowTriggers {
  readonly schedule?: readonly { readonly cron: string }[];
  readonly issue_comment?: { readonly types: readonly string[] };
  readonly push?: { readonly branches: readonly string[]; readonly paths?: readonly string[] };
  readonly workflow_dispatch?: { readonly inputs: Readonly<Record<string, DispatchInput>> };
}

export interface DispatchInput {
  readonly type: "string" | "choice" | "boolean";
  readonly options?: readonly string[];
  readonly default?: string;
  readonly required?: boolean;
}

export interface JobDefinition {
  readonly if: string;
  readonly needs?: readonly string[];
  /** One label, or all the labels that a runner must have. */
  readonly runsOn: string | readonly string[];
  readonly permissions?: JobPermissions;
  readonly concurrency?: {
    readonly group: string;
    readonly cancelInProgress: boolean;
    /** `single`: GitHub's default, one pending job; `max`: up to 100. */
    readonly queue: "single" | "max";
  };
  readonly timeoutMinutes?: number;
  /** Each value is an expression that yields a list; one job per combination, failFast off. */
  readonly matrix?: Readonly<Record<string, string>>;
  readonly steps: readonly StepDefinition[];
}

export interface StepDefinition {
  /** `action` is this project's own action, whatever reference the YAML pins it by. */
  readonly uses: "action" | "actions/upload-artifact" | "actions/download-artifact";
  readonly if?: string;
  readonly with: Readonly<Record<string, string>>;
}
