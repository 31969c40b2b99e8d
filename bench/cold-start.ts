/** A wake-up on which nothing is due: how soon the bundle asks its first question, how large it is, how much it asks. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { groupBy } from "../src/collections.ts";
import { type Stage, setStage } from "../src/embedded/demo/stage.ts";
import { median } from "../src/judgement/statistics.ts";
import {
  amount,
  atMost,
  below,
  circumstances,
  type Figure,
  MEGABYTE,
  noted,
  printBench,
} from "./lib/figures.ts";
import { withFolder } from "./lib/programs.ts";

const STARTS = 15;
const DIST = resolve("dist");
const ACTION = join(DIST, "action.js");

interface WakeUp {
  /** From spawn to the first request at the server. */
  readonly firstRequestMs: number;
  readonly requests: readonly string[];
}

/** This Node, and the one that the Action runs on where it is at hand. */
const NODES = [process.execPath, process.env["AUTOLOOP_NODE24"] ?? []].flat();

async function wakeUp(node: string, { dir, github, reviewer }: Stage): Promise<WakeUp> {
  const file = (name: string, content = "") => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  const before = github.requests.length;
  const started = performance.now();
  const child = spawn(node, [ACTION], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: dir,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_REPOSITORY: `${github.owner}/${github.repo}`,
      GITHUB_EVENT_NAME: "schedule",
      GITHUB_EVENT_PATH: file("event.json", "{}"),
      GITHUB_WORKFLOW_REF: `${github.owner}/${github.repo}/.github/workflows/autoloop.yml@refs/heads/main`,
      GITHUB_OUTPUT: file("output"),
      GITHUB_STEP_SUMMARY: file("summary"),
      INPUT_TOKEN: github.tokenFor(reviewer),
    },
  });
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  while (github.requests.length === before && child.exitCode === null) await sleep(1);
  const firstRequestMs = performance.now() - started;
  const exit = await ended;
  if (exit !== 0) throw new Error(`dist/action.js ended with ${exit}`);
  return {
    firstRequestMs,
    requests: github.requests.slice(before).map(({ method, path }) => `${method} ${path}`),
  };
}

/** Milliseconds of a Node that does nothing. */
async function emptyStart(node: string): Promise<number> {
  const started = performance.now();
  await new Promise((done) => spawn(node, ["-e", "0"]).once("exit", done));
  return performance.now() - started;
}

/** Bytes of a module and of all that it may ever load. */
function sizeWithChunks(file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  const text = readFileSync(join(DIST, file), "utf8");
  const imported = [...text.matchAll(/\b(?:from|import)\s*\(?\s*["'`]\.\/([\w.-]+\.js)["'`]/g)].map(
    ([, name = ""]) => name,
  );
  return imported.reduce((sum, name) => sum + sizeWithChunks(name, seen), Buffer.byteLength(text));
}

/** `GET git/blobs` of `GET /api/v3/repos/lab/policies/git/blobs/7dec9d…`. */
function kindOf(request: string): string {
  return request
    .replace(/\/api\/v3\/repos\/[^/]+\/[^/]+\/?/, "")
    .replace(/\/[0-9a-f]{40}$/, "")
    .replaceAll("%2F", "/");
}

async function startsOn(node: string, stage: Stage): Promise<Figure[]> {
  const { stdout: version } = await execa(node, ["--version"]);
  const empty: number[] = [];
  const starts: number[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    empty.push(await emptyStart(node));
    starts.push((await wakeUp(node, stage)).firstRequestMs);
  }
  const figure = { value: median(starts), goal: 250, unit: "ms", digits: 0 };
  return [
    below(`start to first request, median, Node ${version}`, figure),
    noted("… of it an empty Node, start to end", amount(median(empty), "ms", 0)),
  ];
}

/** A lab whose round waits for people, so that a schedule finds nothing to do. */
async function measure(dir: string): Promise<Figure[]> {
  const stage = await setStage({ dir, distDir: DIST, templates: 2 });
  try {
    await stage.github.deliver("schedule");
    await stage.github.idle();
    const timed: Figure[] = [];
    for (const node of NODES) timed.push(...(await startsOn(node, stage)));
    const { requests } = await wakeUp(process.execPath, stage);
    const kinds = [...groupBy(requests, kindOf)].map(([kind, all]) => `${all.length} ${kind}`);
    return [
      ...timed,
      atMost("dist/action.js and all that it may load", {
        value: sizeWithChunks("action.js") / MEGABYTE,
        goal: 1.6,
        unit: "MB",
      }),
      atMost("requests of a wake-up with nothing due", {
        value: requests.length,
        goal: 6,
        unit: "requests",
        digits: 0,
      }),
      ...kinds.map((kind) => noted(`… ${kind}`, "")),
    ];
  } finally {
    await stage.close();
  }
}

const before = circumstances();
const figures = await withFolder(measure);
printBench({
  title: "Cold start of the action",
  work: `${STARTS} wake-ups by schedule on each Node against the embedded GitHub, while a round waits for its reviewers.`,
  circumstances: before,
  figures,
});
