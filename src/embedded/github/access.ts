import { randomBytes } from "node:crypto";

export type Role = "admin" | "maintain" | "write" | "triage" | "read" | "none";
export type Scope = "contents" | "pull-requests" | "issues" | "actions" | "checks" | "statuses" | "metadata";
export type Level = "none" | "read" | "write";
export type TokenPermissions = Readonly<Partial<Record<Scope, Level>>>;

export interface User {
  readonly login: string;
  readonly id: number;
  readonly type: "User" | "Bot";
  role: Role;
}

/** Who a request comes from. A workflow token acts as the bot and only inside its permissions. */
export type Actor =
  | { readonly kind: "anonymous" }
  | { readonly kind: "user"; readonly user: User }
  | { readonly kind: "workflow"; readonly user: User; readonly permissions: TokenPermissions };

/** What a route asks for: any one of the scopes for a workflow token, at least the role for a person. */
export interface Requirement {
  readonly scopes: readonly Scope[];
  readonly level: "read" | "write";
  readonly role: Exclude<Role, "none">;
}

/** The account behind every GITHUB_TOKEN, with its real id. */
export const actionsBot: User = { login: "github-actions[bot]", id: 41898282, type: "Bot", role: "write" };

const WORKFLOW_TOKEN_LIFE_MS = 24 * 60 * 60 * 1000;
const RANK: readonly Role[] = ["none", "read", "triage", "write", "maintain", "admin"];

export function hasRole(role: Role, atLeast: Role): boolean {
  return RANK.indexOf(role) >= RANK.indexOf(atLeast);
}

/** The `permission` field of the API knows four words only. */
export function legacyPermission(role: Role): "admin" | "write" | "read" | "none" {
  if (role === "maintain") return "write";
  return role === "triage" ? "read" : role;
}

export type Verdict = "allowed" | "hidden" | "forbidden";

export function judge(actor: Actor, need: Requirement, repository: { readonly private: boolean }): Verdict {
  if (actor.kind === "anonymous") {
    return !repository.private && need.level === "read" ? "allowed" : "hidden";
  }
  if (actor.kind === "workflow") {
    return need.scopes.some((scope) => grants(actor.permissions, scope, need.level))
      ? "allowed"
      : "forbidden";
  }
  const role = !repository.private && actor.user.role === "none" ? "read" : actor.user.role;
  if (!hasRole(role, "read")) return "hidden";
  return hasRole(role, need.role) ? "allowed" : "forbidden";
}

/** `metadata: read` comes with every token. */
function grants(permissions: TokenPermissions, scope: Scope, level: "read" | "write"): boolean {
  const granted = scope === "metadata" ? "read" : (permissions[scope] ?? "none");
  return granted === "write" || granted === level;
}

interface WorkflowToken {
  readonly permissions: TokenPermissions;
  readonly expires: number;
}

export interface Access {
  readonly users: readonly User[];
  find(login: string): User | undefined;
  tokenFor(login: string): string;
  issueWorkflowToken(permissions: TokenPermissions): string;
  revoke(token: string): void;
  /** Undefined = "Bad credentials". */
  resolve(token: string): Actor | undefined;
}

export function createAccess(users: readonly User[], clock: () => Date): Access {
  const personal = new Map(users.map((user) => [`ghp_${secret()}`, user]));
  const workflow = new Map<string, WorkflowToken>();
  const find = (login: string): User | undefined =>
    [...users, actionsBot].find((user) => user.login.toLowerCase() === login.toLowerCase());

  return {
    users,
    find,
    tokenFor: (login) => {
      for (const [token, user] of personal) if (user.login === login) return token;
      throw new Error(`There is no user ${login}.`);
    },
    issueWorkflowToken: (permissions) => {
      const token = `ghs_${secret()}`;
      workflow.set(token, { permissions, expires: clock().getTime() + WORKFLOW_TOKEN_LIFE_MS });
      return token;
    },
    revoke: (token) => {
      workflow.delete(token);
    },
    resolve: (token) => {
      const user = personal.get(token);
      if (user !== undefined) return { kind: "user", user };
      const job = workflow.get(token);
      if (job === undefined || clock().getTime() >= job.expires) return undefined;
      return { kind: "workflow", user: actionsBot, permissions: job.permissions };
    },
  };
}

function secret(): string {
  return randomBytes(18).toString("hex");
}

/** The token of an Authorization header: `token T`, `Bearer T`, or Basic with the token as password (or user name). */
export function tokenOf(header: string | undefined): string | undefined {
  const [scheme = "", value = ""] = (header ?? "").trim().split(/\s+/, 2);
  if (/^(token|bearer)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const [name = "", password = ""] = Buffer.from(value, "base64").toString("utf8").split(":", 2);
  return password === "" || password === "x-oauth-basic" ? name : password;
}
