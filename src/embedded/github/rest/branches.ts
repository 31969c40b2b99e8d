import { findCommit, type Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { ApiError, ok } from "../reply.ts";
import { param, type Route, reads, route } from "../router.ts";
import { showCommit } from "../shapes/commits.ts";

export const branchRoutes: readonly Route[] = [
  // Names what holds for a branch without saying how to get around it, so every reader may ask.
  route("GET rules/branches/*branch", reads("metadata"), (hub, request) =>
    ok(rulesOf(hub, param(request, "branch"))),
  ),
  route("GET branches/*branch", reads("contents"), async (hub, request) => {
    const name = param(request, "branch");
    const commit = await findCommit(hub, `refs/heads/${name}`);
    if (commit === undefined) throw new ApiError(404, "Branch not found");
    const guarded = isProtected(hub, name);
    const url = `${hub.urls.repo}/branches/${name}`;
    return ok({
      name,
      commit: showCommit(hub, commit),
      _links: { self: url, html: `${hub.urls.html}/tree/${name}` },
      protected: guarded,
      protection: {
        enabled: guarded && hub.settings.protection?.kind === "classic",
        required_status_checks: { enforcement_level: "off", contexts: [], checks: [] },
      },
      protection_url: `${url}/protection`,
    });
  }),
];

function isProtected(hub: Hub, branch: string): boolean {
  return hub.settings.protection !== null && branch === hub.repository.defaultBranch;
}

/** Classic protection is not among the rules: that it is there shows only in `protected` of the branch. */
function rulesOf(hub: Hub, branch: string): JsonObject[] {
  const { protection } = hub.settings;
  if (protection?.kind !== "ruleset" || !isProtected(hub, branch)) return [];
  const { owner, name } = hub.repository;
  return [
    {
      type: "pull_request",
      parameters: {
        required_approving_review_count: protection.approvals ?? 0,
        dismiss_stale_reviews_on_push: protection.dismissStale ?? false,
        require_code_owner_review: false,
        require_last_push_approval: false,
        required_review_thread_resolution: false,
        allowed_merge_methods: ["merge", "squash", "rebase"],
      },
      ruleset_source_type: "Repository",
      ruleset_source: `${owner}/${name}`,
      ruleset_id: 1,
    },
  ];
}
