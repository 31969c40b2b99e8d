import type { Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import type { CheckRun, WorkflowJobRun, WorkflowRun } from "../state.ts";
import { nodeId, showLogin, showUser } from "./people.ts";
import { FOUNDED, showRepository } from "./repository.ts";

/** One repository has one workflow here. */
export const WORKFLOW_ID = 1;

export function showWorkflow(hub: Hub): JsonObject {
  const { urls, dispatcher } = hub;
  const path = `.github/workflows/${dispatcher.workflowFile}`;
  const url = `${urls.repo}/actions/workflows/${WORKFLOW_ID}`;
  return {
    id: WORKFLOW_ID,
    node_id: nodeId("Workflow", WORKFLOW_ID),
    name: dispatcher.workflowName,
    path,
    state: "active",
    created_at: FOUNDED,
    updated_at: FOUNDED,
    url,
    html_url: `${urls.html}/blob/${hub.repository.defaultBranch}/${path}`,
    badge_url: `${urls.html}/workflows/${encodeURIComponent(dispatcher.workflowName)}/badge.svg`,
  };
}

export function showRun(hub: Hub, run: WorkflowRun): JsonObject {
  const { urls, dispatcher } = hub;
  const url = `${urls.repo}/actions/runs/${run.id}`;
  return {
    id: run.id,
    name: dispatcher.workflowName,
    node_id: nodeId("WorkflowRun", run.id),
    head_branch: run.ref.replace(/^refs\/(heads|tags)\//, ""),
    head_sha: run.headSha,
    path: `.github/workflows/${dispatcher.workflowFile}`,
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: WORKFLOW_ID,
    url,
    html_url: `${urls.html}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    actor: showLogin(hub, run.actor),
    run_attempt: 1,
    run_started_at: run.createdAt,
    triggering_actor: showLogin(hub, run.actor),
    // Nobody here asks; the description allows null.
    head_commit: null,
    check_suite_id: run.id,
    check_suite_url: `${urls.repo}/check-suites/${run.id}`,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${urls.repo}/actions/workflows/${WORKFLOW_ID}`,
    repository: showRepository(hub),
    head_repository: showRepository(hub),
  };
}

export function showJob(hub: Hub, run: WorkflowRun, job: WorkflowJobRun): JsonObject {
  return {
    id: job.id,
    run_id: run.id,
    run_url: `${hub.urls.repo}/actions/runs/${run.id}`,
    run_attempt: 1,
    node_id: nodeId("CheckRun", job.id),
    head_sha: run.headSha,
    head_branch: run.ref.replace(/^refs\/(heads|tags)\//, ""),
    url: `${hub.urls.repo}/actions/jobs/${job.id}`,
    html_url: `${hub.urls.html}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.startedAt ?? job.createdAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map((step, at) => ({
      name: step.name,
      status: step.status,
      conclusion: step.conclusion,
      number: at + 1,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    })),
    check_run_url: `${hub.urls.repo}/check-runs/${job.id}`,
    labels: job.labels,
    runner_id: job.runner === null ? null : 1,
    runner_name: job.runner,
    runner_group_id: job.runner === null ? null : 1,
    runner_group_name: job.runner === null ? null : "Default",
    workflow_name: hub.dispatcher.workflowName,
  };
}

/** The app behind GITHUB_TOKEN, with its real id. */
function actionsApp(hub: Hub): JsonObject {
  return {
    id: 15368,
    slug: "github-actions",
    node_id: nodeId("App", 15368),
    name: "GitHub Actions",
    owner: showUser(hub, { login: "github", id: 9919, type: "User", role: "none" }),
    description: "Automate your workflow from idea to production",
    external_url: "https://help.github.com/en/actions",
    html_url: `${hub.urls.server}/apps/github-actions`,
    created_at: FOUNDED,
    updated_at: FOUNDED,
    permissions: { actions: "write", checks: "write", contents: "write" },
    events: [],
  };
}

export function showCheckRun(hub: Hub, check: CheckRun): JsonObject {
  const url = `${hub.urls.repo}/check-runs/${check.id}`;
  return {
    id: check.id,
    name: check.name,
    node_id: nodeId("CheckRun", check.id),
    head_sha: check.headSha,
    external_id: check.externalId,
    url,
    html_url: `${hub.urls.html}/runs/${check.id}`,
    details_url: check.detailsUrl,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      title: check.output.title,
      summary: check.output.summary,
      text: check.output.text,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: 1 },
    app: actionsApp(hub),
    pull_requests: [],
  };
}
