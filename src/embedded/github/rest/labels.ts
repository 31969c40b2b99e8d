import * as z from "zod";
import type { Requirement } from "../access.ts";
import { type Hub, stamp, takeId } from "../hub.ts";
import { listReply } from "../paging.ts";
import { findPull } from "../pulls/lookup.ts";
import { ApiError, noContent, ok } from "../reply.ts";
import { type ApiRequest, numberParam, param, parseBody, type Route, reads, route } from "../router.ts";
import { showLabel } from "../shapes/pulls.ts";
import type { Pull } from "../state.ts";

const Names = z.array(
  z.union([z.string(), z.looseObject({ name: z.string() }).transform((label) => label.name)]),
);
const LabelBody = z.union([Names, z.looseObject({ labels: Names }).transform((body) => body.labels)]);
const labelling: Requirement = { scopes: ["issues", "pull-requests"], level: "write", role: "triage" };

export const labelRoutes: readonly Route[] = [
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

function addLabel(hub: Hub, pull: Pull, name: string): void {
  const key = name.toLowerCase();
  if (!hub.state.labels.has(key)) hub.state.labels.set(key, { id: takeId(hub), name });
  if (!pull.labels.some((label) => sameName(label, name)))
    pull.labels.push(hub.state.labels.get(key)?.name ?? name);
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
