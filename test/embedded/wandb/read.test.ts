import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedWandb, startWandb, type WandbOptions } from "../../../src/embedded/wandb/server.ts";
import { ask, dataOf } from "./client.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-05-01T10:00:00Z");

let wandb: EmbeddedWandb;
let now = START;

async function restart(options: WandbOptions = {}): Promise<void> {
  await wandb?.close();
  wandb = await startWandb({ now: () => now, ...options });
  for (const [index, name] of ["r0", "r1", "r2"].entries()) {
    now = START + index * MINUTE;
    wandb.runs.add({
      name,
      project: "p",
      displayName: `run ${index}`,
      tags: ["baseline", `seed:${index}`],
      group: index === 2 ? null : "g",
      config: { lr: 10 ** -index, policy: { type: "act", dim: 32 } },
      history: [
        { loss: 3 - index, eval: 1 },
        { loss: Number.NaN, nested: { x: index } },
        { loss: 1 / 3, "train/ot_pi_sum": Number.POSITIVE_INFINITY },
      ],
    });
  }
}

beforeEach(() => restart());
afterEach(() => wandb.close());

const RUNS = `query Runs($filters: JSONString, $order: String, $first: Int, $after: String) {
  project(name: "p", entityName: "me") {
    runCount(filters: $filters)
    runs(filters: $filters, order: $order, first: $first, after: $after) {
      edges { cursor node { name } } pageInfo { endCursor hasNextPage }
    }
  }
}`;

interface Listed {
  readonly runCount: number;
  readonly runs: {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly name: string } }[];
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  };
}

async function list(variables: object): Promise<Listed> {
  const { project } = await dataOf(wandb, RUNS, variables);
  return Object(project);
}

async function names(variables: object): Promise<readonly string[]> {
  return (await list(variables)).runs.edges.map(({ node }) => node.name);
}

const filters = (filter: object) => ({ filters: JSON.stringify(filter) });

describe("runs", () => {
  it.each([
    [{}, ["r0", "r1", "r2"]],
    [{ name: { $in: ["r2", "r0"] } }, ["r0", "r2"]],
    [{ displayName: { $regex: "^run [12]$" } }, ["r1", "r2"]],
    [{ tags: "seed:1" }, ["r1"]],
    [{ group: null }, ["r2"]],
    [{ state: "finished", username: "me" }, ["r0", "r1", "r2"]],
    [{ State: "finished" }, []],
    [{ "config.lr": { $lt: 0.5 } }, ["r1", "r2"]],
    [{ "config.lr.value": 1 }, ["r0"]],
    [{ "config.policy.type": "act", "config.policy.value.dim": 32 }, ["r0", "r1", "r2"]],
    [{ "config.gone": 1 }, []],
    [{ "summary_metrics.eval": 1, "summary_metrics.nested.x": { $gte: 1 } }, ["r1", "r2"]],
    [{ "keys_info.keys.train/ot_pi_sum": { $exists: true } }, ["r0", "r1", "r2"]],
    [{ createdAt: { $gt: "2026-05-01T10:00:30" } }, ["r1", "r2"]],
  ])("filtered by %j are %j", async (filter, expected) => {
    expect(await names(filters(filter))).toEqual(expected);
    expect((await list({ ...filters(filter), first: 1 })).runCount).toBe(expected.length);
  });

  it.each([
    ["+created_at", ["r0", "r1", "r2"]],
    ["-created_at", ["r2", "r1", "r0"]],
    ["", ["r0", "r1", "r2"]],
    ["+config.lr.value", ["r2", "r1", "r0"]],
    ["-summary_metrics.nested.x", ["r2", "r1", "r0"]],
  ])("ordered by %j are %j", async (order, expected) => {
    expect(await names({ order })).toEqual(expected);
  });

  it("come page by page, and shift under a reader when the list changes meanwhile", async () => {
    const first = await list({ first: 2, order: "-created_at" });
    expect(first.runs.pageInfo).toEqual({ endCursor: btoa("arrayconnection:1"), hasNextPage: true });
    const rest = { order: "-created_at", first: 2, after: first.runs.pageInfo.endCursor };
    expect(await names(rest)).toEqual(["r0"]);
    now += MINUTE;
    wandb.runs.add({ name: "r3", project: "p" });
    expect(await names(rest)).toEqual(["r1", "r0"]);
    expect((await list({ first: 0 })).runs.pageInfo).toEqual({ endCursor: null, hasNextPage: true });
  });

  it.each([
    [{ filters: "{" }, "JSON"],
    [{ filters: '{"$what":1}' }, "unknown operator $what"],
    [{ order: "+name" }, "invalid order: +name"],
    [{ after: "nonsense" }, "invalid cursor: nonsense"],
  ])("refuse %j", async (variables, message) => {
    const { errors } = await ask(wandb, RUNS, variables);
    expect(errors?.map((error) => error.message).join()).toContain(message);
  });

  it("belong to projects that exist from their first run on; what is missing is null", async () => {
    const query = `{ gone: project(name: "q", entityName: "me") { name }
      foreign: project(name: "p", entityName: "you") { name }
      here: project(name: "p") { name entityName internalId run(name: "gone") { name } bucket(name: "r1") { name } } }`;
    expect(await dataOf(wandb, query)).toEqual({
      gone: null,
      foreign: null,
      here: { name: "p", entityName: "me", internalId: "1", run: null, bucket: { name: "r1" } },
    });
  });
});

const run = (fields: string) => `{ project(name: "p") { run(name: "r1") { ${fields} } } }`;
const runFields = async (fields: string) =>
  Object(Object((await dataOf(wandb, run(fields)))["project"])["run"]);

describe("a run", () => {
  it("has its documents as strings, its keys inline", async () => {
    const fields = await runFields(
      'config summaryMetrics historyLineCount historyKeys historyTail wandbConfig(keys: ["t"])',
    );
    expect(JSON.parse(fields.config)).toEqual({
      lr: { desc: null, value: 0.1 },
      policy: { desc: null, value: { type: "act", dim: 32 } },
    });
    expect(fields.summaryMetrics).toContain('"train/ot_pi_sum":Infinity');
    expect(fields).toMatchObject({ historyLineCount: 3, wandbConfig: '{"t":1}' });
    expect(fields.historyKeys).toMatchObject({ lastStep: 2, keys: { eval: { typeCounts: [{ count: 1 }] } } });
    expect(JSON.parse(fields.historyTail)).toHaveLength(1);
  });

  it("projects config and summary on the server", async () => {
    const fields = await runFields(`config(keys: ["lr"]) summaryMetrics(keys: ["train/ot_pi_sum", "gone"])`);
    expect(fields).toEqual({
      config: '{"lr":{"desc":null,"value":0.1}}',
      summaryMetrics: '{"train/ot_pi_sum":Infinity}',
    });
  });

  it("does not on an old self-hosted server", async () => {
    await restart({ dialect: "old-self-hosted" });
    const { errors } = await ask(wandb, run(`config(keys: ["lr"])`));
    expect(errors?.[0]?.message).toBe('Unknown argument "keys" on field "config" of type "Run".');
    expect(await runFields("state")).toEqual({ state: "finished" });
  });

  it("writes non-finite numbers of lines and summaries in either of two ways", async () => {
    const read = () => runFields('history(minStep: 1, maxStep: 2) summaryMetrics(keys: ["train/ot_pi_sum"])');
    expect(await read()).toMatchObject({ history: ['{"_step":1,"loss":NaN,"nested.x":1}'] });
    await restart({ nonFinite: "strings" });
    expect(await read()).toEqual({
      history: ['{"_step":1,"loss":"NaN","nested.x":1}'],
      summaryMetrics: '{"train/ot_pi_sum":"Infinity"}',
    });
  });

  it("crashes after five silent minutes by the injected clock", async () => {
    wandb.runs.add({ name: "r1", project: "p", state: "running", exitCode: null });
    expect(await runFields("state running")).toEqual({ state: "running", running: true });
    now += 5 * MINUTE + 1;
    expect(await runFields("state running failed")).toEqual({
      state: "crashed",
      running: false,
      failed: true,
    });
    expect(await names(filters({ state: "crashed" }))).toEqual(["r1"]);
  });

  it("offers every field of the schema", async () => {
    const { __type } = await dataOf(wandb, `{ __type(name: "Run") { fields { name args { name } } } }`);
    const fields: readonly { name: string; args: readonly object[] }[] = Object(__type)["fields"];
    const inside = { user: "{ name }", project: "{ runs { edges { node { name } } } }" };
    const plain = fields.filter(({ name }) => !["sampledHistory", "parquetHistory", "files"].includes(name));
    const selection = plain.map(({ name }) => `${name} ${new Map(Object.entries(inside)).get(name) ?? ""}`);
    expect(Object.keys(await runFields(selection.join("\n")))).toEqual(plain.map(({ name }) => name));
  });
});

describe("history in batches", () => {
  it("answers several specs for several runs in one request", async () => {
    const query = `query AutoloopHistory($entity: String!, $project: String!, $filters: JSONString, $order: String,
        $first: Int, $after: String, $specs: [JSONString!]!, $summaryKeys: [String!], $configKeys: [String!]) {
      project(name: $project, entityName: $entity) {
        runs(filters: $filters, order: $order, first: $first, after: $after) {
          edges { cursor node { id name displayName state group jobType tags createdAt heartbeatAt historyLineCount
            summaryMetrics(keys: $summaryKeys) config(keys: $configKeys) sampledHistory(specs: $specs) } }
          pageInfo { endCursor hasNextPage }
        }
      }
    }`;
    const specs = ["loss", "eval"].map((key) => JSON.stringify({ keys: ["_step", key], samples: 2000 }));
    const { project } = await dataOf(wandb, query, {
      entity: "me",
      project: "p",
      ...filters({ name: { $in: ["r0", "r2"] } }),
      first: 2,
      specs,
      summaryKeys: ["eval"],
      configKeys: ["lr"],
    });
    const nodes = Object(project).runs.edges.map(({ node }: { node: object }) => node);
    expect(nodes).toMatchObject([
      {
        name: "r0",
        config: '{"lr":{"desc":null,"value":1}}',
        sampledHistory: [
          [
            { _step: 0, loss: 3 },
            { _step: 1, loss: "NaN" },
            { _step: 2, loss: 1 / 3 },
          ],
          [{ _step: 0, eval: 1 }],
        ],
      },
      { name: "r2", summaryMetrics: '{"eval":1}' },
    ]);
    expect(wandb.requests.at(-1)).toMatchObject({ operation: "AutoloopHistory", status: 200 });
    expect(wandb.unknown).toEqual([]);
  });

  it("has no exported files, only live rows", async () => {
    expect(await runFields(`parquetHistory(liveKeys: ["_step"]) { parquetUrls liveData }`)).toEqual({
      parquetHistory: { parquetUrls: [], liveData: [{ _step: 0 }, { _step: 1 }, { _step: 2 }] },
    });
  });
});
