import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { proxiedPost } from "../../src/proxied-post.ts";
import type { WandbWorld } from "../../src/runs/wandb-http.ts";

export interface Asked {
  readonly operation: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
}

/** What the server does with one request. */
export type Behaviour = (asked: Asked, response: ServerResponse) => void;

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Behaviour =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
export const html =
  (status: number): Behaviour =>
  (_, response) =>
    response.writeHead(status, { "content-type": "text/html" }).end("<!doctype html><title>Log in</title>");
/** Drops the connection without an answer. */
export const cut: Behaviour = (_, response) => response.destroy();
/** Drops it in the middle of the answer. */
export const cutInside: Behaviour = (_, response) => {
  response.writeHead(200, { "content-length": "1000" });
  response.write('{"data": {"pro', () => response.destroy());
};
/** Never answers. */
export const silent: Behaviour = () => undefined;

export interface TinyServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Pauses that the client made, in milliseconds. */
  readonly pauses: number[];
  readonly world: WandbWorld;
  close(): Promise<void>;
}

/** Answers requests with `behave`, and gives the client a clock that only its own pauses move. */
export async function tinyServer(behave: (asked: Asked, count: number) => Behaviour): Promise<TinyServer> {
  const asked: Asked[] = [];
  const pauses: number[] = [];
  let now = Date.parse("2025-01-01T00:00:00Z");
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const entry = { operation: body.operationName, variables: body.variables, headers: request.headers };
      asked.push(entry);
      behave(entry, asked.length)(entry, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    pauses,
    world: {
      post: proxiedPost({}),
      now: () => now,
      random: () => 0,
      sleep: async (ms) => {
        pauses.push(ms);
        now += ms;
      },
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
