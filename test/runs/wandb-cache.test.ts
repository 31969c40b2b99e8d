import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderStore, runCache } from "../../src/runs/wandb-cache.ts";
import type { WandbProject } from "../../src/runs/wandb-project.ts";
import type { ListedRun } from "../../src/runs/wandb-schemas.ts";

const http: WandbProject["http"] = {
  url: "https://host/graphql",
  ask: async () => {
    throw new Error("a cache asks nobody");
  },
};
const target: WandbProject = { http, entity: "e", project: "p" };
const run: ListedRun = {
  id: "abc",
  name: null,
  state: "finished",
  tags: [],
  createdAt: null,
  heartbeatAt: "2025-01-01T00:00:00Z",
  lineCount: 3,
  lastStep: 3,
  keyCounts: new Map([["k", 3]]),
};
const points = [{ key: "k", steps: [1, 2, 3], values: [Number.NaN, Number.NEGATIVE_INFINITY, 5e-324] }];
const fetched = { id: "abc", config: { a: 1 }, points, notNumbers: 0, missingRows: 0 };

async function cacheIn(folder: string) {
  return runCache({ target, store: folderStore(folder), wants: () => true });
}

describe("runCache on disk", () => {
  it("gives back exactly what was kept, non-finite values included", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "autoloop-cache-")), "new", "folder");
    const cache = await cacheIn(folder);
    expect(await cache.find(run)).toBeNull();
    await cache.keep(run, fetched);
    expect(await cache.find(run)).toEqual(fetched);
    expect(cache.troubles()).toEqual([]);
    const names = await readdir(folder);
    expect(names).toHaveLength(1); // no draft is left
    expect(await readFile(join(folder, names[0] ?? ""), "utf8")).not.toContain("host");
  });

  it.each([
    ["went on", { lineCount: 4 }],
    ["was alive later", { heartbeatAt: "2025-01-02T00:00:00Z" }],
    ["is another", { id: "abd" }],
    [
      "logged another key",
      {
        keyCounts: new Map([
          ["k", 3],
          ["l", 3],
        ]),
      },
    ],
    ["is running", { state: "running" }],
  ])("does not know a run that %s", async (_, change: Partial<ListedRun>) => {
    const cache = await cacheIn(await mkdtemp(join(tmpdir(), "autoloop-cache-")));
    await cache.keep(run, fetched);
    expect(await cache.find({ ...run, ...change })).toBeNull();
  });

  it("keeps no history with a hole", async () => {
    const folder = await mkdtemp(join(tmpdir(), "autoloop-cache-"));
    await (await cacheIn(folder)).keep(run, { ...fetched, missingRows: 1 });
    expect(await readdir(folder)).toEqual([]);
  });
});
