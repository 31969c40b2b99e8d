import { afterEach, describe, expect, it } from "vitest";
import { wandbHttp } from "../../src/runs/wandb-http.ts";
import { listRuns } from "../../src/runs/wandb-list.ts";
import { type Asked, json, type TinyServer, tinyServer } from "./tiny-server.ts";

let server: TinyServer;
afterEach(() => server.close());

const node = (id: string, createdAt = id) => ({
  name: id,
  createdAt,
  state: "finished",
  historyLineCount: 1,
});
const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `r${String(index).padStart(4, "0")}`);

/** One page of offsets, as W&B cuts it. */
function page(all: readonly string[], { variables }: Asked, runCount = all.length) {
  const after = typeof variables["after"] === "string" ? Number(variables["after"]) : 0;
  const first = Number(variables["first"]);
  const end = after + first;
  const edges = all.slice(after, end).map((id) => ({ node: node(id) }));
  return json({
    data: {
      project: {
        runCount,
        runs: { edges, pageInfo: { endCursor: String(end), hasNextPage: end < all.length } },
      },
    },
  });
}

async function list(answer: (asked: Asked, count: number) => ReturnType<typeof json>, limit?: number) {
  server = await tinyServer(answer);
  const http = wandbHttp({ ...server.world, baseUrl: server.url, apiKey: null });
  return listRuns({ http, entity: "e", project: "p" }, { kind: "filter", limit });
}

describe("listRuns", () => {
  it("pages until the end, oldest first", async () => {
    const { runs, warnings } = await list((asked) => page(names(250), asked));
    expect(runs.map((run) => run.id)).toEqual(names(250));
    expect(warnings).toEqual([]);
    expect(server.asked).toHaveLength(3);
    expect(server.asked[0]?.variables).toMatchObject({
      entity: "e",
      project: "p",
      order: "+created_at",
      filters: "{}",
    });
  });

  it("lists again when runs left the filter meanwhile, and finds those that slipped through", async () => {
    const all = names(150);
    // Ten of the first page leave before the second is asked: ten others slip to the first page's places.
    const { runs, warnings } = await list((asked, count) =>
      page(count === 1 ? all : all.slice(10), asked, count === 1 ? 150 : 140),
    );
    expect(runs.map((run) => run.id)).toEqual(all);
    expect(warnings).toEqual([]);
    expect(server.asked).toHaveLength(4);
  });

  it("says so when the listing never agrees with the server's count", async () => {
    const { runs, warnings } = await list((asked) => page(names(20), asked, 23));
    expect(runs).toHaveLength(20);
    expect(warnings).toEqual([{ key: "warning.listing-moved", values: { listed: 20, counted: 23 } }]);
    expect(server.asked).toHaveLength(2);
  });

  it("stops at the newest so many", async () => {
    const { runs } = await list((asked) => page(names(300).reverse(), asked), 120);
    expect(runs.map((run) => run.id)).toEqual(names(300).slice(-120));
    expect(server.asked).toHaveLength(2);
    expect(server.asked[0]?.variables["order"]).toBe("-created_at");
  });

  it("leaves out a run that it cannot read, and counts it", async () => {
    const edges = [
      { node: node("a") },
      { node: { displayName: "no id" } },
      { node: { ...node("b"), historyKeys: 3, tags: "x" } },
    ];
    const answer = {
      data: { project: { runCount: 3, runs: { edges, pageInfo: { endCursor: null, hasNextPage: false } } } },
    };
    const { runs, warnings } = await list(() => json(answer));
    expect(runs.map((run) => run.id)).toEqual(["a", "b"]);
    expect(warnings).toEqual([{ key: "warning.unreadable-runs", values: { count: 1 } }]);
  });

  it("refuses a time that is none", async () => {
    server = await tinyServer(() => json({}));
    const http = wandbHttp({ ...server.world, baseUrl: server.url, apiKey: null });
    const selection = { kind: "filter", created: { from: "yesterday" } } as const;
    await expect(listRuns({ http, entity: "e", project: "p" }, selection)).rejects.toMatchObject({
      code: "arguments.time",
    });
  });
});
