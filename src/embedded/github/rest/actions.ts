import * as z from "zod";
import type { Hub } from "../hub.ts";
import type { Json } from "../json.ts";
import { pageOf } from "../paging.ts";
import { ApiError, noContent, notFound, ok, type Reply } from "../reply.ts";
import {
  type ApiRequest,
  actorUser,
  numberParam,
  param,
  parseBody,
  type Route,
  reads,
  route,
  writes,
} from "../router.ts";
import { showJob, showRun, showWorkflow, WORKFLOW_ID } from "../shapes/runs.ts";
import type { WorkflowRun } from "../state.ts";

const Dispatch = z.looseObject({
  ref: z.string(),
  inputs: z.record(z.string(), z.json()).default({}),
  return_run_details: z.boolean().default(false),
});

export const actionsRoutes: readonly Route[] = [
  route("POST actions/workflows/:file/dispatches", writes("actions"), async (hub, request) => {
    requireWorkflow(hub, request);
    const body = parseBody(request, Dispatch);
    const run = await hub.dispatcher.dispatch({ ref: body.ref, inputs: body.inputs, by: actorUser(request) });
    if (!body.return_run_details) return noContent;
    const shown = showRun(hub, run);
    return ok({
      workflow_run_id: run.id,
      run_url: shown["url"] ?? null,
      html_url: shown["html_url"] ?? null,
    });
  }),

  route("GET actions/workflows/:file/runs", reads("actions"), (hub, request) => {
    requireWorkflow(hub, request);
    return listRuns(hub, request);
  }),

  route("GET actions/runs/:id", reads("actions"), (hub, request) => ok(showRun(hub, findRun(hub, request)))),

  route("POST actions/runs/:id/cancel", writes("actions"), (hub, request): Reply => {
    const run = findRun(hub, request);
    if (hub.dispatcher.cancel(run) === "already-over") {
      throw new ApiError(409, "Cannot cancel a workflow run that is completed.");
    }
    return { status: 202, body: {} };
  }),

  route("GET actions/workflows/:file", reads("actions"), (hub, request) => {
    requireWorkflow(hub, request);
    return ok(showWorkflow(hub));
  }),

  route("GET actions/runs/:id/jobs", reads("actions"), (hub, request) => {
    const run = findRun(hub, request);
    const { items, headers } = pageOf(hub, request, `actions/runs/${run.id}/jobs`, run.jobs);
    const jobs = items.map((job) => showJob(hub, run, job));
    return { status: 200, headers, body: { total_count: run.jobs.length, jobs } };
  }),
];

function listRuns(hub: Hub, request: ApiRequest): Reply {
  const path = `actions/workflows/${param(request, "file")}/runs`;
  const all = [...hub.state.runs.values()].filter((run) => matches(run, request.query)).reverse();
  const { items, headers } = pageOf(hub, request, path, all);
  const body: Json = { total_count: all.length, workflow_runs: items.map((run) => showRun(hub, run)) };
  return { status: 200, headers, body };
}

function matches(run: WorkflowRun, query: URLSearchParams): boolean {
  const wants = (name: string, test: (value: string) => boolean): boolean => {
    const value = query.get(name);
    return value === null || value === "" || test(value);
  };
  return (
    wants("event", (value) => run.event === value) &&
    wants("actor", (value) => run.actor.toLowerCase() === value.toLowerCase()) &&
    wants("branch", (value) => run.ref === `refs/heads/${value}`) &&
    wants("head_sha", (value) => run.headSha === value) &&
    // One parameter for both columns.
    wants("status", (value) => run.status === value || run.conclusion === value) &&
    wants("created", (value) => insideDates(run.createdAt, value))
  );
}

/** The search syntax of dates: `>=D`, `>D`, `<=D`, `<D`, `D..D` with `*` for open ends, or a day. */
export function insideDates(at: string, range: string): boolean {
  const time = Date.parse(at);
  const compared = /^(>=|<=|>|<)(.+)$/.exec(range);
  if (compared !== null) {
    const [, operator = "", date = ""] = compared;
    const limit = Date.parse(date);
    if (operator === ">=") return time >= limit;
    if (operator === "<=") return time <= limit;
    return operator === ">" ? time > limit : time < limit;
  }
  if (range.includes("..")) {
    const [from = "*", to = "*"] = range.split("..");
    return (from === "*" || time >= Date.parse(from)) && (to === "*" || time <= Date.parse(to));
  }
  return at.startsWith(range.slice(0, 10));
}

function requireWorkflow(hub: Hub, request: ApiRequest): void {
  const file = param(request, "file");
  if (file !== hub.dispatcher.workflowFile && file !== String(WORKFLOW_ID)) throw notFound();
}

function findRun(hub: Hub, request: ApiRequest): WorkflowRun {
  const run = hub.state.runs.get(numberParam(request, "id"));
  if (run === undefined) throw notFound();
  return run;
}
