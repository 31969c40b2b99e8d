import { afterEach, describe, expect, it } from "vitest";
import { startWandb } from "../../src/embedded/wandb/server.ts";
import type { Run } from "../../src/judgement/run.ts";
import { proxiedPost } from "../../src/proxied-post.ts";
import { type WandbApiOptions, wandbApi } from "../../src/runs/wandb-api.ts";
import type { TextStore } from "../../src/runs/wandb-cache.ts";

type Wandb = Awaited<ReturnType<typeof startWandb>>;
type Seed = Parameters<Wandb["runs"]["add"]>[0];
type Row = Readonly<Record<string, unknown>>;

const everyRun = { kind: "filter" } as const;
const stopping: Wandb[] = [];

afterEach(async () => {
  await Promise.all(stopping.splice(0).map((server) => server.close()));
});

async function start(options: Parameters<typeof startWandb>[0] = {}): Promise<Wandb> {
  const server = await startWandb({ entity: "lab", ...options });
  stopping.push(server);
  return server;
}

function source(server: Wandb, options: Partial<WandbApiOptions> = {}) {
  return wandbApi({
    post: proxiedPost({}),
    sleep: async () => undefined,
    now: Date.now,
    random: () => 0,
    baseUrl: server.url,
    apiKey: "k".repeat(40),
    entity: "lab",
    project: "act",
    ...options,
  });
}

/** Rows as the trainer logs them: every 50 steps, eval in every fourth row, in one row with the rest. */
function history(rows: number): Row[] {
  return Array.from({ length: rows }, (_, index) => ({
    _step: (index + 1) * 50,
    "train/loss": 10 / (index + 1),
    "train/ot_pi_sum": index % 7 === 3 ? Number.NaN : 1 / (index + 3),
    "train/ot_cost/state": 1000 + index,
    "train/samples": index * 8,
    ...(index % 4 === 3 ? { "eval/offline_eval/avg_l1": 0.5 - index / 1000 } : {}),
  }));
}

function add(server: Wandb, seed: Partial<Seed> & { name: string }) {
  return server.runs.add({ project: "act", history: history(40), ...seed });
}

function series(run: Run | undefined, key: string) {
  return run?.data.kind === "curves" ? run.data.series.get(key) : undefined;
}

/** What the rows say about a key, as a curve. */
function curve(rows: readonly Row[], key: string) {
  const having = rows.filter((row) => row[key] !== undefined);
  return { steps: having.map((row) => row["_step"]), values: having.map((row) => row[key]) };
}

const operations = (server: Wandb) => server.requests.flatMap((request) => request.operation ?? []);

describe("wandbApi", () => {
  it("reads runs with config, state and exact curves, in two requests", async () => {
    const server = await start();
    const created = Date.parse("2025-01-02T03:04:05Z");
    add(server, {
      name: "abc",
      displayName: "act r1",
      config: { seed: 42, ot: { reg: 0.1 } },
      createdAt: created,
    });
    add(server, { name: "def", displayName: "act r2", createdAt: created + 1000, state: "failed" });
    const { runs, warnings, source: from } = await source(server).read(everyRun);
    expect(from).toBe("wandb lab/act");
    expect(warnings).toEqual([]);
    expect(runs.map((run) => [run.id, run.name, run.state, run.rows, run.steps])).toEqual([
      ["abc", "act r1", "finished", 40, 2000],
      ["def", "act r2", "failed", 40, 2000],
    ]);
    expect(runs[0]).toMatchObject({
      url: `${server.url}/lab/act/runs/abc`,
      config: { seed: 42, ot: { reg: 0.1 } },
    });
    for (const key of ["train/loss", "train/ot_pi_sum", "train/ot_cost/state", "eval/offline_eval/avg_l1"]) {
      expect(series(runs[0], key)).toEqual(curve(history(40), key));
    }
    expect(series(runs[0], "train/samples")).toBeUndefined();
    expect(operations(server)).toEqual(["Runs", "AutoloopHistory"]);
    expect(server.unknown).toEqual([]);
  });

  it("reads what the user's key list adds", async () => {
    const server = await start();
    add(server, { name: "abc" });
    const { runs } = await source(server, { extraKeys: ["train/samples"] }).read(everyRun);
    expect(series(runs[0], "train/samples")?.values).toHaveLength(40);
  });

  it("stays exact where the server would sample: long runs, keys of several cadences, NaN spelt either way", async () => {
    for (const nonFinite of ["tokens", "strings"] as const) {
      const server = await start({ nonFinite });
      const rows = history(3000);
      add(server, { name: "long", history: rows });
      const { runs, warnings } = await source(server).read(everyRun);
      expect(warnings).toEqual([]);
      for (const key of ["train/loss", "train/ot_pi_sum", "eval/offline_eval/avg_l1"]) {
        expect(series(runs[0], key)).toEqual(curve(rows, key));
      }
    }
  });

  it("says which metrics were logged and could not be read", async () => {
    const server = await start();
    const rows = history(12).map((row) => ({
      ...row,
      "train/ot_pi_sum": "lost",
      "train/ot_ot_loss": "lost",
    }));
    add(server, { name: "texts", history: rows });
    add(server, { name: "good" });
    const { runs } = await source(server).read(everyRun);
    expect(new Map(runs.map(({ id, unread }) => [id, unread]))).toEqual(
      new Map<string, unknown>([
        ["texts", ["train/ot_loss", "train/ot_pi_sum"]],
        ["good", undefined],
      ]),
    );
  });

  it("does not believe that keys were logged together only because they are equally many", async () => {
    const server = await start();
    const rows = Array.from({ length: 60 }, (_, index) => ({
      _step: index * 10,
      [index % 2 === 0 ? "train/loss" : "train/l1_loss"]: index,
    }));
    add(server, { name: "odd", history: rows });
    const { runs } = await source(server).read(everyRun);
    expect(series(runs[0], "train/loss")).toEqual(curve(rows, "train/loss"));
    expect(series(runs[0], "train/l1_loss")).toEqual(curve(rows, "train/l1_loss"));
    expect(operations(server)).toEqual(["Runs", "AutoloopHistory", "AutoloopHistory"]);
  });

  it("asks for few runs at first, and shares out the rest evenly", async () => {
    const server = await start();
    // Sorted, because several are under way at once.
    const sizes = (): number[] =>
      server.requests
        .filter(({ operation }) => operation === "AutoloopHistory")
        .map(({ variables }) => Number(variables?.["first"]))
        .sort((a, b) => a - b);
    for (let index = 0; index < 20; index++) add(server, { name: `run${index}`, history: history(4) });
    await source(server).read(everyRun);
    expect(sizes()).toEqual([20]);
    for (let index = 20; index < 100; index++) add(server, { name: `run${index}`, history: history(4) });
    const { runs } = await source(server).read(everyRun);
    expect(runs).toHaveLength(100);
    expect(sizes()).toEqual([7, 13, 18, 18, 19, 20, 25]);
  });

  it("falls down the ladder: halves, single runs, pages of rows", async () => {
    const server = await start();
    for (let index = 0; index < 8; index++) add(server, { name: `run${index}` });
    server.faults.push({
      match: "AutoloopHistory",
      times: 100,
      does: { kind: "answer", status: 413, body: {} },
    });
    const { runs, warnings } = await source(server).read(everyRun);
    expect(warnings).toEqual([]);
    expect(runs).toHaveLength(8);
    for (const run of runs)
      expect(series(run, "train/ot_pi_sum")).toEqual(curve(history(40), "train/ot_pi_sum"));
    expect(operations(server).filter((operation) => operation === "HistoryPage")).toHaveLength(8);
  });

  it("pages in windows of steps, also where steps are sparse", async () => {
    const server = await start();
    const rows = history(12_000);
    add(server, { name: "huge", history: rows });
    server.faults.push({
      match: "AutoloopHistory",
      times: 100,
      does: { kind: "answer", status: 413, body: {} },
    });
    server.faults.push({ match: "HistoryPage", times: 1, does: { kind: "answer", status: 413, body: {} } });
    const { runs } = await source(server).read(everyRun);
    expect(series(runs[0], "train/loss")).toEqual(curve(rows, "train/loss"));
    const pages = operations(server).filter((operation) => operation === "HistoryPage").length;
    expect(pages).toBeGreaterThan(2);
    expect(pages).toBeLessThan(10);
  });

  it("weathers truncated answers, cut connections and short outages", async () => {
    const server = await start();
    for (let index = 0; index < 30; index++) add(server, { name: `run${index}` });
    server.faults.push(
      { match: "Runs", does: { kind: "cut", when: "before" } },
      { match: "AutoloopHistory", does: { kind: "truncate" } },
      {
        match: "AutoloopHistory",
        times: 3,
        does: { kind: "answer", status: 503, body: "<html>busy</html>" },
      },
      {
        match: "AutoloopHistory",
        does: { kind: "answer", status: 429, body: { error: "rate limit exceeded" } },
      },
    );
    const { runs } = await source(server).read(everyRun);
    expect(runs).toHaveLength(30);
    for (const run of runs) expect(series(run, "train/loss")).toEqual(curve(history(40), "train/loss"));
    expect(server.faults.pending).toEqual([]);
  });

  it("works with an old self-hosted server that cannot project", async () => {
    const server = await start({ dialect: "old-self-hosted" });
    add(server, { name: "abc", config: { seed: 1 } });
    const { runs } = await source(server).read(everyRun);
    expect(runs[0]?.config).toEqual({ seed: 1 });
    expect(series(runs[0], "train/loss")).toEqual(curve(history(40), "train/loss"));
  });

  it("selects like W&B: ids, tags, group, state, time, a raw filter, and the newest", async () => {
    const server = await start();
    const at = (day: number) => Date.UTC(2025, 0, day);
    add(server, { name: "a", createdAt: at(1), tags: ["policy:act", "seed:42"], group: "g" });
    add(server, { name: "b", createdAt: at(2), tags: ["policy:act"], state: "failed" });
    add(server, { name: "c", createdAt: at(3), tags: ["seed:87"], config: { seed: 87 } });
    const ids = async (selection: Parameters<ReturnType<typeof source>["read"]>[0]) =>
      (await source(server).read(selection)).runs.map((run) => run.id);
    expect(await ids({ kind: "ids", runIds: ["c", "a", "c"] })).toEqual(["a", "c"]);
    expect(await ids({ kind: "filter", tags: { all: ["policy:act", "seed:42"] } })).toEqual(["a"]);
    expect(await ids({ kind: "filter", tags: { any: ["seed:42", "seed:87"] } })).toEqual(["a", "c"]);
    expect(await ids({ kind: "filter", group: "g" })).toEqual(["a"]);
    expect(await ids({ kind: "filter", states: ["failed"] })).toEqual(["b"]);
    expect(
      await ids({ kind: "filter", created: { from: "2025-01-02T00:00:00Z", to: "2025-01-03T00:00:00Z" } }),
    ).toEqual(["b"]);
    expect(
      await ids({ kind: "filter", tags: { all: ["seed:87"] }, filter: { "config.seed.value": 87 } }),
    ).toEqual(["c"]);
    expect(await ids({ kind: "filter", limit: 2 })).toEqual(["b", "c"]);
  });

  it("tells a missing run, project and key from each other", async () => {
    const server = await start({ apiKeys: ["k".repeat(40)] });
    add(server, { name: "a" });
    await expect(source(server).read({ kind: "ids", runIds: ["zz"] })).rejects.toMatchObject({
      code: "runs.no-run",
    });
    await expect(source(server, { project: "other" }).read(everyRun)).rejects.toMatchObject({
      code: "runs.no-project",
    });
    await expect(source(server, { apiKey: "wrong" }).read(everyRun)).rejects.toMatchObject({
      code: "runs.unauthorized",
    });
    const some = await source(server).read({ kind: "ids", runIds: ["a", "zz"] });
    expect(some.runs).toHaveLength(1);
    expect(some.warnings).toEqual([{ key: "warning.runs-missing", values: { runs: ["zz"] } }]);
  });

  it("finds the key's own entity, and names runs that never trained", async () => {
    const server = await start();
    add(server, { name: "dead", history: [] });
    const { entity: _, ...options } = { entity: "lab" };
    const anonymous = wandbApi({
      ...options,
      post: proxiedPost({}),
      sleep: async () => undefined,
      now: Date.now,
      random: () => 0,
      baseUrl: server.url,
      apiKey: "k".repeat(40),
      project: "act",
    });
    const { runs, warnings, source: from } = await anonymous.read(everyRun);
    expect(from).toBe("wandb lab/act");
    expect(runs[0]).toMatchObject({ id: "dead", rows: 0, steps: null });
    expect(warnings).toEqual([{ key: "warning.no-history", values: { runs: ["dead"] } }]);
  });

  it("lists every run once while others are created, and reads them all", async () => {
    const server = await start();
    for (let index = 0; index < 130; index++)
      add(server, { name: `run${index}`, history: history(4), createdAt: index });
    let late = 0;
    const creating: WandbApiOptions["post"] = async (...request) => {
      const response = await proxiedPost({})(...request);
      if (late < 5) add(server, { name: `late${late++}`, history: history(4), createdAt: 60 }); // older than the cursor: shifts it
      return response;
    };
    const { runs } = await source(server, { post: creating }).read(everyRun);
    const ids = runs.map((run) => run.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (let index = 0; index < 130; index++) expect(ids).toContain(`run${index}`);
  });

  it("keeps finished runs: the second read needs only the listing, and a changed run is read anew", async () => {
    const server = await start();
    add(server, { name: "done" });
    add(server, { name: "live", state: "running" });
    const kept = new Map<string, string>();
    const store: TextStore = {
      read: async (name) => kept.get(name) ?? null,
      write: async (name, text) => void kept.set(name, text),
    };
    const reader = source(server, { store });
    const first = await reader.read({ kind: "ids", runIds: ["done"] });
    expect(kept.size).toBe(1);
    const before = server.requests.length;
    expect(await reader.read({ kind: "ids", runIds: ["done"] })).toEqual(first);
    expect(operations(server).slice(before)).toEqual(["Runs"]);
    await reader.read(everyRun);
    expect(kept.size).toBe(1);
    await source(server, { store, extraKeys: ["train/samples"] }).read({ kind: "ids", runIds: ["done"] });
    expect(kept.size).toBe(2);
  });

  it("does without a cache that is damaged or cannot be written", async () => {
    const server = await start();
    add(server, { name: "done" });
    const store: TextStore = {
      read: async () => '{"schema": "something else"}',
      write: async () => {
        throw new Error("disk full");
      },
    };
    const { runs, warnings } = await source(server, { store }).read(everyRun);
    expect(series(runs[0], "train/loss")?.values).toHaveLength(40);
    expect(warnings).toEqual([{ key: "warning.cache-unusable", values: { reason: "write: disk full" } }]);
  });

  it("stops everything when the server is down for good", async () => {
    const server = await start();
    for (let index = 0; index < 40; index++) add(server, { name: `run${index}` });
    for (const match of ["AutoloopHistory", "HistoryPage"]) {
      server.faults.push({ match, times: 10_000, does: { kind: "answer", status: 500, body: {} } });
    }
    await expect(source(server).read(everyRun)).rejects.toMatchObject({ code: "runs.unreachable" });
    expect(server.requests.length).toBeLessThan(150);
  });
});
