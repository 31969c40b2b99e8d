import type { Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { nodeId, ownerUser, showUser } from "./people.ts";

/** `owner` other than ours: somebody's fork. */
export function showRepository(hub: Hub, owner = hub.repository.owner): JsonObject {
  const { repository, urls } = hub;
  const ours = owner === repository.owner;
  const user = ours ? ownerUser(hub) : (hub.access.find(owner) ?? ownerUser(hub));
  const id = ours ? repository.id : repository.id + user.id;
  const fullName = `${owner}/${repository.name}`;
  const html = `${urls.server}/${fullName}`;
  return {
    id,
    node_id: nodeId("Repository", id),
    name: repository.name,
    full_name: fullName,
    private: repository.private,
    owner: showUser(hub, user),
    html_url: html,
    description: null,
    fork: !ours,
    url: `${urls.api}/repos/${fullName}`,
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    default_branch: repository.defaultBranch,
    visibility: repository.private ? "private" : "public",
    archived: false,
    disabled: false,
    has_issues: true,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
  };
}
