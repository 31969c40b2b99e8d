import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { writeJson } from "../graphql/written.ts";

/** Bodies in and out, compressed where the other side says so. */

export interface Reply {
  readonly status: number;
  /** An object is sent as JSON, text that starts with `<` as HTML. */
  readonly body: object | string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Received {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Before unpacking. */
  readonly bytes: number;
}

export async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const raw = Buffer.concat(chunks);
  const body = request.headers["content-encoding"] === "gzip" ? await promisify(gunzip)(raw) : raw;
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  return { method: request.method ?? "GET", path, headers: request.headers, body, bytes: raw.length };
}

const WORTH_PACKING = 1400;
const SMALLEST_PIECE = 1024;

/** Headers and payload of a reply, gzipped when it is large and the client takes it. */
export async function pack(reply: Reply, acceptEncoding: string | undefined) {
  const plain = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(textOf(reply.body));
  const headers = { "Content-Type": contentType(reply.body), ...reply.headers };
  if (plain.length < WORTH_PACKING || !acceptEncoding?.includes("gzip")) return { headers, payload: plain };
  // One piece of output: every further one is another round through the thread pool.
  const chunkSize = Math.max(SMALLEST_PIECE, Math.ceil(plain.length / 2));
  const payload = await promisify(gzip)(plain, { level: 1, chunkSize });
  return { headers: { ...headers, "Content-Encoding": "gzip" }, payload };
}

export function send(
  response: ServerResponse,
  status: number,
  packed: Awaited<ReturnType<typeof pack>>,
): void {
  response.writeHead(status, { ...packed.headers, "Content-Length": packed.payload.length });
  response.end(packed.payload);
}

/** Promises the whole payload, sends half, hangs up. */
export function sendHalf(
  response: ServerResponse,
  status: number,
  packed: Awaited<ReturnType<typeof pack>>,
): void {
  response.writeHead(status, { ...packed.headers, "Content-Length": packed.payload.length });
  response.write(packed.payload.subarray(0, Math.floor(packed.payload.length / 2)), () => response.destroy());
}

function textOf(body: object | string): string {
  return typeof body === "string" ? body : writeJson(body);
}

function contentType(body: object | string | Buffer): string {
  if (Buffer.isBuffer(body)) return "application/octet-stream";
  if (typeof body !== "string") return "application/json";
  return body.startsWith("<") ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
}
