import { randomUUID } from "node:crypto";
import type { Hub } from "../hub.ts";
import type { WorkflowJobRun, WorkflowRun } from "../state.ts";
import type { CommandFiles } from "./command-files.ts";

export interface Machine {
  readonly name: string;
  readonly environment: "github-hosted" | "self-hosted";
  readonly workspace: string;
  readonly temp: string;
  readonly tools: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly trackingId: string;
}

/** Everything that GitHub's runner tells a JavaScript action, and nothing of the machine that the server runs on. */
export function stepEnvironment(
  hub: Hub,
  step: {
    readonly run: WorkflowRun;
    readonly job: WorkflowJobRun;
    readonly machine: Machine;
    readonly eventPath: string;
    readonly files: CommandFiles;
    readonly inputs: Readonly<Record<string, string>>;
    /** What earlier steps wrote to GITHUB_ENV and GITHUB_PATH. */
    readonly exported: Readonly<Record<string, string>>;
    readonly path: readonly string[];
  },
): Record<string, string> {
  const { run, job, machine, files } = step;
  const { repository, urls } = hub;
  const fullName = `${repository.owner}/${repository.name}`;
  const branch = run.ref.replace(/^refs\/(heads|tags)\//, "");
  return {
    LANG: "C.UTF-8",
    ...machine.env,
    ...step.exported,
    CI: "true",
    HOME: machine.home,
    PATH: [...step.path, machine.env["PATH"] ?? hub.searchPath].join(":"),
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION: "__autoloop",
    GITHUB_ACTOR: run.actor,
    GITHUB_ACTOR_ID: String(hub.access.find(run.actor)?.id ?? 0),
    GITHUB_TRIGGERING_ACTOR: run.actor,
    GITHUB_API_URL: urls.api,
    GITHUB_GRAPHQL_URL: `${urls.server}/api/graphql`,
    GITHUB_SERVER_URL: urls.server,
    GITHUB_BASE_REF: "",
    GITHUB_HEAD_REF: "",
    GITHUB_EVENT_NAME: run.event,
    GITHUB_EVENT_PATH: step.eventPath,
    GITHUB_JOB: job.key,
    GITHUB_REF: run.ref,
    GITHUB_REF_NAME: branch,
    GITHUB_REF_PROTECTED: "false",
    GITHUB_REF_TYPE: run.ref.startsWith("refs/tags/") ? "tag" : "branch",
    GITHUB_REPOSITORY: fullName,
    GITHUB_REPOSITORY_ID: String(repository.id),
    GITHUB_REPOSITORY_OWNER: repository.owner,
    GITHUB_RETENTION_DAYS: "90",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_RUN_ID: String(run.id),
    GITHUB_RUN_NUMBER: String(run.number),
    GITHUB_SHA: run.headSha,
    GITHUB_WORKFLOW: hub.dispatcher.workflowName,
    GITHUB_WORKFLOW_REF: `${fullName}/.github/workflows/${hub.dispatcher.workflowFile}@${run.ref}`,
    GITHUB_WORKFLOW_SHA: run.headSha,
    GITHUB_WORKSPACE: machine.workspace,
    GITHUB_OUTPUT: files.output,
    GITHUB_ENV: files.env,
    GITHUB_PATH: files.path,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
    RUNNER_ARCH: "X64",
    RUNNER_OS: "Linux",
    RUNNER_ENVIRONMENT: machine.environment,
    RUNNER_NAME: machine.name,
    RUNNER_TEMP: machine.temp,
    RUNNER_TOOL_CACHE: machine.tools,
    RUNNER_TRACKING_ID: machine.trackingId,
    RUNNER_WORKSPACE: machine.workspace.replace(/\/[^/]+$/, ""),
    // Every JavaScript action gets these, so a training that inherits them is a leak that a test can see.
    ACTIONS_RUNTIME_TOKEN: `decoy-${randomUUID()}`,
    ACTIONS_RUNTIME_URL: `${urls.server}/_runtime/`,
    ACTIONS_RESULTS_URL: `${urls.server}/_results/`,
    ACTIONS_CACHE_URL: `${urls.server}/_cache/`,
    ...inputVariables(step.inputs),
  };
}

/** `wandb-api-key` → `INPUT_WANDB-API-KEY`: upper case, blanks to underscores, dashes kept. */
function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}
