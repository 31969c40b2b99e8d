import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { startWandb } from "../../../src/embedded/wandb/server.ts";
import { replayStored } from "../../../src/training/tap/replay.ts";
import { realClock, until } from "../real-ports.ts";
import { CREATE_FILES, losses, outage, REAL_KEY, sdk, tapScene } from "./tap-scene.ts";

const RUN = "a123456789";
const OTHER = "b987654321";
const storedText = (folder: string) =>
  readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("");

describe("a tap before a W&B that answers", () => {
  it("hands everything on with the real key and nothing of it to the trainer", async () => {
    const { wandb, tap } = await tapScene(onTestFinished);
    const environment = tap.environment(RUN);
    expect(environment["WANDB_API_KEY"]).toMatch(/^[0-9a-f]{40}$/);
    expect(environment["WANDB_BASE_URL"]).toBe(tap.url);
    expect(JSON.stringify(environment)).not.toContain(REAL_KEY);
    const trainer = sdk(environment, RUN);
    expect(await trainer.init()).toEqual({ entity: "me", project: "tapped" });
    expect(await trainer.rows(0, ["0.5", "0.25"])).toEqual({
      status: 200,
      body: { exitcode: null, limits: {} },
    });
    await trainer.rows(2, ["0.125"], { complete: true, exitcode: 0 });
    expect(losses(wandb, RUN)).toEqual([0.5, 0.25, 0.125]);
    expect(wandb.runs.get(RUN)).toMatchObject({ state: "finished", config: '{"lr":{"value":0.1}}' });
    expect(tap.pageOf(RUN)).toBe(`${wandb.url}/me/tapped/runs/${RUN}`);
    expect(tap.stored()).toBe(0);
  });

  it("tells every row as it arrives: numbers, NaN too, under canonical keys, each line once", async () => {
    const { tap, rows } = await tapScene(onTestFinished);
    const heard: number[] = [];
    const deafen = tap.rows(RUN, ({ line }) => heard.push(line));
    const trainer = sdk(tap.environment(RUN), RUN);
    const { entity, project } = await trainer.init();
    const line =
      '{"_step":50,"train/ot_ot_pi_sum":NaN,"train/loss":-Infinity,"name":"x","ok":true,"nested":{"a":1},"_runtime":2.5}';
    const path = `/files/${entity}/${project}/${RUN}/file_stream`;
    const body = JSON.stringify({ files: { "wandb-history.jsonl": { offset: 0, content: [line] } } });
    await trainer.post(path, body);
    await trainer.post(path, gzipSync(body), { "content-encoding": "gzip" });
    await trainer.rows(0, ["1", "2"]);
    expect(rows.map(({ runId, line, step }) => [runId, line, step])).toEqual([
      [RUN, 0, 50],
      [RUN, 1, 1],
    ]);
    expect([...(rows[0]?.values ?? [])]).toEqual([
      ["train/loss", Number.NEGATIVE_INFINITY],
      ["train/ot_pi_sum", Number.NaN],
      ["_runtime", 2.5],
      ["nested.a", 1],
    ]);
    expect(heard).toEqual([0, 1]);
    deafen();
    await trainer.rows(2, ["3"]);
    expect(heard).toEqual([0, 1]);
  });

  it("keeps serving when a listener fails, and says so", async () => {
    const { tap, wandb, notes } = await tapScene(onTestFinished);
    tap.rows(RUN, () => {
      throw new Error("no screen");
    });
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    expect(await trainer.rows(0, ["1"])).toMatchObject({ status: 200 });
    expect(losses(wandb, RUN)).toEqual([1]);
    expect(notes).toEqual([`${RUN}: somebody who listens to its rows failed: no screen`]);
  });

  it("asks a run to stop with its next answer, and only that run", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const [one, other] = [sdk(tap.environment(RUN), RUN), sdk(tap.environment(OTHER), OTHER)];
    await one.init();
    await other.init();
    expect(tap.requestStop(RUN)).toBe(true);
    expect((await one.rows(0, ["1"])).body).toEqual({ exitcode: null, limits: {}, stopped: true });
    expect((await other.rows(0, ["1"])).body).toEqual({ exitcode: null, limits: {} });
    const ask =
      "($projectName: String, $entityName: String, $runId: String!) { project(name: $projectName, entityName: $entityName) { run(name: $runId) { stopped } } }";
    const asked = { projectName: "tapped", entityName: "me", runId: RUN };
    expect((await one.graphql("RunStoppedStatus", asked, ask)).body).toEqual({
      data: { project: { run: { stopped: true } } },
    });
    expect(losses(wandb, RUN)).toEqual([1]);
    expect(tap.requestStop("nobody")).toBe(false);
  });

  it("passes on a stop that somebody asked for on W&B itself", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    wandb.requestStop(RUN);
    expect((await trainer.rows(0, ["1"])).body).toMatchObject({ stopped: true });
  });

  it.each([401, 403, 404, 409, 410, 422])("passes a refusal on and stores nothing: %i", async (status) => {
    const { tap, wandb, rows } = await tapScene(onTestFinished);
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    wandb.faults.push({ match: "file_stream", does: { kind: "answer", status, body: { error: "no" } } });
    expect(await trainer.rows(0, ["1"])).toEqual({ status, body: { error: "no" } });
    expect(tap.stored()).toBe(0);
    expect(rows).toHaveLength(1);
  });

  it("carries uploads under addresses of its own, without a key", async () => {
    const keyed: string[] = [];
    const { tap, wandb } = await tapScene(onTestFinished, {
      fetch: (to, init) => {
        if (new Headers(init?.headers).has("authorization")) keyed.push(new URL(String(to)).pathname);
        return fetch(to, init);
      },
    });
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    const variables = { entity: "me", project: "tapped", run: RUN, files: ["config.yaml"] };
    const { body } = await trainer.graphql("CreateRunFiles", variables, CREATE_FILES);
    const [file] = body.data.createRunFiles.files;
    expect(file.uploadUrl).toMatch(new RegExp(`^${tap.url}/upload/${RUN}/[0-9a-f]{32}$`));
    expect(await trainer.put(file.uploadUrl, "lr: 1")).toBe(200);
    expect(Buffer.from(wandb.runs.get(RUN)?.files["config.yaml"]?.base64 ?? "", "base64").toString()).toBe(
      "lr: 1",
    );
    expect(new Set(keyed)).toEqual(new Set(["/graphql"]));
  });
});

describe("a tap before a W&B that is away", () => {
  it.each(["nothing there", "every answer a 500", "rate limited"])(
    "answers the SDK itself: %s",
    async (how) => {
      const { wandb, tap, rows, notes } = await tapScene(onTestFinished, { retryMs: 60_000 });
      if (how === "nothing there") await wandb.close();
      else outage(wandb, how === "rate limited" ? 429 : 500);
      const trainer = sdk(tap.environment(RUN), RUN);
      expect(await trainer.init()).toEqual({ entity: "entity-not-known-yet", project: "tapped" });
      expect((await trainer.graphql("Viewer", {})).body).toMatchObject({
        data: { viewer: { teams: { edges: [] } } },
      });
      expect((await trainer.graphql("Whatever", {})).status).toBe(200);
      expect(await trainer.rows(0, ["NaN"])).toEqual({ status: 200, body: { exitcode: null, limits: {} } });
      tap.requestStop(RUN);
      expect((await trainer.rows(1, ["2"])).body).toMatchObject({ stopped: true });
      expect(rows.map(({ values }) => values.get("train/loss"))).toEqual([Number.NaN, 2]);
      expect(tap.stored()).toBe(3);
      expect(tap.pageOf(RUN)).toBeNull();
      expect(notes).toHaveLength(1);
    },
  );

  it("sends what it kept as soon as W&B is back, in order, to the account that W&B then names", async () => {
    const { wandb, tap } = await tapScene(onTestFinished);
    const over = outage(wandb);
    const trainer = sdk(tap.environment(RUN), RUN);
    const { entity, project } = await trainer.init();
    for (let line = 0; line < 5; line++) await trainer.rows(line, [String(line)]);
    const variables = { entity, project, run: RUN, files: ["output.log"] };
    const { body } = await trainer.graphql("CreateRunFiles", variables, CREATE_FILES);
    expect(await trainer.put(body.data.createRunFiles.files[0].uploadUrl, "a log")).toBe(200);
    expect(tap.stored()).toBe(7);
    over.end();
    await until("it is sent", () => tap.stored() === 0);
    expect(losses(wandb, RUN)).toEqual([0, 1, 2, 3, 4]);
    expect(Object.keys(wandb.runs.get(RUN)?.files ?? {})).toEqual(["output.log"]);

    // The SDK still believes in the placeholder.
    await trainer.rows(5, ["5"], { complete: true, exitcode: 1 });
    const late = await trainer.graphql("CreateRunFiles", { ...variables, files: ["late"] }, CREATE_FILES);
    expect(late.body).toMatchObject({ data: { createRunFiles: { files: [{ name: "late" }] } } });
    expect(losses(wandb, RUN)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(wandb.runs.all()).toMatchObject([{ name: RUN, entity: "me", state: "failed" }]);
    expect(tap.pageOf(RUN)).toBe(`${wandb.url}/me/tapped/runs/${RUN}`);
    expect(wandb.unknown).toEqual([]);
    // Five requests became one.
    expect(
      wandb.requests.filter(({ status, operation }) => status === 200 && operation === "file_stream"),
    ).toHaveLength(2);
  });

  it("lets nothing overtake what waits", async () => {
    const { wandb, tap } = await tapScene(onTestFinished);
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    // The first line is on its way for a second time, and W&B would take the last one at once.
    wandb.faults.push({ match: "file_stream", times: 2, does: { kind: "delay", ms: 1_500 } });
    await trainer.rows(0, ["0"]);
    await trainer.rows(1, ["1"], { complete: true, exitcode: 0 });
    expect(tap.stored()).toBe(2);
    expect(wandb.runs.get(RUN)).toMatchObject({ state: "running" });
    await until("it is sent", () => tap.stored() === 0);
    expect(wandb.runs.get(RUN)).toMatchObject({ state: "finished" });
    expect(losses(wandb, RUN)).toEqual([0, 1]);
  });

  it("counts nothing twice when only the answer was lost", async () => {
    const { wandb, tap, rows } = await tapScene(onTestFinished);
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    wandb.faults.push({ match: "file_stream", times: 2, does: { kind: "cut", when: "after" } });
    await trainer.rows(0, ["0"]);
    await until("it is sent", () => tap.stored() === 0);
    await trainer.rows(1, ["1"]);
    expect(losses(wandb, RUN)).toEqual([0, 1]);
    expect(rows).toHaveLength(2);
  });

  it("answers while W&B hangs", async () => {
    const { wandb, tap } = await tapScene(onTestFinished, { timeoutMs: 100, retryMs: 60_000 });
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    wandb.faults.push({ match: "file_stream", times: 9, does: { kind: "delay", ms: 3_000 } });
    const before = Date.now();
    for (let line = 0; line < 20; line++) await trainer.rows(line, ["1"]);
    expect(Date.now() - before).toBeLessThan(2_000);
    expect(tap.stored()).toBe(20);
  });

  it("answers lines in time while W&B is slow, and delivers them behind the trainer's back", async () => {
    const { wandb, tap, notes } = await tapScene(onTestFinished);
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    wandb.faults.push({
      match: "file_stream",
      times: Number.POSITIVE_INFINITY,
      does: { kind: "delay", ms: 1_500 },
    });
    for (let line = 0; line < 4; line++) {
      const before = Date.now();
      await trainer.rows(line, [String(line)]);
      expect(Date.now() - before).toBeLessThan(1_200);
    }
    await until("it is sent", () => tap.stored() === 0);
    expect(losses(wandb, RUN)).toEqual([0, 1, 2, 3]);
    expect(notes).toEqual([]);
  });

  it("does not guess where a run ended that is to be resumed", async () => {
    const { wandb, tap } = await tapScene(onTestFinished);
    outage(wandb);
    const trainer = sdk(tap.environment(RUN), RUN);
    expect(await trainer.graphql("RunResumeStatus", { name: RUN })).toMatchObject({ status: 503 });
  });

  it("never stores more than it may", async () => {
    const { wandb, tap, storeDir, notes } = await tapScene(onTestFinished, {
      maxStoredBytes: 2_000,
      retryMs: 60_000,
    });
    outage(wandb);
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    for (let line = 0; line < 50; line++)
      expect(await trainer.rows(line, ["1"])).toMatchObject({ status: 200 });
    expect(storedText(storeDir).length).toBeLessThanOrEqual(2_000);
    expect(notes.at(-1)).toBe(`${RUN}: the store is full; what comes now is only in the run's .wandb file.`);
  });

  it("without any W&B stores everything, and no key", async () => {
    const { tap, storeDir, rows } = await tapScene(onTestFinished, { upstream: null });
    const environment = tap.environment(RUN);
    const trainer = sdk(environment, RUN);
    await trainer.init("lab");
    await trainer.rows(0, ["1"]);
    expect(rows).toHaveLength(1);
    expect(environment).not.toHaveProperty("WANDB_APP_URL");
    expect(storedText(storeDir)).toContain("train/loss");
    expect(storedText(storeDir)).not.toContain(environment["WANDB_API_KEY"]);
    expect(storedText(storeDir)).not.toMatch(/authorization/i);
  });
});

describe("replayStored", () => {
  it("sends what a closed tap left, once, each run to itself", async () => {
    const { wandb, tap, storeDir } = await tapScene(onTestFinished);
    outage(wandb);
    const [one, other] = [sdk(tap.environment(RUN), RUN), sdk(tap.environment(OTHER), OTHER)];
    await Promise.all([one.init(), other.init("lab")]);
    for (let line = 0; line < 4; line++) {
      await Promise.all([one.rows(line, [`1${line}`]), other.rows(line, [`2${line}`])]);
    }
    await tap.close();
    expect(readdirSync(storeDir)).toHaveLength(2);

    const later = await startWandb({ apiKeys: [REAL_KEY] });
    onTestFinished(() => later.close());
    const upstream = { baseUrl: later.url, apiKey: REAL_KEY };
    const replay = () => replayStored({ storeDir, upstream, fetch, clock: realClock });
    expect(
      await Promise.all([replay(), replay()]).then((all) => all.reduce((sum, { sent }) => sum + sent, 0)),
    ).toBe(10);
    expect(losses(later, RUN)).toEqual([10, 11, 12, 13]);
    expect(losses(later, OTHER)).toEqual([20, 21, 22, 23]);
    expect(
      later.runs
        .all()
        .map(({ name, entity }) => [name, entity])
        .toSorted(),
    ).toEqual([
      [RUN, "me"],
      [OTHER, "lab"],
    ]);
    expect(readdirSync(storeDir)).toEqual([]);
    expect(await replay()).toEqual({ sent: 0, left: [] });
  });

  it("leaves a living tap's requests alone, and takes over those of a dead one", async () => {
    const { wandb, tap, storeDir } = await tapScene(onTestFinished, { upstream: null });
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    const upstream = { baseUrl: wandb.url, apiKey: REAL_KEY };
    const replayAt = (ms: number) =>
      replayStored({ storeDir, upstream, fetch, clock: { ...realClock, now: () => Date.now() + ms } });
    expect(await replayAt(0)).toEqual({ sent: 0, left: [] });
    expect(await replayAt(10 * 60_000)).toEqual({ sent: 1, left: [] });
    expect(wandb.runs.get(RUN)).toBeDefined();
  });

  it("keeps what W&B does not take, with the reason", async () => {
    const { wandb, tap, storeDir } = await tapScene(onTestFinished, { upstream: null });
    const trainer = sdk(tap.environment(RUN), RUN);
    await trainer.init();
    await trainer.rows(0, ["1"]);
    await tap.close();
    const replay = (apiKey: string) =>
      replayStored({ storeDir, upstream: { baseUrl: wandb.url, apiKey }, fetch, clock: realClock });
    expect(await replay("w".repeat(40))).toEqual({
      sent: 0,
      left: [{ runId: RUN, requests: 2, why: "status 401" }],
    });
    const over = outage(wandb);
    expect(await replay(REAL_KEY)).toEqual({
      sent: 0,
      left: [{ runId: RUN, requests: 2, why: "status 503" }],
    });
    over.end();
    expect(await replay(REAL_KEY)).toEqual({ sent: 2, left: [] });
    expect(losses(wandb, RUN)).toEqual([1]);
  });
});

describe("the door of a tap", () => {
  it("opens to the key of a run, and to that run only", async () => {
    const { tap, wandb, notes } = await tapScene(onTestFinished);
    const mine = tap.environment(RUN);
    const other = tap.environment(OTHER);
    expect(other["WANDB_API_KEY"]).not.toBe(mine["WANDB_API_KEY"]);
    expect(tap.environment(RUN)).toEqual(mine);
    for (const key of ["", REAL_KEY, "a".repeat(40)]) {
      const stranger = sdk({ ...mine, WANDB_API_KEY: key }, RUN);
      expect((await stranger.graphql("Viewer", {})).status).toBe(401);
      expect((await stranger.rows(0, ["1"])).status).toBe(401);
    }
    const thief = sdk(mine, OTHER);
    expect((await thief.post(`/files/me/tapped/${OTHER}/file_stream`, "{}")).status).toBe(403);
    expect((await thief.graphql("UpsertBucket", { name: OTHER })).status).toBe(403);
    expect(await thief.put(`${tap.url}/upload/${RUN}/${"0".repeat(32)}`, "x")).toBe(401);
    expect(wandb.requests).toEqual([]);
    expect(notes.join()).not.toContain(mine["WANDB_API_KEY"]);
  });

  it("refuses large bodies, packed ones too, and what it does not know", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const trainer = sdk(tap.environment(RUN), RUN);
    const large = new Uint8Array(10 * 2 ** 20 + 1).fill(0x20);
    expect((await trainer.post("/graphql", large)).status).toBe(413);
    const bomb = gzipSync(large);
    expect((await trainer.post("/graphql", bomb, { "content-encoding": "gzip" })).status).toBe(413);
    expect((await trainer.post("/graphql", "{}", { "content-encoding": "gzip" })).status).toBe(400);
    expect((await trainer.post("/graphql", "[]")).status).toBe(400);
    expect((await trainer.post("/admin", "{}")).status).toBe(404);
    expect((await trainer.post("/sdk/otel/v1/metrics", "{}")).status).toBe(404);
    expect(wandb.requests).toEqual([]);
  });

  it("is on the loopback only", async () => {
    const { tap } = await tapScene(onTestFinished);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((face) => face && !face.internal && face.family === "IPv4");
    expect(new URL(tap.url).hostname).toBe("127.0.0.1");
    if (!outside) return;
    const reached = await new Promise((resolve) => {
      request({ host: outside.address, port: new URL(tap.url).port }, () => resolve(true))
        .on("error", () => resolve(false))
        .end();
    });
    expect(reached).toBe(false);
  });

  it.each(["", "../x", "a/b", "a.b", "-a"])("takes no run id that is no file name: %j", async (runId) => {
    const { tap } = await tapScene(onTestFinished);
    expect(() => tap.environment(runId)).toThrow(/cannot be the id/);
  });
});
