import type { Hub } from "../hub.ts";
import type { Json, JsonObject } from "../json.ts";
import type { WorkflowJobRun, WorkflowRun } from "../state.ts";
import type { ExpressionScope } from "./expressions.ts";

export interface JobFacts {
  readonly job?: WorkflowJobRun;
  readonly token?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly workspace?: string;
  readonly needs?: JsonObject;
}

/** What `${{ }}` can see in a run, and in one of its jobs. */
export function scopeOf(
  hub: Hub,
  run: Pick<WorkflowRun, "id" | "number" | "event" | "payload" | "ref" | "headSha" | "actor" | "inputs">,
  facts: JobFacts = {},
  status: ExpressionScope["status"] = { failed: false, cancelled: false },
): ExpressionScope {
  const { repository, urls } = hub;
  const { job } = facts;
  const github: Record<string, Json> = {
    event_name: run.event,
    event: run.payload,
    repository: `${repository.owner}/${repository.name}`,
    repository_owner: repository.owner,
    ref: run.ref,
    ref_name: run.ref.replace(/^refs\/(heads|tags)\//, ""),
    sha: run.headSha,
    actor: run.actor,
    triggering_actor: run.actor,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: "1",
    workflow: hub.dispatcher.workflowName,
    job: job?.key ?? "",
    token: facts.token ?? "",
    workspace: facts.workspace ?? "",
    server_url: urls.server,
    api_url: urls.api,
    graphql_url: `${urls.server}/api/graphql`,
  };
  const contexts = {
    github,
    inputs: run.inputs,
    secrets: { ...facts.secrets, GITHUB_TOKEN: facts.token ?? "" },
    matrix: job?.matrix ?? {},
    strategy: { "job-index": job?.index ?? 0, "job-total": job?.total ?? 1, "fail-fast": false },
    needs: facts.needs ?? {},
    vars: {},
    env: {},
  };
  return { contexts, status };
}
