import { hasRole, type User } from "../access.ts";
import type { Hub } from "../hub.ts";
import type { JsonObject } from "../json.ts";

export function showUser(hub: Hub, user: User): JsonObject {
  const name = encodeURIComponent(user.login);
  const url = `${hub.urls.api}/users/${name}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId("User", user.id),
    avatar_url: `${hub.urls.server}/avatars/u/${user.id}`,
    gravatar_id: "",
    url,
    html_url: `${hub.urls.server}/${name}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

/** Somebody who asks for themselves. */
export function showWholeUser(hub: Hub, user: User): JsonObject {
  const unknown = {
    name: null,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
  };
  const counts = { public_repos: 0, public_gists: 0, followers: 0, following: 0 };
  return {
    ...showUser(hub, user),
    ...unknown,
    ...counts,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
  };
}

/** A login as the API shows it; null for somebody it does not know (a commit by a stranger). */
export function showLogin(hub: Hub, login: string | null): JsonObject | null {
  const user = login === null ? undefined : hub.access.find(login);
  return user === undefined ? null : showUser(hub, user);
}

/** The address that GitHub gives to commits made for a user on its side. */
export function noreplyAddress(user: User): string {
  return `${user.id}+${user.login}@users.noreply.github.com`;
}

export function userOfAddress(hub: Hub, email: string): User | undefined {
  const login = /^(?:\d+\+)?([^@]+)@users\.noreply\.github\.com$/.exec(email)?.[1];
  return login === undefined ? undefined : hub.access.find(login);
}

export function association(hub: Hub, login: string): string {
  if (login === hub.repository.owner) return "OWNER";
  const user = hub.access.find(login);
  return user !== undefined && user.type === "User" && hasRole(user.role, "read") ? "COLLABORATOR" : "NONE";
}

/** The owner as a user, also when it is an organisation that nobody logs in as. */
export function ownerUser(hub: Hub): User {
  const { owner } = hub.repository;
  return hub.access.find(owner) ?? { login: owner, id: 1, type: "User", role: "admin" };
}

export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString("base64url");
}
