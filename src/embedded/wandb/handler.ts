import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { FaultQueue, Mischief } from "./faults.ts";
import { pack, type Received, type Reply, receive, send, sendHalf } from "./http.ts";
import type { RateVerdict } from "./rate-limit.ts";
import { type Handled, type Routed, type Routes, route } from "./routes.ts";

/** One request from arrival to answer: faults first, then the key, the rate limit, and the route itself. */

export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  /** The GraphQL operation, "file_stream", or null. */
  readonly operation: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
  /** On the wire, compressed or not. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Null when the connection was dropped. */
  readonly status: number | null;
}

export interface UnknownRequest {
  readonly method: string;
  readonly path: string;
  readonly operation: string | null;
  readonly problems: readonly string[];
}

export interface HandlerParts {
  readonly routes: Routes;
  readonly faults: FaultQueue;
  readonly limiter: () => RateVerdict;
  /** Null = everybody may. */
  readonly apiKeys: readonly string[] | null;
  readonly latencyMs: number;
  readonly record: (entry: RequestRecord) => void;
  readonly recordUnknown: (entry: UnknownRequest) => void;
}

export function createHandler(parts: HandlerParts) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(parts, request, response).catch((thrown: unknown) => {
      parts.recordUnknown({
        method: request.method ?? "",
        path: request.url ?? "",
        operation: null,
        problems: [String(thrown)],
      });
      response.destroy();
    });
  };
}

async function answer(
  parts: HandlerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const received = await receive(request);
  const routed = route(received, parts.routes);
  const mischief = parts.faults.take({ operation: routed.operation, path: received.path });
  const log = (bytesOut: number, status: number | null): void =>
    parts.record({
      method: received.method,
      path: received.path,
      operation: routed.operation,
      variables: routed.variables,
      bytesIn: received.bytes,
      bytesOut,
      status,
    });

  const reply =
    mischief?.kind === "cut" && mischief.when === "before"
      ? null
      : replyTo(parts, { received, routed, mischief });
  const lateness = parts.latencyMs + (mischief?.kind === "delay" ? mischief.ms : 0);
  if (lateness > 0) await wait(lateness);
  if (!reply || mischief?.kind === "cut") {
    log(0, null);
    response.destroy();
    return;
  }
  const packed = await pack(reply, received.headers["accept-encoding"]?.toString());
  const deliver = mischief?.kind === "truncate" ? sendHalf : send;
  log(packed.payload.length, mischief?.kind === "truncate" ? null : reply.status);
  deliver(response, reply.status, packed);
}

interface Meeting {
  readonly received: Received;
  readonly routed: Routed;
  readonly mischief: Mischief | undefined;
}

function replyTo(parts: HandlerParts, { received, routed, mischief }: Meeting): Reply {
  if (mischief?.kind === "answer") {
    return { status: mischief.status, body: mischief.body ?? "", headers: mischief.headers ?? {} };
  }
  if (routed.needsKey && !isWelcome(received, parts.apiKeys)) {
    return { status: 401, body: { errors: ["invalid API key"] } };
  }
  if (received.path !== "/graphql") return note(parts, { received, routed }, routed.handle());
  const verdict = parts.limiter();
  if (!verdict.allowed) {
    return { status: 429, body: { error: "rate limit exceeded" }, headers: verdict.headers };
  }
  const reply = note(parts, { received, routed }, routed.handle());
  return { ...reply, headers: verdict.headers };
}

function note(parts: HandlerParts, { received, routed }: Omit<Meeting, "mischief">, handled: Handled): Reply {
  if (handled.unknown) {
    parts.recordUnknown({
      method: received.method,
      path: received.path,
      operation: routed.operation,
      problems: handled.unknown,
    });
  }
  return handled.reply;
}

/** Basic with user "api", or Bearer. */
function isWelcome({ headers }: Received, apiKeys: readonly string[] | null): boolean {
  if (apiKeys === null) return true;
  const [scheme = "", credential = ""] = (headers.authorization ?? "").split(" ");
  if (scheme === "Bearer") return apiKeys.includes(credential);
  const [user, ...key] = Buffer.from(credential, "base64").toString().split(":");
  return scheme === "Basic" && user === "api" && apiKeys.includes(key.join(":"));
}
