import { afterEach, describe, expect, it } from "vitest";
import { type WandbWorld, wandbHttp } from "../../src/runs/wandb-http.ts";
import {
  type Behaviour,
  cut,
  cutInside,
  html,
  json,
  silent,
  type TinyServer,
  tinyServer,
} from "./tiny-server.ts";

const question = { operation: "Runs", query: "query Runs { x }", variables: { a: 1 } };
const fine = json({ data: { x: 1 } });
let server: TinyServer;

afterEach(() => server.close());

/** A client of a server that behaves so for the first requests, then well. */
async function clientOf(
  behaviours: readonly Behaviour[],
  options: { apiKey?: string | null; timeoutMs?: number } = {},
) {
  server = await tinyServer((_, count) => behaviours[count - 1] ?? fine);
  const { apiKey = "local-key", timeoutMs } = options;
  return wandbHttp({ ...server.world, baseUrl: `${server.url}/`, apiKey, timeoutMs });
}

const always = (behaviour: Behaviour) => Array.from({ length: 50 }, () => behaviour);

describe("wandbHttp", () => {
  it("authenticates as W&B wants it, or not at all", async () => {
    const http = await clientOf([]);
    expect(await http.ask(question)).toEqual({ kind: "data", data: { x: 1 } });
    expect(server.asked[0]).toMatchObject({
      operation: "Runs",
      variables: { a: 1 },
      headers: { authorization: `Basic ${Buffer.from("api:local-key").toString("base64")}` },
    });
    await server.close();
    await (await clientOf([], { apiKey: null })).ask(question);
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
  });

  it("survives errors of the server, cut connections and broken answers, waiting longer each time", async () => {
    const http = await clientOf([html(502), cut, cutInside, json({ error: "internal" }, 500)]);
    expect(await http.ask(question)).toMatchObject({ kind: "data" });
    expect(server.pauses).toEqual([500, 1000, 2000, 4000]);
  });

  it("gives up after five tries and says why", async () => {
    const http = await clientOf(always(json({}, 503)));
    const reply = await http.ask(question);
    expect(reply).toMatchObject({ kind: "too-much", error: { code: "runs.unreachable" } });
    expect(reply.kind === "too-much" && reply.error.what).toMatch(/HTTP 503/);
    expect(server.asked).toHaveLength(5);
  });

  it("says why when there is nobody", async () => {
    server = await tinyServer(() => fine);
    const { url, world } = server;
    await server.close();
    const reply = await wandbHttp({ ...world, baseUrl: url, apiKey: null }).ask(question);
    expect(reply.kind === "too-much" && reply.error.what).toMatch(/ECONNREFUSED/);
  });

  it("waits as long as it is told: Retry-After in seconds or as a date, else RateLimit-Reset", async () => {
    const limited = (headers: Record<string, string>) => json({ error: "rate limit exceeded" }, 429, headers);
    const http = await clientOf([
      limited({ "retry-after": "1.5", "ratelimit-reset": "9" }),
      limited({ "ratelimit-reset": "7" }),
      limited({ "retry-after": "Wed, 01 Jan 2025 00:00:20 GMT" }),
      limited({}),
    ]);
    expect(await http.ask({ ...question, patience: "short" })).toMatchObject({ kind: "data" });
    expect(server.pauses).toEqual([1500, 7000, 11_500, 4000]);
  });

  it("does not sleep for an hour, and ends a storm of 429 with an error", async () => {
    const http = await clientOf([json({}, 429, { "retry-after": "3600" })]);
    await expect(http.ask(question)).rejects.toMatchObject({ code: "runs.rate-limited" });
    await server.close();
    const storm = await clientOf(always(json({ error: "rate limit exceeded" }, 429)));
    await expect(storm.ask(question)).rejects.toMatchObject({ code: "runs.rate-limited" });
    expect(server.asked).toHaveLength(5);
  });

  it("pauses when the budget is used up, before it is refused", async () => {
    const http = await clientOf([
      json({ data: {} }, 200, { "ratelimit-remaining": "0", "ratelimit-reset": "3" }),
    ]);
    await http.ask(question);
    await http.ask(question);
    expect(server.pauses).toEqual([3000]);
  });

  it("repeats an unanswered light question, and calls a heavy one too much", async () => {
    server = await tinyServer(() => fine);
    let asked = 0;
    // The first and the third question are never answered; only their time limit ends them.
    const post: WandbWorld["post"] = (_, { signal }) => {
      asked++;
      if (asked === 2)
        return Promise.resolve({ status: 200, header: () => null, body: Buffer.from('{"data":{}}') });
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    };
    const http = wandbHttp({ ...server.world, post, apiKey: null, timeoutMs: 30 });
    expect(await http.ask(question)).toMatchObject({ kind: "data" });
    expect(await http.ask({ ...question, patience: "short" })).toMatchObject({ kind: "too-much" });
    expect(asked).toBe(3);
  });

  it("ends the wait for a server that keeps silent", async () => {
    const http = await clientOf([silent], { timeoutMs: 50 });
    const reply = await http.ask({ ...question, patience: "short" });
    expect(reply.kind === "too-much" && reply.error.what).toMatch(/no answer in time/);
  });

  it.each([
    ["a bad key", json({ error: "invalid api key" }, 401), "runs.unauthorized"],
    [
      "a forbidden project",
      json({ errors: [{ message: "permission denied" }], data: {} }, 403),
      "runs.forbidden",
    ],
    ["a missing project", json({ errors: ["project not found"] }, 404), "runs.no-project"],
    ["a login page", html(200), "runs.not-json"],
    ["a web page that is not there", html(404), "runs.not-json"],
    ["a mistake of ours", json({ errors: [{ message: "Cannot query field x" }] }, 400), "runs.refused"],
  ])("explains %s at once", async (_, behaviour, code) => {
    const http = await clientOf(always(behaviour));
    await expect(http.ask(question)).rejects.toMatchObject({ code });
    expect(server.asked).toHaveLength(1);
  });

  it("asks for less on 413, and differently where an argument is unknown", async () => {
    const http = await clientOf([
      json({}, 413),
      json({ errors: [{ message: 'Unknown argument "keys"' }] }, 400),
    ]);
    expect(await http.ask(question)).toMatchObject({ kind: "too-much" });
    expect(await http.ask(question)).toMatchObject({ kind: "unknown-argument" });
    expect(server.pauses).toEqual([]);
  });
});
