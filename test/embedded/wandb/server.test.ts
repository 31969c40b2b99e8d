import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedWandb, startWandb, type WandbOptions } from "../../../src/embedded/wandb/server.ts";
import { ask, dataOf, post, stream } from "./client.ts";

let wandb: EmbeddedWandb;

async function restart(options: WandbOptions): Promise<void> {
  await wandb.close();
  wandb = await startWandb(options);
}

beforeEach(async () => {
  wandb = await startWandb();
});
afterEach(() => wandb.close());

const UPSERT = `mutation UpsertBucket($name: String, $project: String, $id: String, $notes: String) {
  upsertBucket(input: {id: $id, name: $name, modelName: $project, notes: $notes}) {
    bucket { id name project { name entity { name } } historyLineCount } inserted
  }
}`;
const VIEWER = "query Viewer { viewer { entity } }";
const rows = (offset: number, content: readonly string[]) => ({
  files: { "wandb-history.jsonl": { offset, content } },
});

describe("the write side", () => {
  it("creates a run in the viewer's entity, then keeps it", async () => {
    const id = btoa("Run:v1:r1:p:me");
    expect(await dataOf(wandb, UPSERT, { name: "r1", project: "p" })).toEqual({
      upsertBucket: {
        bucket: { id, name: "r1", project: { name: "p", entity: { name: "me" } }, historyLineCount: 0 },
        inserted: true,
      },
    });
    expect(await dataOf(wandb, UPSERT, { id, notes: "n" })).toMatchObject({
      upsertBucket: { inserted: false },
    });
    expect(wandb.runs.get("r1", { project: "p" })).toMatchObject({ notes: "n", entity: "me" });
    const { errors } = await ask(wandb, UPSERT, { id: "gone" });
    expect(errors?.[0]?.message).toBe("run not found: gone");
  });

  it("takes lines, plain or gzipped, and tells who waits for them", async () => {
    await dataOf(wandb, UPSERT, { name: "r1", project: "p" });
    const arrived = wandb.until(() => wandb.runs.rows("r1").length === 2);
    expect(await (await stream(wandb, "me/p/r1", rows(0, ['{"_step":0,"a":NaN}']))).json()).toEqual({
      exitcode: null,
      limits: {},
    });
    await fetch(`${wandb.url}/files/me/p/r1/file_stream`, {
      method: "POST",
      headers: { "Content-Encoding": "gzip" },
      body: gzipSync(JSON.stringify(rows(1, ['{"_step":1,"a":2}']))),
    });
    await arrived;
    expect(wandb.runs.rows("r1")).toEqual([
      { _step: 0, a: Number.NaN },
      { _step: 1, a: 2 },
    ]);
    await expect(wandb.until(() => false, { timeoutMs: 1 })).rejects.toThrow("not within 1 ms");
  });

  it("stores files and gives them back", async () => {
    await dataOf(wandb, UPSERT, { name: "r1", project: "p" });
    const { createRunFiles } = await dataOf(
      wandb,
      `mutation CreateRunFiles($files: [String!]!) {
        createRunFiles(input: {entityName: "me", projectName: "p", runName: "r1", files: $files}) {
          runID uploadHeaders files { name uploadUrl } } }`,
      { files: ["media/a b.txt"] },
    );
    expect(createRunFiles).toMatchObject({ uploadHeaders: [], files: [{ name: "media/a b.txt" }] });
    await fetch(Object(createRunFiles).files[0].uploadUrl, { method: "PUT", body: "hello" });
    const listing = `query RunFiles($pattern: String) { project(name: "p") { run(name: "r1") { fileCount
      files(pattern: $pattern) { edges { node { name sizeBytes directUrl } } pageInfo { hasNextPage } } } } }`;
    const { project } = await dataOf(wandb, listing, { pattern: "%.txt" });
    const [edge] = Object(project).run.files.edges;
    expect(edge.node).toMatchObject({ name: "media/a b.txt", sizeBytes: 5 });
    expect(await (await fetch(edge.node.directUrl)).text()).toBe("hello");
    expect(await dataOf(wandb, listing, { pattern: "%.md" })).toMatchObject({
      project: { run: { fileCount: 1, files: { edges: [] } } },
    });
  });

  it("hands a stop on with the next upload, from a test or from StopRun", async () => {
    await dataOf(wandb, UPSERT, { name: "r1", project: "p" });
    const heard = async () => Object(await (await stream(wandb, "me/p/r1", {})).json())["stopped"] ?? false;
    expect(await heard()).toBe(false);
    expect(wandb.requestStop("r1")).toBe(true);
    expect(await heard()).toBe(true);
    await stream(wandb, "me/p/r1", { complete: true, exitcode: 255 });
    expect(await heard()).toBe(false);
    const stop = `mutation StopRun($id: ID!) { stopRun(input: {id: $id}) { success } }`;
    expect(await dataOf(wandb, stop, { id: btoa("Run:v1:r1:p:me") })).toEqual({ stopRun: { success: true } });
    expect(await heard()).toBe(true);
    expect(wandb.requestStop("gone")).toBe(false);
  });

  it("refuses uploads to runs that are not there, and bodies that are none", async () => {
    expect((await stream(wandb, "me/p/gone", {})).status).toBe(404);
    await dataOf(wandb, UPSERT, { name: "r1", project: "p" });
    expect(
      (await stream(wandb, "me/p/r1", { files: { "output.log": { offset: -1, content: [] } } })).status,
    ).toBe(400);
  });
});

describe("what nobody knows", () => {
  it("is answered with errors and status 200 for an operation, and written down", async () => {
    const { data, errors } = await ask(wandb, "mutation RewindRun { rewindRun(input: {}) { id } }");
    expect({ data, errors }).toEqual({
      data: null,
      errors: [{ message: 'Cannot query field "rewindRun" on type "Mutation".' }],
    });
    expect(wandb.unknown).toMatchObject([{ operation: "RewindRun", path: "/graphql" }]);
  });

  it("is answered 500 for a route, except the SDK's telemetry, which 404 switches off", async () => {
    expect((await fetch(`${wandb.url}/sdk/otel/v1/metrics`, { method: "POST" })).status).toBe(404);
    expect(wandb.unknown).toEqual([]);
    expect((await fetch(`${wandb.url}/new/route?x=1`)).status).toBe(500);
    expect(wandb.unknown).toEqual([
      { method: "GET", path: "/new/route", operation: null, problems: ["no such route"] },
    ]);
  });

  it("is a bad request when it is no GraphQL at all", async () => {
    const response = await fetch(`${wandb.url}/graphql`, { method: "POST", body: "{" });
    expect(response.status).toBe(400);
  });
});

describe("keys and limits", () => {
  it("lets in only the given keys", async () => {
    await restart({ apiKeys: ["local-abc"] });
    expect((await post(wandb, VIEWER, { key: "local-abc" })).status).toBe(200);
    expect((await post(wandb, VIEWER, { key: "other" })).status).toBe(401);
    expect((await post(wandb, VIEWER)).status).toBe(401);
    expect((await stream(wandb, "me/p/r1", {})).status).toBe(401);
    const headers = { Authorization: "Bearer local-abc" };
    const body = JSON.stringify({ query: VIEWER });
    expect((await fetch(`${wandb.url}/graphql`, { method: "POST", headers, body })).status).toBe(200);
  });

  it("counts down in its headers, then says 429 until the window is over", async () => {
    let now = 0;
    await restart({ rateLimit: { requests: 2, windowSeconds: 60 }, now: () => now });
    const visit = async () => {
      const { status, headers } = await post(wandb, VIEWER);
      return [status, headers.get("ratelimit-remaining"), headers.get("ratelimit-reset")];
    };
    expect(await visit()).toEqual([200, "500", "60"]);
    now = 30_000;
    expect(await visit()).toEqual([200, "0", "30"]);
    expect(await visit()).toEqual([429, "0", "30"]);
    now = 60_000;
    expect(await visit()).toEqual([200, "500", "60"]);
  });
});

describe("faults", () => {
  it("meet the requests they are meant for, as often as they are meant to", async () => {
    wandb.faults.push({
      match: "Viewer",
      times: 2,
      does: { kind: "answer", status: 503, body: "<html>busy</html>", headers: { "Retry-After": "1" } },
    });
    await dataOf(wandb, "query ServerFeaturesQuery { serverInfo { features { name } } }");
    const response = await post(wandb, VIEWER);
    expect([
      response.status,
      response.headers.get("content-type"),
      response.headers.get("retry-after"),
    ]).toEqual([503, "text/html; charset=utf-8", "1"]);
    expect(wandb.faults.pending).toHaveLength(1);
    await post(wandb, VIEWER);
    expect((await post(wandb, VIEWER)).status).toBe(200);
    expect(wandb.faults.pending).toEqual([]);
  });

  it("cut the connection before or after the work is done", async () => {
    await dataOf(wandb, UPSERT, { name: "r1", project: "p" });
    wandb.faults.push({ match: "file_stream", does: { kind: "cut", when: "before" } });
    await expect(stream(wandb, "me/p/r1", rows(0, ["{}"]))).rejects.toThrow();
    expect(wandb.runs.get("r1")?.history).toEqual([]);
    wandb.faults.push({ match: "/files/", does: { kind: "cut", when: "after" } });
    await expect(stream(wandb, "me/p/r1", rows(0, ["{}"]))).rejects.toThrow();
    expect(wandb.runs.get("r1")?.history).toEqual(["{}"]);
    expect(wandb.requests.at(-1)).toMatchObject({ operation: "file_stream", status: null, bytesOut: 0 });
  });

  it("break off in the middle of an answer", async () => {
    wandb.faults.push({ does: { kind: "truncate" } });
    const response = await post(wandb, VIEWER);
    await expect(response.text()).rejects.toThrow();
  });

  it("delay an answer", async () => {
    wandb.faults.push({ does: { kind: "delay", ms: 50 } });
    const started = performance.now();
    await post(wandb, VIEWER);
    expect(performance.now() - started).toBeGreaterThan(45);
  });
});

describe("snapshot", () => {
  it("survives JSON and another server", async () => {
    wandb.runs.add({ name: "r1", project: "p", history: [{ a: Number.NaN }], config: { lr: 1 } });
    const other = await startWandb();
    other.restore(JSON.parse(JSON.stringify(wandb.snapshot())));
    expect(other.snapshot()).toEqual(wandb.snapshot());
    expect(other.runs.rows("r1")).toEqual([{ _step: 0, a: Number.NaN }]);
    expect(() => other.restore({ version: 2 })).toThrow();
    await other.close();
  });
});

describe("the log of requests", () => {
  it("keeps operation, variables and bytes on the wire, compressed when the answer is long", async () => {
    wandb.runs.add({
      name: "r1",
      project: "p",
      history: Array.from({ length: 300 }, () => ({ loss: 0.5 })),
    });
    const query = `query RunFullHistory($samples: Int) { project(name: "p") { run(name: "r1") { history(samples: $samples) } } }`;
    const response = await post(wandb, query, { variables: { samples: 300 } });
    const text = await response.text();
    const [record] = wandb.requests;
    expect(record).toMatchObject({ operation: "RunFullHistory", variables: { samples: 300 }, status: 200 });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(record?.bytesOut).toBeLessThan(text.length / 3);
  });
});
