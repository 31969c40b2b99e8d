/** Our client: `ours.js <url> <tag>`. */
import { setTimeout as sleep } from "node:timers/promises";
import { proxiedPost } from "../../src/proxied-post.ts";
import { wandbApi } from "../../src/runs/wandb-api.ts";
import { peakMemory } from "../lib/figures.ts";
import { ENTITY, KEY, PROJECT } from "./lab.ts";

const [baseUrl = "", tag = ""] = process.argv.slice(2);
const source = wandbApi({
  baseUrl,
  entity: ENTITY,
  project: PROJECT,
  apiKey: KEY,
  post: proxiedPost({}),
  sleep: async (ms) => void (await sleep(ms)),
  now: Date.now,
  random: Math.random,
});
const before = process.cpuUsage();
const started = performance.now();
const { runs, warnings } = await source.read({ kind: "filter", tags: { all: [tag] } });
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
let values = 0;
for (const { data } of runs)
  if (data.kind === "curves") for (const series of data.series.values()) values += series.values.length;
console.log(
  JSON.stringify({
    seconds,
    cpu: (user + system) / 1e6,
    peak: peakMemory(),
    runs: runs.length,
    values,
    warnings: warnings.length,
  }),
);
