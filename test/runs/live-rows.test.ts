import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startWandb } from "../../src/embedded/wandb/server.ts";
import { messageOf } from "../../src/errors.ts";
import { proxiedPost } from "../../src/proxied-post.ts";
import { liveCloud } from "../../src/runs/live-cloud.ts";
import { liveFileRows } from "../../src/runs/live-file.ts";
import { scratch } from "../training/real-ports.ts";
import { record, wandbFile } from "../wire/wandb-writer.ts";

const MASS = "train/ot_pi_sum";
const LOSS = "train/ot_loss";
const keys = [MASS, LOSS];
const plain = (rows: readonly { step: number; values: ReadonlyMap<string, number> }[]) =>
  rows.map(({ step, values }) => [step, Object.fromEntries(values)]);

async function cloud(history: readonly Readonly<Record<string, unknown>>[]) {
  const server = await startWandb({ entity: "lab" });
  onTestFinished(() => server.close());
  server.runs.add({ project: "act", name: "a123456789", state: "running", history });
  const read = liveCloud({
    post: proxiedPost({}),
    sleep: async () => undefined,
    now: Date.now,
    random: () => 0,
    baseUrl: server.url,
    apiKey: "k".repeat(40),
    entity: "lab",
    project: "act",
  });
  return { server, read };
}

describe("liveCloud", () => {
  it("asks for the wanted keys of new steps alone", async () => {
    const { server, read } = await cloud([
      { _step: 50, [MASS]: 0.1, [LOSS]: 0.2, "train/loss": 3 },
      { _step: 100, [MASS]: 5e-324, [LOSS]: Number.NaN },
      { _step: 150, "train/loss": 2 },
      { _step: 200, [MASS]: 0 },
    ]);
    expect(plain(await read({ runId: "a123456789", keys, after: 50 }))).toEqual([
      [100, { [LOSS]: Number.NaN, [MASS]: 5e-324 }],
      [200, { [MASS]: 0 }],
    ]);
    const [asked, ...more] = server.requests;
    expect(more).toEqual([]);
    expect(asked?.operation).toBe("RunSampledHistory");
    expect(server.unknown).toEqual([]);
  });

  it("knows the doubled names of older trainers", async () => {
    const { read } = await cloud([{ _step: 50, "train/ot_ot_pi_sum": 0.1, "train/ot_ot_loss": 0.2 }]);
    expect(plain(await read({ runId: "a123456789", keys, after: -1 }))).toEqual([
      [50, { [LOSS]: 0.2, [MASS]: 0.1 }],
    ]);
  });

  it("sees nothing of a run that is not there yet", async () => {
    const { read } = await cloud([]);
    expect(await read({ runId: "a000000000", keys, after: -1 })).toEqual([]);
  });
});

describe("liveFileRows", () => {
  it("reads on where the SDK wrote on", async () => {
    const folder = join(scratch(onTestFinished), "wandb");
    const read = liveFileRows({ folder, keys });
    expect(await read(-1)).toEqual([]);

    const file = wandbFile([
      record.header(),
      ...[50, 100, 150].map((step) => record.history(step, { [MASS]: step / 1000, "train/loss": 1 })),
    ]);
    const path = join(folder, "offline-run-20260102_030405-a123456789", "run-a123456789.wandb");
    await mkdir(join(path, ".."), { recursive: true });
    // The SDK's first bytes, and then blocks that end anywhere in a record.
    await writeFile(path, file.subarray(0, 7));
    expect(await read(-1)).toEqual([]);
    await appendFile(path, file.subarray(7, file.length - 20));
    expect(plain(await read(-1))).toEqual([
      [50, { [MASS]: 0.05 }],
      [100, { [MASS]: 0.1 }],
    ]);
    await appendFile(path, file.subarray(file.length - 20));
    expect(plain(await read(100))).toEqual([[150, { [MASS]: 0.15 }]]);
  });

  it("sees the rows of a file beside one that cannot be read, and says so", async () => {
    const folder = join(scratch(onTestFinished), "wandb");
    const place = async (id: string, bytes: Uint8Array): Promise<void> => {
      const path = join(folder, `run-20260102_030405-${id}`, `run-${id}.wandb`);
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, bytes);
    };
    await place("b", new TextEncoder().encode("something else ".repeat(9000)));
    const left: string[] = [];
    const read = liveFileRows({ folder, keys, onUnreadable: (error) => left.push(messageOf(error)) });
    await expect(read(-1)).rejects.toThrow("run-b.wandb is not a .wandb file");

    for (const [id, step] of [
      ["a", 50],
      ["c", 100],
    ] as const)
      await place(id, wandbFile([record.header(), record.history(step, { [MASS]: step / 1000 })]));
    expect(plain(await read(-1))).toEqual([
      [50, { [MASS]: 0.05 }],
      [100, { [MASS]: 0.1 }],
    ]);
    expect(left).toEqual([expect.stringContaining("run-b.wandb is not a .wandb file")]);
  });
});
