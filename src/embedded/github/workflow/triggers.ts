import { actionsBot } from "../access.ts";
import { readCommit } from "../git/commits.ts";
import { changedPaths, EMPTY_TREE } from "../git/diff.ts";
import { isAncestor, log } from "../git/history.ts";
import { type RefChange, ZERO } from "../git/refs.ts";
import { branchRef, branchTip, findCommit, type Hub } from "../hub.ts";
import type { Json, JsonObject } from "../json.ts";
import { unprocessable } from "../reply.ts";
import { showComment } from "../shapes/comments.ts";
import { ownerUser, showLogin } from "../shapes/people.ts";
import { showIssue } from "../shapes/pulls.ts";
import { showRepository } from "../shapes/repository.ts";
import type { WorkflowDefinition } from "./definition.ts";
import { anyPathMatches, asksToSkip } from "./path-filter.ts";

/** A workflow run that an event asks for. */
export interface RunRequest {
  readonly event: "push" | "issue_comment" | "schedule" | "workflow_dispatch";
  readonly actor: string;
  readonly ref: string;
  readonly headSha: string;
  readonly payload: JsonObject;
  readonly inputs: Readonly<Record<string, string>>;
}

export async function onPush(
  hub: Hub,
  workflow: WorkflowDefinition,
  push: { readonly change: RefChange; readonly by: string },
): Promise<RunRequest | undefined> {
  const { change, by } = push;
  const filter = workflow.on.push;
  const branch = /^refs\/heads\/(.+)$/.exec(change.ref)?.[1];
  if (filter === undefined || branch === undefined || change.after === ZERO) return undefined;
  if (!filter.branches.includes(branch)) return undefined;
  const head = await readCommit(hub.objects, change.after);
  if (head === undefined || asksToSkip(head.message)) return undefined;
  const before = change.before === ZERO ? EMPTY_TREE : change.before;
  const paths = await changedPaths(hub.git, { before, after: change.after });
  if (filter.paths !== undefined && !anyPathMatches(filter.paths, paths)) return undefined;
  const payload = await pushPayload(hub, change, by);
  return { event: "push", actor: by, ref: change.ref, headSha: change.after, payload, inputs: {} };
}

/** Comments always run the default branch's workflow, and say nothing about the head of the pull request. */
export async function onComment(
  hub: Hub,
  workflow: WorkflowDefinition,
  event: { readonly id: number; readonly action: string; readonly by: string },
): Promise<RunRequest | undefined> {
  const comment = hub.state.comments.get(event.id);
  const pull = comment === undefined ? undefined : hub.state.pulls.get(comment.issue);
  if (comment === undefined || pull === undefined) return undefined;
  if (!workflow.on.issue_comment?.types.includes(event.action)) return undefined;
  const payload = {
    action: event.action,
    issue: showIssue(hub, pull),
    comment: showComment(hub, comment),
    ...about(hub, event.by),
  };
  return { event: "issue_comment", actor: event.by, ...(await defaultBranch(hub)), payload, inputs: {} };
}

export async function onSchedule(hub: Hub, workflow: WorkflowDefinition): Promise<RunRequest> {
  const cron = workflow.on.schedule?.[0]?.cron;
  if (cron === undefined) throw new Error("The workflow has no schedule.");
  const actor = ownerUser(hub).login;
  const payload = { schedule: cron, workflow: workflowPath(hub), ...about(hub, actor) };
  return { event: "schedule", actor, ...(await defaultBranch(hub)), payload, inputs: {} };
}

export async function onDispatch(
  hub: Hub,
  workflow: WorkflowDefinition,
  request: { readonly ref: string; readonly inputs: JsonObject; readonly by: string },
): Promise<RunRequest> {
  const declared = workflow.on.workflow_dispatch?.inputs;
  if (declared === undefined) throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
  const ref = request.ref.startsWith("refs/") ? request.ref : branchRef(request.ref);
  const commit = await findCommit(hub, request.ref);
  if (commit === undefined) throw unprocessable(`No ref found for: ${request.ref}`);
  const inputs = checkInputs(declared, request.inputs);
  const payload = { inputs, ref, workflow: workflowPath(hub), ...about(hub, request.by) };
  return { event: "workflow_dispatch", actor: request.by, ref, headSha: commit.sha, payload, inputs };
}

const MOST_INPUTS = 25;
const LONGEST_INPUTS = 65_535;

function checkInputs(
  declared: NonNullable<WorkflowDefinition["on"]["workflow_dispatch"]>["inputs"],
  given: JsonObject,
): Record<string, string> {
  const names = Object.keys(given);
  if (names.length > MOST_INPUTS)
    throw unprocessable(
      `Invalid request.\n\nOnly ${MOST_INPUTS} properties are allowed; ${names.length} were supplied.`,
    );
  if (JSON.stringify(given).length > LONGEST_INPUTS) throw unprocessable("inputs are too large.");
  const unexpected = names.filter((name) => !(name in declared));
  if (unexpected.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const inputs: Record<string, string> = {};
  for (const [name, input] of Object.entries(declared)) {
    const value = given[name] ?? input.default;
    if (value === undefined) {
      if (input.required) throw unprocessable(`Required input '${name}' not provided`);
      inputs[name] = "";
      continue;
    }
    if (typeof value === "object") throw unprocessable(`Provided value for input '${name}' is not a string`);
    inputs[name] = String(value);
    if (input.type === "choice" && !input.options?.includes(inputs[name])) {
      throw unprocessable(
        `Provided value '${inputs[name]}' for input '${name}' not in the list of allowed values`,
      );
    }
  }
  return inputs;
}

async function defaultBranch(hub: Hub): Promise<{ ref: string; headSha: string }> {
  const { defaultBranch: branch } = hub.repository;
  return { ref: branchRef(branch), headSha: (await branchTip(hub, branch)) ?? ZERO };
}

function about(hub: Hub, login: string): { repository: JsonObject; sender: JsonObject | null } {
  return { repository: showRepository(hub), sender: showLogin(hub, login) };
}

function workflowPath(hub: Hub): string {
  return `.github/workflows/${hub.dispatcher.workflowFile}`;
}

async function pushPayload(hub: Hub, change: RefChange, by: string): Promise<JsonObject> {
  const fresh = change.before === ZERO;
  const revisions = fresh ? [change.after] : [`${change.before}..${change.after}`];
  const commits = await log(hub.git, { revisions, oldestFirst: true });
  const shown = await Promise.all(commits.slice(-20).map((commit) => showPushed(hub, commit.sha)));
  const pusher = hub.access.find(by) ?? actionsBot;
  return {
    ref: change.ref,
    before: change.before,
    after: change.after,
    created: fresh,
    deleted: false,
    forced: !fresh && !(await isAncestor(hub.git, { ancestor: change.before, of: change.after })),
    base_ref: null,
    compare: `${hub.urls.html}/compare/${change.before.slice(0, 12)}...${change.after.slice(0, 12)}`,
    commits: shown,
    head_commit: shown.at(-1) ?? null,
    pusher: { name: pusher.login, email: `${pusher.login}@users.noreply.github.com` },
    ...about(hub, by),
  };
}

async function showPushed(hub: Hub, sha: string): Promise<Json> {
  const commit = await readCommit(hub.objects, sha);
  if (commit === undefined) return null;
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${hub.urls.html}/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
  };
}
