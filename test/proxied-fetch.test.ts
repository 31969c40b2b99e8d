import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { proxiedFetch, proxyFor } from "../src/proxied-fetch.ts";
import { json, type TinyServer, tinyServer } from "./runs/tiny-server.ts";

const PROXY = "http://proxy.lab:3128";
const through = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.href ?? null;

describe("proxyFor", () => {
  it("takes the proxy of the request's protocol, lower case first", () => {
    const env = { HTTPS_PROXY: "http://upper:1", https_proxy: PROXY, HTTP_PROXY: "http://plain:2" };
    expect(through("https://api.wandb.ai/graphql", env)).toBe(`${PROXY}/`);
    expect(through("http://wandb.lab/graphql", env)).toBe("http://plain:2/");
    expect(through("https://api.wandb.ai", { HTTP_PROXY: PROXY })).toBeNull();
    expect(through("https://api.wandb.ai", { https_proxy: "", HTTPS_PROXY: PROXY })).toBe(`${PROXY}/`);
  });

  it("falls back to ALL_PROXY where that is an HTTP proxy", () => {
    expect(through("https://api.wandb.ai", { ALL_PROXY: "proxy.lab:3128" })).toBe(`${PROXY}/`);
    expect(through("https://api.wandb.ai", { all_proxy: "socks5://proxy.lab:1080" })).toBeNull();
  });

  it("never sends the loopback through it", () => {
    for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
      expect(through(`http://${host}:8080/graphql`, { HTTP_PROXY: PROXY, ALL_PROXY: PROXY })).toBeNull();
  });

  it.each([
    ["*", true],
    ["wandb.ai", true],
    [".wandb.ai", true],
    ["*.wandb.ai", true],
    ["other.org, API.wandb.ai", true],
    ["api.wandb.ai:443", true],
    ["api.wandb.ai:8443", false],
    ["andb.ai", false],
    ["ai.wandb", false],
    ["", false],
  ])("NO_PROXY %j exempts api.wandb.ai: %s", (list, exempt) => {
    expect(through("https://api.wandb.ai/graphql", { HTTPS_PROXY: PROXY, NO_PROXY: list }) === null).toBe(
      exempt,
    );
  });

  it("says which variable holds no address, and not what it holds", () => {
    const wrong = () => through("https://api.wandb.ai", { HTTPS_PROXY: "socks5://me:secret@proxy:1080" });
    expect(wrong).toThrow(/HTTPS_PROXY is not the address/);
    expect(wrong).not.toThrow(/secret/);
  });
});

describe("proxiedFetch", () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  /** Tunnels every host to one server; `seen` is what it was asked for. */
  async function tunnelTo(server: TinyServer) {
    const seen: Pick<IncomingMessage, "url" | "headers">[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url, headers }, socket, head) => {
      seen.push({ url, headers });
      const onward = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    open.push(proxy);
    const address = proxy.address();
    return { seen, port: typeof address === "object" && address ? address.port : 0 };
  }

  it("reaches a server that only the proxy can reach, with the proxy's own login", async () => {
    const server = await tinyServer(() => json({ data: { viewer: null } }));
    open.push(server);
    const { seen, port } = await tunnelTo(server);
    const fetch = proxiedFetch({ HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${port}` });
    const response = await fetch("http://wandb.invalid/graphql", { method: "POST", body: "{}" });
    expect(await response.json()).toEqual({ data: { viewer: null } });
    expect(seen.map(({ url }) => url)).toEqual(["wandb.invalid:80"]);
    expect(seen[0]?.headers["proxy-authorization"]).toBe(`Basic ${btoa("me:p@ss")}`);
    expect(server.asked[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  it("asks the loopback itself", async () => {
    const server = await tinyServer(() => json({ data: 1 }));
    open.push(server);
    const fetch = proxiedFetch({ HTTP_PROXY: "http://127.0.0.1:1" });
    const response = await fetch(server.url, { method: "POST", body: "{}" });
    expect(await response.json()).toEqual({ data: 1 });
  });
});
