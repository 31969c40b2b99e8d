import * as z from "zod";
import type { Actor, Requirement, Scope, User } from "./access.ts";
import type { Hub } from "./hub.ts";
import { ApiError, type Reply } from "./reply.ts";

export interface ApiRequest {
  readonly method: string;
  /** Decoded path parameters by name. */
  readonly params: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly accept: string;
  /** Of an earlier answer: the caller wants to hear only what is new. */
  readonly ifNoneMatch: string | null;
  readonly actor: Actor;
}

export type Handler = (hub: Hub, request: ApiRequest) => Promise<Reply> | Reply;

export interface Route {
  readonly method: string;
  /** Below `/repos/{owner}/{repo}`: `git/ref/*ref`; `:name` is one segment, `*name` the rest. */
  readonly path: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly need: Requirement;
  readonly handle: Handler;
}

type Verb = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export function route(signature: `${Verb} ${string}`, need: Requirement, handle: Handler): Route {
  const [method = "", path = ""] = signature.split(" ");
  const names: string[] = [];
  const source = path
    .split("/")
    .map((segment) => {
      if (segment.startsWith(":")) names.push(segment.slice(1));
      else if (segment.startsWith("*")) names.push(segment.slice(1));
      else return segment.replace(/[.]/g, "\\.");
      return segment.startsWith(":") ? "([^/]+)" : "(.+)";
    })
    .join("/");
  return { method, path, pattern: new RegExp(`^${source}$`), names, need, handle };
}

export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: ReadonlyMap<string, string> } | undefined {
  for (const candidate of routes) {
    const found = candidate.method === method ? candidate.pattern.exec(path) : null;
    if (found !== null) {
      const values = found.slice(1).map((value) => decodeURIComponent(value));
      return {
        route: candidate,
        params: new Map(candidate.names.map((name, at) => [name, values[at] ?? ""])),
      };
    }
  }
  return undefined;
}

export function reads(...scopes: Scope[]): Requirement {
  return { scopes, level: "read", role: "read" };
}

/** Writes that people need push access for. */
export function writes(...scopes: Scope[]): Requirement {
  return { scopes, level: "write", role: "write" };
}

/** Writes that every reader may do, such as commenting. */
export function writesAsReader(...scopes: Scope[]): Requirement {
  return { scopes, level: "write", role: "read" };
}

export function param(request: ApiRequest, name: string): string {
  const value = request.params.get(name);
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}

/** A number in the path; anything else cannot name a thing, so it is not found. */
export function numberParam(request: ApiRequest, name: string): number {
  const value = param(request, name);
  if (!/^\d{1,15}$/.test(value)) throw new ApiError(404, "Not Found");
  return Number(value);
}

export function actorUser(request: ApiRequest): User {
  if (request.actor.kind === "anonymous") throw new ApiError(401, "Requires authentication");
  return request.actor.user;
}

/** Events of workflow tokens start nothing (github facts 1). */
export function byActor(request: ApiRequest): { readonly user: User; readonly triggers: boolean } {
  return { user: actorUser(request), triggers: request.actor.kind === "user" };
}

export function parseBody<T>(request: ApiRequest, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `/${issue.path.join("/")}: ${issue.message}`);
  throw new ApiError(422, `Invalid request.\n\n${lines.join("\n")}`);
}

export function parseQuery<T>(request: ApiRequest, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(Object.fromEntries(request.query));
  if (parsed.success) return parsed.data;
  throw new ApiError(422, `Invalid query: ${z.prettifyError(parsed.error)}`);
}
