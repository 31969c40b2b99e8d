import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Actor, judge, tokenOf } from "./access.ts";
import { type FaultDesk, faultReply, holdBack } from "./faults.ts";
import { queryGitHub } from "./graphql/query.ts";
import { branchTip, type Hub } from "./hub.ts";
import type { Json } from "./json.ts";
import type { ContentLimit } from "./limits.ts";
import { ApiError, notFound, ok, type Reply } from "./reply.ts";
import type { LoggedRequest } from "./request-log.ts";
import { findRoute } from "./router.ts";
import { routes } from "./routes.ts";
import { showWholeUser } from "./shapes/people.ts";
import { admitGit, gitPath, serveGit } from "./smart-http.ts";

export interface Desk {
  readonly hub: Hub;
  readonly faults: FaultDesk;
  readonly requests: LoggedRequest[];
  readonly unknownRoutes: string[];
  /** Undefined: nobody is too fast. */
  readonly limit: ContentLimit | undefined;
  /** Sees every answer of the API before faults touch it. */
  readonly onAnswer: ((answer: ApiAnswer) => void) | undefined;
}

/** One answer of a known route: what a check against the official schemas needs. */
export interface ApiAnswer {
  readonly method: string;
  /** As the route is declared, e.g. `issues/:number/comments`, below `/repos/{owner}/{repo}`; `/user` is itself. */
  readonly route: string;
  readonly status: number;
  /** Undefined where nothing or something other than JSON was sent. */
  readonly body: Json | undefined;
  readonly request: unknown;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
  readonly entry: LoggedRequest;
  readonly started: number;
}

export function createListener(desk: Desk): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? "/", desk.hub.urls.server);
    const method = request.method ?? "GET";
    const about = { method, path: url.pathname, query: url.search };
    const entry: LoggedRequest = { ...about, actor: null, body: undefined, status: 0, milliseconds: 0 };
    desk.requests.push(entry);
    const exchange: Exchange = { request, response, url, method, entry, started: performance.now() };
    void withFaults(desk, exchange).catch((cause: unknown) => {
      if (response.headersSent) response.destroy();
      else send(exchange, { status: 500, body: { message: `embedded server: ${String(cause)}` } });
    });
  };
}

function note(exchange: Exchange, status: number): void {
  exchange.entry.status = status;
  exchange.entry.milliseconds = performance.now() - exchange.started;
}

async function withFaults(desk: Desk, exchange: Exchange): Promise<void> {
  const { method, url, request, entry } = exchange;
  const path = gitPath(desk.hub, url.pathname);
  // What git sends is streamed to git.
  const text = path === undefined ? await readText(request) : "";
  entry.body = jsonIn(text);
  const answer = () =>
    path === undefined ? answerApi(desk, exchange, text) : answerGit(desk.hub, exchange, path);
  const fault = desk.faults.take({ method, path: url.pathname, body: entry.body });
  if (fault?.when !== "after") {
    if (fault) await holdBack(fault);
    const instead = fault && faultReply(fault);
    if (instead) request.resume();
    return deliver(exchange, instead ?? (await answer()));
  }
  const reply = await answer();
  if (reply === undefined) return;
  await holdBack(fault);
  return deliver(exchange, faultReply(fault) ?? reply);
}

/** Undefined: git has answered. */
async function answerGit(hub: Hub, exchange: Exchange, path: string): Promise<Reply | undefined> {
  const { request, response, url } = exchange;
  const admitted = admitGit(hub, request, url.searchParams, path);
  if ("status" in admitted) {
    request.resume();
    return admitted;
  }
  if (admitted.kind !== "anonymous") exchange.entry.actor = admitted.user.login;
  const moved = await serveGit(hub, { request, response, path, query: url.search.slice(1), actor: admitted });
  const by = admitted.kind === "anonymous" ? "" : admitted.user.login;
  for (const change of moved)
    await hub.emit({ kind: "push", change, by, triggers: admitted.kind === "user" });
  // The client hears the end of its push only when everything that follows from it has been done.
  note(exchange, response.statusCode);
  response.end();
  return undefined;
}

async function answerApi(desk: Desk, exchange: Exchange, text: string): Promise<Reply> {
  try {
    if (text !== "" && exchange.entry.body === undefined) throw new ApiError(400, "Problems parsing JSON");
    return await handle(desk, exchange);
  } catch (cause) {
    if (cause instanceof ApiError) return cause.reply;
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return { status: 500, body: { message: `embedded server: ${why}` } };
  }
}

async function handle(desk: Desk, exchange: Exchange): Promise<Reply> {
  const { hub } = desk;
  const { method, url, request } = exchange;
  if (method === "GET" && url.pathname === "/api/v3/user") return whoAmI(desk, request.headers.authorization);
  if (method === "POST" && url.pathname === "/api/graphql") return answerQuery(desk, exchange);
  const inside = /^\/api\/v3\/repos\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(url.pathname);
  const found = inside === null ? undefined : findRoute(routes, method, inside[3] ?? "");
  if (inside === null || found === undefined) {
    const unknown = `${method} ${url.pathname}`;
    desk.unknownRoutes.push(unknown);
    return { status: 500, body: { message: `The embedded GitHub has no route ${unknown}` } };
  }
  const actor = actorOf(hub, request.headers.authorization);
  if (actor.kind !== "anonymous") exchange.entry.actor = actor.user.login;
  const { owner, name } = hub.repository;
  const [, wantedOwner = "", wantedName = ""] = inside;
  if (`${wantedOwner}/${wantedName}`.toLowerCase() !== `${owner}/${name}`.toLowerCase()) throw notFound();
  admit(actor, judge(actor, found.route.need, hub.repository));
  if (
    found.route.path.startsWith("git/") &&
    (await branchTip(hub, hub.repository.defaultBranch)) === undefined
  ) {
    throw new ApiError(409, "Git Repository is empty.");
  }
  const { body } = exchange.entry;
  const accept = request.headers.accept ?? "";
  const ifNoneMatch = request.headers["if-none-match"] ?? null;
  const asked = { method, params: found.params, query: url.searchParams, body, accept, ifNoneMatch, actor };
  const about = { method, route: found.route.path, request: body };
  try {
    if (actor.kind !== "anonymous") {
      desk.limit?.spend({ method, path: inside[3] ?? "", login: actor.user.login });
    }
    const reply = await found.route.handle(hub, asked);
    tell(desk, about, reply);
    return reply;
  } catch (cause) {
    if (cause instanceof ApiError) tell(desk, about, cause.reply);
    throw cause;
  }
}

function tell(desk: Desk, about: Pick<ApiAnswer, "method" | "route" | "request">, reply: Reply): void {
  const body = Buffer.isBuffer(reply.body) ? undefined : reply.body;
  desk.onAnswer?.({ ...about, status: reply.status, body });
}

function actorOf(hub: Hub, header: string | undefined): Actor {
  const actor: Actor | undefined =
    header === undefined ? { kind: "anonymous" } : hub.access.resolve(tokenOf(header) ?? "");
  if (actor === undefined) throw new ApiError(401, "Bad credentials");
  return actor;
}

/** Only a person's token has a user behind it: GITHUB_TOKEN cannot ask for its own name. */
function whoAmI(desk: Desk, header: string | undefined): Reply {
  const actor = actorOf(desk.hub, header);
  if (actor.kind === "anonymous") throw new ApiError(401, "Requires authentication");
  if (actor.kind === "workflow") throw new ApiError(403, "Resource not accessible by integration");
  const reply = ok(showWholeUser(desk.hub, actor.user));
  tell(desk, { method: "GET", route: "/user", request: undefined }, reply);
  return reply;
}

async function answerQuery(desk: Desk, exchange: Exchange): Promise<Reply> {
  const actor = actorOf(desk.hub, exchange.request.headers.authorization);
  // GraphQL serves nobody without a token, whatever is public.
  if (actor.kind === "anonymous") throw new ApiError(401, "This endpoint requires you to be authenticated.");
  exchange.entry.actor = actor.user.login;
  return ok(await queryGitHub(desk.hub, actor, exchange.entry.body));
}

function admit(actor: Actor, verdict: ReturnType<typeof judge>): void {
  if (verdict === "hidden") throw notFound();
  if (verdict === "allowed") return;
  const kind = actor.kind === "workflow" ? "integration" : "personal access token";
  throw new ApiError(403, `Resource not accessible by ${kind}`);
}

function deliver(exchange: Exchange, reply: Reply | "cut" | undefined): void {
  if (reply === undefined) return;
  if (reply === "cut") exchange.request.socket.destroy();
  else send(exchange, reply);
}

function send(exchange: Exchange, reply: Reply): void {
  const { response } = exchange;
  note(exchange, reply.status);
  const body = reply.body;
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(reply.status, {
    "x-github-media-type": "github.v3; format=json",
    ...(bytes === undefined
      ? {}
      : { "content-type": "application/json; charset=utf-8", "content-length": bytes.length }),
    ...reply.headers,
  });
  response.end(bytes);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Undefined: none, or none that can be read. */
function jsonIn(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
