/** The embedded W&B in a process of its own, so that its work is nobody's. `server.js <latency ms> <runs>` */
import { startWandb } from "../../src/embedded/wandb/server.ts";
import { ENTITY, KEY, KEYS, PROJECT, ROWS, SIZES, tagOf } from "./lab.ts";

const [latency = 0, runs = 0] = process.argv.slice(2).map(Number);
const wandb = await startWandb({ entity: ENTITY, apiKeys: [KEY], latencyMs: latency });

for (let index = 0; index < runs; index += 1) {
  wandb.runs.add({
    name: `run${String(index).padStart(4, "0")}`,
    project: PROJECT,
    tags: SIZES.filter((size) => index < size).map(tagOf),
    createdAt: 1_700_000_000_000 + index * 1000,
    config: { seed: index, policy: { type: "act" } },
    history: Array.from({ length: ROWS }, (_, step) => row(index, step)),
  });
}

function row(index: number, step: number): Readonly<Record<string, number>> {
  const values = KEYS.map((key, place): [string, number] => [
    key,
    level((index * ROWS + step) * KEYS.length + place),
  ]);
  return Object.fromEntries([
    ["_step", step],
    ["_runtime", step * 0.7],
    ["_timestamp", 1.7e9 + step],
    ...values,
  ]);
}

function level(place: number): number {
  return Math.fround(0.1 + (Math.imul(place, 0x9e3779b1) >>> 0) / 2 ** 32);
}

/** Answers "how much so far?". */
process.on("message", () =>
  process.send?.({
    requests: wandb.requests.length,
    bytes: wandb.requests.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    cpu: process.cpuUsage().user / 1e6,
    unknown: wandb.unknown.length,
  }),
);
process.on("disconnect", () => process.exit());
process.send?.({ url: wandb.url });
