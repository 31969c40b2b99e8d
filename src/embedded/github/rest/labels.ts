import * as z from "zod";
import type { Requirement } from "../access.ts";
import { type Hub, stamp, takeId } from "../hub.ts";
import { listReply } from "../paging.ts";
import { findPull } from "../pulls/lookup.ts";
import { ApiError, created, noContent, notFound, ok, validationFailed } from "../reply.ts";
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
import { showLabel } from "../shapes/pulls.ts";
import type { Label, Pull } from "../state.ts";

const Names = z.array(
  z.union([z.string(), z.looseObject({ name: z.string() }).transform((label) => label.name)]),
);
const LabelBody = z.union([Names, z.looseObject({ labels: Names }).transform((body) => body.labels)]);
const Color = z.string().regex(/^[0-9a-fA-F]{6}$/);
const NewLabel = z.looseObject({
  name: z.string(),
  color: Color.default("ededed"),
  description: z.string().max(100).nullable().default(null),
});
const LabelChange = z.looseObject({
  new_name: z.string().optional(),
  color: Color.optional(),
  description: z.string().max(100).nullable().optional(),
});
const labelling: Requirement = { scopes: ["issues", "pull-requests"], level: "write", role: "triage" };
const LONGEST_NAME = 50;

export const labelRoutes: readonly Route[] = [
  route("GET labels", reads("issues", "pull-requests"), (hub, request) =>
    listReply(hub, request, {
      path: "labels",
      all: [...hub.state.labels.values()],
      show: (label) => showLabel(hub, label.name),
    }),
  ),
  route("GET labels/:name", reads("issues", "pull-requests"), (hub, request) =>
    ok(showLabel(hub, findLabel(hub, request).name)),
  ),
  route("POST labels", writes("issues", "pull-requests"), (hub, request) => {
    const { name, color, description } = parseBody(request, NewLabel);
    if (hub.state.labels.has(name.toLowerCase())) {
      throw validationFailed({ resource: "Label", code: "already_exists", field: "name" });
    }
    const label = makeLabel(hub, name);
    label.color = color;
    label.description = description;
    return created(showLabel(hub, name), `${hub.urls.repo}/labels/${encodeURIComponent(name)}`);
  }),
  route("PATCH labels/:name", writes("issues", "pull-requests"), (hub, request) => {
    const label = findLabel(hub, request);
    const { color, description } = parseBody(request, LabelChange);
    if (color !== undefined) label.color = color;
    if (description !== undefined) label.description = description;
    return ok(showLabel(hub, label.name));
  }),

  route("GET issues/:number/labels", reads("issues", "pull-requests"), (hub, request) =>
    showLabels(hub, request, pullOf(hub, request)),
  ),

  // A label that nobody made yet comes into being here, as on GitHub.
  route("POST issues/:number/labels", labelling, (hub, request) => {
    const pull = pullOf(hub, request);
    for (const name of parseBody(request, LabelBody)) addLabel(hub, pull, name);
    pull.updatedAt = stamp(hub);
    return showLabels(hub, request, pull);
  }),

  route("PUT issues/:number/labels", labelling, (hub, request) => {
    const pull = pullOf(hub, request);
    const names = parseBody(request, LabelBody);
    pull.labels.length = 0;
    for (const name of names) addLabel(hub, pull, name);
    pull.updatedAt = stamp(hub);
    return showLabels(hub, request, pull);
  }),

  route("DELETE issues/:number/labels", labelling, (hub, request) => {
    pullOf(hub, request).labels.length = 0;
    return noContent;
  }),

  route("DELETE issues/:number/labels/:name", labelling, (hub, request) => {
    const pull = pullOf(hub, request);
    const at = pull.labels.findIndex((label) => sameName(label, param(request, "name")));
    if (at === -1) throw new ApiError(404, "Label does not exist");
    pull.labels.splice(at, 1);
    return ok(pull.labels.map((label) => showLabel(hub, label)));
  }),
];

function findLabel(hub: Hub, request: ApiRequest): Label {
  const label = hub.state.labels.get(param(request, "name").toLowerCase());
  if (label === undefined) throw notFound();
  return label;
}

function makeLabel(hub: Hub, name: string): Label {
  if (name === "" || name.length > LONGEST_NAME) {
    throw validationFailed({ resource: "Label", code: "invalid", field: "name" });
  }
  const label: Label = { id: takeId(hub), name, color: "ededed", description: null };
  hub.state.labels.set(name.toLowerCase(), label);
  return label;
}

function addLabel(hub: Hub, pull: Pull, name: string): void {
  const label = hub.state.labels.get(name.toLowerCase()) ?? makeLabel(hub, name);
  if (!pull.labels.some((known) => sameName(known, name))) pull.labels.push(label.name);
}

function pullOf(hub: Hub, request: ApiRequest): Pull {
  return findPull(hub, numberParam(request, "number"));
}

function showLabels(hub: Hub, request: ApiRequest, pull: Pull): ReturnType<typeof listReply> {
  const path = `issues/${pull.number}/labels`;
  return listReply(hub, request, { path, all: pull.labels, show: (label) => showLabel(hub, label) });
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
