/** The answers that our client gets, fetched and thrown away: what the wire and the server alone take. `transfer.js <url> <tag>` */
import { setTimeout as sleep } from "node:timers/promises";
import { wandbApi } from "../../src/runs/wandb-api.ts";
import { ENTITY, KEY, PROJECT } from "./lab.ts";

const [baseUrl = "", tag = ""] = process.argv.slice(2);
const IN_FLIGHT = 4;

const asked: { readonly url: string; readonly init: RequestInit }[] = [];
const recording: typeof fetch = (url, init) => {
  asked.push({
    url: String(url),
    init: { method: "POST", headers: init?.headers ?? {}, body: init?.body ?? null },
  });
  return fetch(url, init);
};
const source = wandbApi({
  baseUrl,
  entity: ENTITY,
  project: PROJECT,
  apiKey: KEY,
  fetch: recording,
  sleep: async (ms) => void (await sleep(ms)),
  now: Date.now,
  random: Math.random,
});
await source.read({ kind: "filter", tags: { all: [tag] } });

const waiting = [...asked];
const started = performance.now();
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await (await fetch(next.url, next.init)).arrayBuffer();
  }),
);
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, requests: asked.length }));
