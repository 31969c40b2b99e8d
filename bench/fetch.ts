/** Runs fetched from a W&B that is 100 ms away: our client, and the official one on the same server. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import * as z from "zod";
import { ENTITY, KEY, KEYS, LATENCY_MS, PROJECT, ROWS, SIZES, tagOf } from "./fetch/lab.ts";
import {
  amount,
  atLeast,
  below,
  circumstances,
  type Figure,
  megabytes,
  noted,
  printBench,
  tell,
} from "./lib/figures.ts";
import { PYTHON_SKIPPED, PYTHONS, programPath, runProgram, runPython } from "./lib/programs.ts";

const Counts = z.object({ requests: z.number(), bytes: z.number(), cpu: z.number(), unknown: z.literal(0) });
type Counts = z.infer<typeof Counts>;
const Fetched = z.looseObject({
  seconds: z.number(),
  cpu: z.number(),
  peak: z.number(),
  runs: z.number(),
  values: z.number(),
});
const Official = Fetched.extend({ version: z.string() });

interface Server {
  readonly url: string;
  counts(): Promise<Counts>;
  close(): void;
}

async function startServer(latencyMs: number, runs: number): Promise<Server> {
  const child: ChildProcess = fork(programPath("server"), [String(latencyMs), String(runs)], {
    execArgv: ["--max-old-space-size=8192"],
  });
  const ask = async (): Promise<unknown> => (await once(child, "message"))[0];
  const { url } = z.object({ url: z.string() }).parse(await ask());
  return {
    url,
    counts: async () => {
      child.send("counts");
      return Counts.parse(await ask());
    },
    close: () => child.disconnect(),
  };
}

interface Cost extends z.infer<typeof Fetched> {
  readonly requests: number;
  readonly bytes: number;
  /** Of the server, while it was asked. */
  readonly serverCpu: number;
}

/** Runs one client alone, and sees at the server what it asked for. */
async function observed<Seen extends z.infer<typeof Fetched>>(
  server: Server,
  client: () => Promise<Seen>,
): Promise<Seen & Cost> {
  const before = await server.counts();
  const seen = await client();
  const after = await server.counts();
  return {
    ...seen,
    requests: after.requests - before.requests,
    bytes: after.bytes - before.bytes,
    serverCpu: after.cpu - before.cpu,
  };
}

function ours(server: Server, size: number) {
  return observed(server, async () => Fetched.parse(await runProgram("ours", [server.url, tagOf(size)])));
}

interface Peer {
  readonly python: string;
  readonly way: "history" | "scan";
  readonly size: number;
  readonly limit: number;
}

function official(server: Server, { python, way, size, limit }: Peer) {
  const args = [`${ENTITY}/${PROJECT}`, tagOf(size), way, String(limit), String(ROWS), ...KEYS];
  const env = { WANDB_BASE_URL: server.url, WANDB_API_KEY: KEY, NO_PROXY: "127.0.0.1" };
  return observed(server, async () =>
    Official.parse(await runPython({ python, script: "fetch/official.py", args, env })),
  );
}

function costs(who: string, cost: Cost): Figure[] {
  const { seconds, cpu, requests, bytes, peak, serverCpu } = cost;
  return [
    noted(
      who,
      `${amount(seconds, "s", 2)}, ${requests} requests, ${megabytes(bytes)} on the wire, peak ${megabytes(peak)}, CPU ${amount(cpu, "s", 1)}, server CPU ${amount(serverCpu, "s", 1)}`,
    ),
  ];
}

/** Scaled up where a client would take minutes: the number of runs that it was really given. */
const MOST_SECONDS = 240;

interface Rival {
  readonly who: string;
  readonly seconds: number;
  readonly requests: number;
}

async function rival(server: Server, peer: Omit<Peer, "limit">, perRun: number | null) {
  const { size, way } = peer;
  const limit = perRun === null ? size : Math.min(size, Math.floor(MOST_SECONDS / perRun));
  const cost = await official(server, { ...peer, limit });
  const scale = size / cost.runs;
  const who = `wandb ${cost.version} ${way === "history" ? "run.history" : "run.scan_history"}`;
  const label = scale > 1 ? `${who}, ${cost.runs} runs only` : who;
  const whole: Rival = { who, seconds: cost.seconds * scale, requests: cost.requests * scale };
  const scaled = scale > 1 ? [noted(`… scaled to ${size}`, amount(whole.seconds, "s"))] : [];
  return {
    figures: [...costs(label, cost), ...scaled],
    whole,
    perRun: cost.seconds / cost.runs,
    values: cost.values * scale,
  };
}

async function* compare(server: Server, size: number, pace: Map<string, number>): AsyncGenerator<Figure> {
  const mine = await ours(server, size);
  yield* costs(`${size} runs: autoloop`, mine);
  const rivals: Rival[] = [];
  for (const python of PYTHONS) {
    for (const way of ["history", "scan"] as const) {
      const known = pace.get(`${python} ${way}`) ?? null;
      const seen = await rival(server, { python, way, size }, known);
      pace.set(`${python} ${way}`, seen.perRun);
      yield* seen.figures.map((figure) => ({ ...figure, what: `${size} runs: ${figure.what}` }));
      if (Math.round(seen.values) !== mine.values)
        yield noted("… values that it found", `${Math.round(seen.values)} of ${mine.values}`);
      rivals.push(seen.whole);
    }
  }
  if (rivals.length === 0) {
    yield noted(`${size} runs: official client`, PYTHON_SKIPPED);
    return;
  }
  const fewest = Math.min(...rivals.map(({ requests }) => requests));
  const fastest = Math.min(...rivals.map(({ seconds }) => seconds));
  const fewer = { value: fewest / mine.requests, goal: 10, unit: "×", digits: 1 };
  const faster = { value: fastest / mine.seconds, goal: 5, unit: "×", digits: 1 };
  const judge = size === JUDGED ? atLeast : justNoted;
  yield judge("… fewer requests than the best", fewer);
  yield judge("… less wall time than the best", faster);
}

function justNoted(what: string, { value, unit, digits }: Parameters<typeof atLeast>[1]): Figure {
  return noted(what, amount(value, unit, digits));
}

const JUDGED = 100;

/** How near to what the wire demands: every request its latency, one after the other, and the bytes. */
async function* wire(far: Server): AsyncGenerator<Figure> {
  const near = await startServer(0, JUDGED);
  await ours(near, JUDGED);
  const { seconds: transfer, requests } = z
    .object({ seconds: z.number(), requests: z.number() })
    .parse(await runProgram("transfer", [near.url, tagOf(JUDGED)]));
  near.close();
  const { seconds } = await ours(far, JUDGED);
  const ideal = (requests * LATENCY_MS) / 1000 + transfer;
  yield noted(`${JUDGED} runs: ${requests} × latency + transfer`, amount(ideal, "s", 2));
  yield below("… our wall time over it", { value: seconds / ideal, goal: 2, unit: "×", digits: 2 });
}

const before = circumstances();
const server = await startServer(LATENCY_MS, Math.max(...SIZES));
await ours(server, Math.max(...SIZES)); // the server has parsed every history once
const figures: Figure[] = [];
const pace = new Map<string, number>();
for (const size of SIZES) for await (const figure of compare(server, size, pace)) figures.push(tell(figure));
for await (const figure of wire(server)) figures.push(tell(figure));
server.close();

printBench({
  title: "Fetching runs",
  work: `Runs of ${KEYS.length} keys × ${ROWS} rows from the embedded W&B in its own process, ${LATENCY_MS} ms added to every answer; start of the clients not counted.`,
  circumstances: before,
  figures,
});
