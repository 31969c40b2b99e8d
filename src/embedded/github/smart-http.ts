import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { type Actor, judge, tokenOf } from "./access.ts";
import type { RefChange } from "./git/refs.ts";
import type { Hub } from "./hub.ts";
import { pushRefusal } from "./protection.ts";
import type { Reply } from "./reply.ts";

const SERVICES = /^\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** The part behind `/{owner}/{repo}` or `/{owner}/{repo}.git` when the path is git's, else undefined. */
export function gitPath(hub: Hub, path: string): string | undefined {
  const { owner, name } = hub.repository;
  const rest = [`/${owner}/${name}.git`, `/${owner}/${name}`].find((prefix) => path.startsWith(`${prefix}/`));
  if (rest === undefined) return undefined;
  const inside = path.slice(rest.length);
  return SERVICES.test(inside) ? inside : undefined;
}

const HOOKS = {
  "post-receive": 'cat >"$PUSH_REPORT"',
  update: '[ "$1" != "$PROTECTED_REF" ] || { printf "%s" "$PROTECTED_TEXT" >&2; exit 1; }',
};

/** Asks git itself to report what a push moved, and to refuse what the protected branch does not take. */
export async function installHooks(dir: string): Promise<void> {
  for (const [name, script] of Object.entries(HOOKS)) {
    const hook = join(dir, "hooks", name);
    await writeFile(hook, `#!/bin/sh\n${script}\n`);
    await chmod(hook, 0o755);
  }
}

/** Who may clone, fetch or push; a reply when the answer is no. */
export function admitGit(
  hub: Hub,
  request: IncomingMessage,
  query: URLSearchParams,
  path: string,
): Actor | Reply {
  const headers = request.headersDistinct["authorization"] ?? [];
  if (headers.length > 1) return plain(400, "Duplicate header: Authorization");
  const pushes = path === "/git-receive-pack" || query.get("service") === "git-receive-pack";
  const token = tokenOf(headers[0]);
  const actor: Actor | undefined = token === undefined ? { kind: "anonymous" } : hub.access.resolve(token);
  if (actor === undefined)
    return challenge(
      "Invalid username or token. Password authentication is not supported for Git operations.",
    );
  const need = {
    scopes: ["contents"],
    level: pushes ? "write" : "read",
    role: pushes ? "write" : "read",
  } as const;
  const verdict = judge(actor, need, hub.repository);
  if (verdict === "allowed") return actor;
  if (actor.kind === "anonymous") return challenge("Authentication required.");
  const { owner, name } = hub.repository;
  if (verdict === "hidden") return plain(404, "Repository not found.");
  return plain(403, `Permission to ${owner}/${name}.git denied to ${actor.user.login}.`);
}

function plain(status: number, text: string): Reply {
  return { status, body: Buffer.from(`${text}\n`), headers: { "content-type": "text/plain; charset=utf-8" } };
}

function challenge(text: string): Reply {
  const reply = plain(401, text);
  return { ...reply, headers: { ...reply.headers, "www-authenticate": 'Basic realm="GitHub"' } };
}

/** Hands the exchange to `git http-backend` and returns the refs that a push moved. */
export async function serveGit(
  hub: Hub,
  exchange: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly path: string;
    readonly query: string;
    readonly actor: Actor;
  },
): Promise<readonly RefChange[]> {
  const { request, response } = exchange;
  const report = join(dirname(hub.git.dir), `push-${randomUUID()}`);
  const child = spawn("git", ["http-backend"], {
    env: cgiEnvironment(hub, exchange, report),
    stdio: ["pipe", "pipe", "pipe"],
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  let head = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (response.headersSent) {
      if (!response.write(chunk)) {
        child.stdout.pause();
        response.once("drain", () => child.stdout.resume());
      }
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    sendHead(response, head.toString("latin1", 0, end));
    response.write(head.subarray(end + 4));
  });
  const stderr: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (!response.headersSent)
    throw new Error(`git http-backend: exit ${code}: ${Buffer.concat(stderr).toString()}`);
  const text = await readFile(report, "utf8").catch(() => "");
  await rm(report, { force: true });
  return parseReport(text);
}

function cgiEnvironment(
  hub: Hub,
  exchange: {
    readonly request: IncomingMessage;
    readonly path: string;
    readonly query: string;
    readonly actor: Actor;
  },
  report: string,
): Record<string, string> {
  const { actor } = exchange;
  const refusal = actor.kind === "anonymous" ? undefined : pushRefusal(hub, actor.user);
  const { headers, method } = exchange.request;
  const optional = {
    CONTENT_TYPE: headers["content-type"],
    CONTENT_LENGTH: headers["content-length"],
    HTTP_CONTENT_ENCODING: headers["content-encoding"],
    GIT_PROTOCOL: headers["git-protocol"],
  };
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(optional)) if (typeof value === "string") given[name] = value;
  return hub.git.environment({
    ...given,
    GIT_PROJECT_ROOT: hub.git.dir,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: exchange.path,
    QUERY_STRING: exchange.query,
    REQUEST_METHOD: method ?? "GET",
    REMOTE_USER: "token",
    REMOTE_ADDR: "127.0.0.1",
    PUSH_REPORT: report,
    PROTECTED_REF: refusal?.ref ?? "",
    PROTECTED_TEXT: refusal?.text ?? "",
  });
}

function sendHead(response: ServerResponse, text: string): void {
  let status = 200;
  const headers: [string, string][] = [];
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else headers.push([name, value]);
  }
  response.writeHead(status, Object.fromEntries(headers));
}

function parseReport(text: string): RefChange[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [before = "", after = "", ...ref] = line.split(" ");
      return { before, after, ref: ref.join(" ") };
    });
}
