import type { JobDefinition, WorkflowDefinition } from "./definition.ts";
import { expression } from "./expression.ts";

/** Everything that writes the ledger for the loop takes turns; nobody's turn is dropped. */
const control = { group: "autoloop-control", cancelInProgress: false, queue: "max" } as const;

const commandJob: JobDefinition = {
  if: "github.event_name == 'issue_comment' && github.event.issue.pull_request && github.event.sender.type != 'Bot' && startsWith(github.event.comment.body, '/')",
  runsOn: "ubuntu-latest",
  // No concurrency group: a stop never waits behind the training that it must stop.
  permissions: { contents: "write", issues: "write", "pull-requests": "write", actions: "write" },
  steps: [{ uses: "action", with: { command: "comment" } }],
};

const controlJob: JobDefinition = {
  if: "github.event_name != 'issue_comment' && inputs.mode != 'train'",
  runsOn: "ubuntu-latest",
  permissions: {
    contents: "write",
    "pull-requests": "write",
    issues: "write",
    actions: "write",
    checks: "write",
  },
  concurrency: control,
  steps: [
    {
      uses: "action",
      with: {
        command: "reconcile",
        mode: expression("inputs.mode"),
        "wandb-api-key": expression("secrets.WANDB_API_KEY"),
        "webhook-url": expression("secrets.AUTOLOOP_WEBHOOK_URL"),
      },
    },
  ],
};

const trainJob: JobDefinition = {
  if: "github.event_name == 'workflow_dispatch' && inputs.mode == 'train'",
  runsOn: ["self-hosted", "gpu"],
  permissions: { contents: "read" },
  timeoutMinutes: 7200,
  matrix: { trials: expression(`fromJSON(inputs.trials || '["all"]')`) },
  steps: [
    {
      uses: "action",
      with: {
        command: "launch",
        dispatch: expression("inputs.dispatch"),
        trials: expression("matrix.trials"),
        outcomes: "outcomes",
        "wandb-api-key": expression("secrets.WANDB_API_KEY"),
      },
    },
    {
      uses: "actions/upload-artifact",
      if: "always()",
      with: {
        name: `outcomes-${expression("strategy.job-index")}`,
        path: "outcomes",
        "if-no-files-found": "warn",
      },
    },
  ],
};

const collectJob: JobDefinition = {
  needs: ["train"],
  if: "always() && github.event_name == 'workflow_dispatch' && inputs.mode == 'train'",
  runsOn: "ubuntu-latest",
  permissions: {
    contents: "write",
    "pull-requests": "write",
    issues: "write",
    actions: "write",
    checks: "write",
  },
  concurrency: control,
  steps: [
    {
      uses: "actions/download-artifact",
      with: { pattern: "outcomes-*", "merge-multiple": "true", path: "outcomes" },
    },
    {
      uses: "action",
      with: {
        command: "collect",
        dispatch: expression("inputs.dispatch"),
        outcomes: "outcomes",
        "wandb-api-key": expression("secrets.WANDB_API_KEY"),
        "webhook-url": expression("secrets.AUTOLOOP_WEBHOOK_URL"),
      },
    },
  ],
};

/** The consumer's workflow: what `examples/workflows/autoloop.yml` says, as data that the embedded runner runs. */
export const autoloopWorkflow: WorkflowDefinition = {
  name: "autoloop",
  runName: `autoloop ${expression("inputs.mode || github.event_name")} ${expression("inputs.dispatch")}`,
  on: {
    schedule: [{ cron: "17 13,15,17,19,21,23 * * *" }],
    issue_comment: { types: ["created"] },
    push: { branches: ["main"], paths: ["**/reports/data/rounds/*.json"] },
    workflow_dispatch: {
      inputs: {
        mode: {
          type: "choice",
          options: ["report", "propose", "reconcile", "status", "train"],
          default: "reconcile",
        },
        dispatch: { type: "string" },
        trials: { type: "string", default: '["all"]' },
      },
    },
  },
  permissions: {},
  jobs: { command: commandJob, control: controlJob, train: trainJob, collect: collectJob },
};

/** The same workflow for a repository that keeps its round manifests elsewhere. */
export function withPushPaths(workflow: WorkflowDefinition, paths: readonly string[]): WorkflowDefinition {
  const branches = workflow.on.push?.branches ?? ["main"];
  return { ...workflow, on: { ...workflow.on, push: { branches, paths } } };
}
