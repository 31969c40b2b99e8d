/** The answers that our client gets, fetched and thrown away: what the wire and the server alone take. `transfer.js <url> <tag>` */
import { setTimeout as sleep } from "node:timers/promises";
import { proxiedPost } from "../../src/proxied-post.ts";
import { wandbApi } from "../../src/runs/wandb-api.ts";
import { ENTITY, KEY, PROJECT } from "./lab.ts";

const [baseUrl = "", tag = ""] = process.argv.slice(2);
const IN_FLIGHT = 4;

const post = proxiedPost({});
const asked: Parameters<typeof post>[] = [];
const recording: typeof post = (url, question) => {
  asked.push([url, { ...question, signal: new AbortController().signal }]);
  return post(url, question);
};
const source = wandbApi({
  baseUrl,
  entity: ENTITY,
  project: PROJECT,
  apiKey: KEY,
  post: recording,
  sleep: async (ms) => void (await sleep(ms)),
  now: Date.now,
  random: Math.random,
});
await source.read({ kind: "filter", tags: { all: [tag] } });

const waiting = [...asked];
const started = performance.now();
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await post(...next);
  }),
);
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, requests: asked.length }));
