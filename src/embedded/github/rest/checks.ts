import * as z from "zod";
import { findCommit, type Hub, stamp, takeId } from "../hub.ts";
import { listReply, pageOf } from "../paging.ts";
import { ApiError, created, notFound, ok, unprocessable } from "../reply.ts";
import {
  type ApiRequest,
  numberParam,
  param,
  parseBody,
  type Route,
  reads,
  route,
  writes,
} from "../router.ts";
import { showCheckRun } from "../shapes/runs.ts";
import type { CheckRun } from "../state.ts";
import { checkText } from "./text-limits.ts";

const Conclusion = z.enum([
  "action_required",
  "cancelled",
  "failure",
  "neutral",
  "success",
  "skipped",
  "stale",
  "timed_out",
]);
const Annotation = z.looseObject({
  path: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  annotation_level: z.enum(["notice", "warning", "failure"]),
  message: z.string().max(65_536),
  title: z.string().max(255).nullable().default(null),
  raw_details: z.string().max(65_536).nullable().default(null),
});
const Output = z.looseObject({
  title: z.string().optional(),
  summary: z.string(),
  text: z.string().optional(),
  annotations: z.array(Annotation).max(50).default([]),
});
const Fields = {
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: Conclusion.optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  external_id: z.string().optional(),
  details_url: z.string().optional(),
  output: Output.optional(),
};
const CreateCheck = z.looseObject({ name: z.string().min(1), head_sha: z.string(), ...Fields });
const UpdateCheck = z.looseObject({ name: z.string().min(1).optional(), ...Fields });

export const checkRoutes: readonly Route[] = [
  route("POST check-runs", writes("checks"), async (hub, request) => {
    refusePeople(request);
    const body = parseBody(request, CreateCheck);
    const commit = /^[0-9a-f]{40}$/.test(body.head_sha) ? await findCommit(hub, body.head_sha) : undefined;
    if (commit === undefined) throw unprocessable(`No commit found for SHA: ${body.head_sha}`);
    const check: CheckRun = {
      id: takeId(hub),
      name: body.name,
      headSha: commit.sha,
      status: "queued",
      conclusion: null,
      startedAt: stamp(hub),
      completedAt: null,
      externalId: "",
      detailsUrl: null,
      output: { title: null, summary: null, text: null },
      annotations: [],
    };
    applyFields(hub, check, body);
    hub.state.checkRuns.set(check.id, check);
    return created(showCheckRun(hub, check), `${hub.urls.repo}/check-runs/${check.id}`);
  }),

  route("PATCH check-runs/:id", writes("checks"), (hub, request) => {
    refusePeople(request);
    const check = findCheck(hub, request);
    applyFields(hub, check, parseBody(request, UpdateCheck));
    return ok(showCheckRun(hub, check));
  }),

  route("GET check-runs/:id", reads("checks"), (hub, request) =>
    ok(showCheckRun(hub, findCheck(hub, request))),
  ),

  route("GET check-runs/:id/annotations", reads("checks"), (hub, request) => {
    const check = findCheck(hub, request);
    return listReply(hub, request, {
      path: `check-runs/${check.id}/annotations`,
      all: check.annotations,
      show: (one) => ({
        ...one,
        start_column: null,
        end_column: null,
        blob_href: `${hub.urls.html}/blob/${check.headSha}/${one.path}`,
      }),
    });
  }),

  route("GET commits/:ref/check-runs", reads("checks"), async (hub, request) => {
    const ref = param(request, "ref");
    const commit = await findCommit(hub, ref);
    if (commit === undefined) throw unprocessable(`No commit found for SHA: ${ref}`);
    const { items, headers } = pageOf(
      hub,
      request,
      `commits/${ref}/check-runs`,
      selected(hub, request, commit.sha),
    );
    const total = selected(hub, request, commit.sha).length;
    return {
      status: 200,
      headers,
      body: { total_count: total, check_runs: items.map((one) => showCheckRun(hub, one)) },
    };
  }),
];

function findCheck(hub: Hub, request: ApiRequest): CheckRun {
  const check = hub.state.checkRuns.get(numberParam(request, "id"));
  if (check === undefined) throw notFound();
  return check;
}

/** Newest first; by default only the latest of each name. */
function selected(hub: Hub, request: ApiRequest, sha: string): CheckRun[] {
  const { query } = request;
  const all = [...hub.state.checkRuns.values()]
    .filter((check) => check.headSha === sha)
    .filter((check) => !query.has("check_name") || check.name === query.get("check_name"))
    .filter((check) => !query.has("status") || check.status === query.get("status"))
    .reverse();
  if (query.get("filter") === "all") return all;
  return all.filter((check, at) => all.findIndex((other) => other.name === check.name) === at);
}

function applyFields(hub: Hub, check: CheckRun, fields: z.infer<typeof UpdateCheck>): void {
  if (fields.status === "completed" && fields.conclusion === undefined) {
    throw unprocessable('Invalid request.\n\n"conclusion" wasn\'t supplied.');
  }
  if (fields.output !== undefined) setOutput(check, fields.output);
  if (fields.status !== undefined) check.status = fields.status;
  if (fields.conclusion !== undefined) {
    check.status = "completed";
    check.conclusion = fields.conclusion;
    check.completedAt = fields.completed_at ?? stamp(hub);
  }
  if (fields.started_at !== undefined) check.startedAt = fields.started_at;
  if (fields.external_id !== undefined) check.externalId = fields.external_id;
  if (fields.details_url !== undefined) check.detailsUrl = fields.details_url;
}

function setOutput(check: CheckRun, output: z.infer<typeof Output>): void {
  checkText({ resource: "CheckRun", field: "summary", text: output.summary, most: 65_535 });
  checkText({ resource: "CheckRun", field: "text", text: output.text ?? "", most: 65_535 });
  check.output = {
    title: output.title ?? check.output.title,
    summary: output.summary,
    text: output.text ?? null,
  };
  // Each request adds to what is there; nothing takes one away.
  check.annotations.push(
    ...output.annotations.map(
      ({ path, start_line, end_line, annotation_level, message, title, raw_details }) => ({
        path,
        start_line,
        end_line,
        annotation_level,
        message,
        title,
        raw_details,
      }),
    ),
  );
}

/** Check runs belong to apps; a personal token never makes one. */
function refusePeople(request: ApiRequest): void {
  if (request.actor.kind === "user") throw new ApiError(403, "You must authenticate via a GitHub App.");
}
