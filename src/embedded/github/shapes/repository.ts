import type { Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import { nodeId, ownerUser, showUser } from "./people.ts";

/** The repository is older than everything in it. */
export const FOUNDED = "2026-01-01T00:00:00Z";

/** Links of every repository: name of the field → path below it, with the template that clients fill in. */
const LINKS: Readonly<Record<string, string>> = {
  archive_url: "{archive_format}{/ref}",
  assignees_url: "assignees{/user}",
  blobs_url: "git/blobs{/sha}",
  branches_url: "branches{/branch}",
  collaborators_url: "collaborators{/collaborator}",
  comments_url: "comments{/number}",
  commits_url: "commits{/sha}",
  compare_url: "compare/{base}...{head}",
  contents_url: "contents/{+path}",
  contributors_url: "contributors",
  deployments_url: "deployments",
  downloads_url: "downloads",
  events_url: "events",
  forks_url: "forks",
  git_commits_url: "git/commits{/sha}",
  git_refs_url: "git/refs{/sha}",
  git_tags_url: "git/tags{/sha}",
  hooks_url: "hooks",
  issue_comment_url: "issues/comments{/number}",
  issue_events_url: "issues/events{/number}",
  issues_url: "issues{/number}",
  keys_url: "keys{/key_id}",
  labels_url: "labels{/name}",
  languages_url: "languages",
  merges_url: "merges",
  milestones_url: "milestones{/number}",
  notifications_url: "notifications{?since,all,participating}",
  pulls_url: "pulls{/number}",
  releases_url: "releases{/id}",
  stargazers_url: "stargazers",
  statuses_url: "statuses/{sha}",
  subscribers_url: "subscribers",
  subscription_url: "subscription",
  tags_url: "tags",
  teams_url: "teams",
  trees_url: "git/trees{/sha}",
};

/** What other objects carry of a repository. `owner` other than ours: somebody's fork. */
export function showRepository(hub: Hub, owner = hub.repository.owner): JsonObject {
  const { repository, urls } = hub;
  const ours = owner === repository.owner;
  const user = ours ? ownerUser(hub) : (hub.access.find(owner) ?? ownerUser(hub));
  const id = ours ? repository.id : repository.id + user.id;
  const fullName = `${owner}/${repository.name}`;
  const html = `${urls.server}/${fullName}`;
  const url = `${urls.api}/repos/${fullName}`;
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
    url,
    ...Object.fromEntries(Object.entries(LINKS).map(([name, path]) => [name, `${url}/${path}`])),
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    ssh_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 1,
    default_branch: repository.defaultBranch,
    visibility: repository.private ? "private" : "public",
    archived: false,
    disabled: false,
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    topics: [],
    custom_properties: {},
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    ...countsOf(hub, ours),
    pushed_at: FOUNDED,
    created_at: FOUNDED,
    updated_at: FOUNDED,
  };
}

function countsOf(hub: Hub, ours: boolean): JsonObject {
  const open = ours ? [...hub.state.pulls.values()].filter(({ state }) => state === "open").length : 0;
  return {
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
  };
}

/** The repository itself, asked for by name. */
export function showWholeRepository(hub: Hub): JsonObject {
  return {
    ...showRepository(hub),
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    network_count: 0,
    subscribers_count: 0,
  };
}
