import { createServer, type RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { proxiedPost } from "../src/proxied-post.ts";

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
}

const question = () => ({ headers: { "x-asked": "yes" }, body: "{}", signal: AbortSignal.timeout(10_000) });

describe("proxiedPost", () => {
  it("unpacks an answer, also one that shrank more than usual", async () => {
    const text = "0".repeat(300_000);
    const url = await serve(({ headers }, response) => {
      const packed = headers["accept-encoding"] === "gzip" && headers["x-asked"] === "yes";
      response.writeHead(200, packed ? { "content-encoding": "gzip", "retry-after": "3" } : {});
      response.end(packed ? gzipSync(text) : text);
    });
    const { status, header, body } = await proxiedPost({})(url, question());
    expect([status, body.toString() === text]).toEqual([200, true]);
    expect([header("retry-after"), header("ratelimit-reset")]).toEqual(["3", null]);
  });

  it("takes an answer that is not packed, whatever its status", async () => {
    const url = await serve((_, response) => response.writeHead(503).end("busy"));
    const { status, body } = await proxiedPost({})(url, question());
    expect([status, body.toString()]).toEqual([503, "busy"]);
  });

  it("follows a server that moved, with its question", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/") response.writeHead(308, { location: "/graphql" }).end();
      else request.pipe(response);
    });
    expect((await proxiedPost({})(url, question())).body.toString()).toBe("{}");
  });

  it("names the server that it was sent to, which does not get the key", async () => {
    let given: string | undefined;
    const other = await serve(({ headers }, response) => {
      given = headers.authorization;
      response.end("{}");
    });
    const url = await serve((_, response) => response.writeHead(308, { location: other }).end());
    const asked = { ...question(), headers: { authorization: "Basic key" } };
    await expect(proxiedPost({})(url, asked)).rejects.toThrow(new URL(other).origin);
    expect(given).toBeUndefined();
  });

  it("keeps the status of an answer that says it is packed and is empty", async () => {
    const url = await serve((_, response) => response.writeHead(401, { "content-encoding": "GZIP" }).end());
    expect(await proxiedPost({})(url, question())).toMatchObject({ status: 401 });
  });

  it("rejects when the answer breaks off, packed or not", async () => {
    const whole = gzipSync(Buffer.from(Array.from({ length: 9000 }, (_, index) => index % 251)));
    const half = whole.subarray(0, whole.length / 2);
    const url = await serve(({ url: path }, response) => {
      if (path === "/packed") response.writeHead(200, { "content-encoding": "gzip" }).end(half);
      else response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
    });
    await expect(proxiedPost({})(url, question())).rejects.toThrow();
    await expect(proxiedPost({})(`${url}packed`, question())).rejects.toThrow("unexpected end of file");
  });

  it("ends with its signal", async () => {
    const url = await serve(() => undefined);
    const stop = new AbortController();
    const asked = proxiedPost({})(url, { ...question(), signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });

  it("goes through the proxy that the environment names", async () => {
    const seen: string[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url }, socket) => {
      seen.push(url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    const address = proxy.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const post = proxiedPost({ HTTP_PROXY: `http://127.0.0.1:${port}` });
    await expect(post("http://wandb.invalid/graphql", question())).rejects.toThrow();
    expect(seen).toEqual(["wandb.invalid:80"]);
  });
});
